// Ranks: 2
// Resources that messages guard: alone, and beside events of other kinds.

#include "mpi_test.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mpi = juggle::mpi;
using juggle::OneOf;
using juggle::Task;
using support::rank;

namespace {

using Buffer = std::vector<int>;

[[nodiscard]] int other() { return 1 - rank(); }

/// Stands for a device's work: set by hand.
struct Switch {
    juggle::AsyncEvent* set = nullptr;
};

}  // namespace

template <>
struct juggle::EventTraits<Switch> {
    static EventStatus status(const Switch& event) noexcept {
        return event.set->is_set() ? EventStatus::complete : EventStatus::pending;
    }
    static Task<> wait(std::span<const Switch> events) {
        for (const Switch& event : events) {
            co_await event.set->wait();
        }
    }
    static void wait_on_host(std::span<const Switch>) noexcept {}
};

MPI_TEST_CASE("a buffer is filled again when the message that sends it has gone") {
    constexpr int rounds = 20;
    constexpr std::size_t size = 100'000;  // more than MPI copies away
    const auto produce = [](mpi::Resource<Buffer>& resource) -> Task<> {
        for (int round = 0; round < rounds; ++round) {
            auto buffer = resource.acquire();
            co_await buffer.wait_events();
            buffer->assign(size, 1'000 * rank() + round);
            buffer.ready(mpi::start(MPI_Isend, buffer->data(), static_cast<int>(size), MPI_INT,
                                    other(), 1, MPI_COMM_WORLD));
        }
    };
    const auto consume = []() -> Task<> {
        Buffer received(size);
        for (int round = 0; round < rounds; ++round) {
            co_await mpi::start(MPI_Irecv, received.data(), static_cast<int>(size), MPI_INT,
                                other(), 1, MPI_COMM_WORLD);
            const bool right = received == Buffer(size, 1'000 * other() + round);
            CHECK(right);
        }
    };
    mpi::Resource<Buffer> resource{Buffer(size)};
    co_await juggle::when_all(produce(resource), consume());
}

MPI_TEST_CASE("a buffer that something else fills is sent, handed on by one ready") {
    juggle::Resource<Buffer, OneOf<Switch, mpi::Event>> resource{Buffer(4)};
    juggle::AsyncEvent filled;
    const auto fill = [](auto ticket, juggle::AsyncEvent& event) -> Task<> {
        co_await ticket.wait_events();
        ticket->assign(4, rank());
        ticket.ready(Switch{&event});
    };
    const auto send = [](auto ticket) -> Task<> {
        co_await ticket.wait_events();
        ticket.ready(mpi::start(MPI_Isend, ticket->data(), 4, MPI_INT, other(), 1, MPI_COMM_WORLD));
    };
    const auto look = [](auto ticket) -> Task<> {
        co_await ticket.wait_events();  // the message has gone
        ticket.ready();
    };
    auto filling = executor.spawn(fill(resource.acquire(), filled));
    auto sending = executor.spawn(send(resource.acquire()));
    auto looking = executor.spawn(look(resource.acquire()));
    co_await filling;
    co_await juggle::yield();
    CHECK(!sending.done());
    filled.set();
    std::array<int, 4> received{};
    co_await mpi::start(MPI_Irecv, received.data(), 4, MPI_INT, other(), 1, MPI_COMM_WORLD);
    CHECK(received == std::array<int, 4>{other(), other(), other(), other()});
    co_await looking;
}

TEST_CASE("a resource that has to wait for a message for long says for which one") {
    std::vector<std::string> diagnostics;
    juggle::ExecutorOptions options;
    options.on_diagnostic = [&](std::string_view line) {
        if (diagnostics.empty()) {
            diagnostics.emplace_back(line);
            MPI_Barrier(MPI_COMM_WORLD);  // both have been told
            const int number = rank();
            MPI_Send(&number, 1, MPI_INT, other(), 9, MPI_COMM_WORLD);
        }
    };
    {
        juggle::Executor executor{options};
        executor.run([]() -> Task<> {
            mpi::Resource<Buffer> resource{Buffer(1)};
            auto ticket = resource.acquire();
            co_await ticket.wait_events();
            ticket.ready(
                mpi::start(MPI_Irecv, ticket->data(), 1, MPI_INT, other(), 9, MPI_COMM_WORLD));
        }());
    }
    REQUIRE(!diagnostics.empty());
    CHECK(diagnostics.front().find("MPI_Irecv of at most 1 element from rank " +
                                   std::to_string(other()) + ", tag 9") != std::string::npos);
    MPI_Barrier(MPI_COMM_WORLD);
}

TEST_CASE("a resource stays until the messages that use it have completed") {
    {
        mpi::Resource<Buffer> resource{Buffer(3, rank())};
        juggle::Executor executor;
        executor.run([](mpi::Resource<Buffer>& memory) -> Task<> {
            auto ticket = memory.acquire();
            co_await ticket.wait_events();
            ticket.ready(
                mpi::start(MPI_Irecv, ticket->data(), 3, MPI_INT, other(), 1, MPI_COMM_WORLD));
            const int sent = rank();
            const std::array<int, 3> numbers{sent, sent, sent};
            co_await mpi::start(MPI_Isend, numbers.data(), 3, MPI_INT, other(), 1, MPI_COMM_WORLD);
        }(resource));
    }
    MPI_Barrier(MPI_COMM_WORLD);
}
