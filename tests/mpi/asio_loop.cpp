// Ranks: 2
// Messages and sockets beside each other: an executor that sleeps in an io_context.

#include "mpi_test.hpp"

#include <juggle/asio.hpp>

#include <array>
#include <chrono>

#include <asio.hpp>

namespace mpi = juggle::mpi;
using asio::ip::udp;
using juggle::Executor;
using juggle::Task;
using support::rank;

using namespace std::chrono_literals;

TEST_CASE("a socket ends a nap between two looks at messages") {
    asio::io_context context;
    udp::socket socket{context, {asio::ip::address_v4::loopback(), 0}};
    juggle::asio::Loop loop{context};
    juggle::ExecutorOptions options;
    options.idle = &loop;
    {
        Executor executor{options};
        // It looks once, and then sleeps longer than any test takes, unless something wakes it.
        mpi::set_progress_options(executor, {.spin = 0ns, .shortest_nap = 24h, .longest_nap = 24h});
        executor.run([](udp::socket& to) -> Task<> {
            const int other = 1 - rank();
            int number = 0;
            const mpi::Event message =
                mpi::start(MPI_Irecv, &number, 1, MPI_INT, other, 1, MPI_COMM_WORLD);
            std::array<char, 1> byte{'j'};
            std::array<char, 1> received{};
            const auto answer = [](udp::socket& from, std::array<char, 1>& into) -> Task<> {
                co_await from.async_receive(asio::buffer(into), juggle::asio::use_task);
            };
            auto receiving = juggle::Executor::current()->spawn(answer(to, received));
            co_await juggle::offload([&] {  // by another thread, while the executor naps
                asio::io_context own;
                udp::socket sender{own, udp::v4()};
                sender.send_to(asio::buffer(byte), to.local_endpoint());
            });
            co_await receiving;
            CHECK(received == byte);
            const int sent = rank();
            co_await mpi::start(MPI_Isend, &sent, 1, MPI_INT, other, 1, MPI_COMM_WORLD);
            while (message.status() == juggle::EventStatus::pending) {
                co_await juggle::yield();
            }
            CHECK(number == other);
        }(socket));
    }
    MPI_Barrier(MPI_COMM_WORLD);
}
