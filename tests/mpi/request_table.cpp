// Ranks: 1
// Several requests that complete in one pass of the table: who is told of one may look at others.

#include "mpi_test.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace mpi = juggle::mpi;
using juggle::EventStatus;
using juggle::Task;

namespace {

[[nodiscard]] mpi::Event receive(int& number, int tag) {
    return mpi::start(MPI_Irecv, &number, 1, MPI_INT, 0, tag, MPI_COMM_SELF);
}

/// Messages to this rank itself: they have come when this returns, and nobody has looked.
void send_all(std::span<const int> tags) {
    for (const int tag : tags) {
        MPI_Send(&tag, 1, MPI_INT, 0, tag, MPI_COMM_SELF);
    }
}

[[nodiscard]] Task<> wait_for(std::span<const mpi::Event> events, int& woken) {
    co_await juggle::EventTraits<mpi::Event>::wait(events);
    ++woken;
}

}  // namespace

MPI_TEST_CASE("a task waits for several, and the last one started is the first it looks at") {
    std::array<int, 4> numbers{};
    const std::array<mpi::Event, 4> started{receive(numbers[0], 1), receive(numbers[1], 2),
                                            receive(numbers[2], 3), receive(numbers[3], 4)};
    const std::array<mpi::Event, 2> events{started[2], started[0]};
    int woken = 0;
    auto waiting = executor.spawn(wait_for(events, woken));
    co_await juggle::yield();
    send_all(std::array{1, 3});
    co_await waiting;
    CHECK(woken == 1);
    CHECK(numbers == std::array{1, 0, 3, 0});
    const mpi::Status first = started[0].message();
    CHECK(first.tag() == 1);
    CHECK(first.count(MPI_INT) == 1);
    CHECK(started[1].status() == EventStatus::pending);
    CHECK(started[3].status() == EventStatus::pending);
    send_all(std::array{2, 4});
    co_await started[3];
    co_await started[1];
    CHECK(numbers == std::array{1, 2, 3, 4});
}

MPI_TEST_CASE("memory that goes when a request has completed may look at others") {
    struct Memory {
        int number = 0;
        std::vector<mpi::Event> others{};
        Memory() = default;
        Memory(const Memory&) = delete;
        Memory& operator=(const Memory&) = delete;
        ~Memory() {
            for (const mpi::Event& other : others) {
                CHECK(other.status() == EventStatus::complete);
            }
        }
    };
    std::array<int, 3> numbers{};
    const mpi::Event first = receive(numbers[0], 1);
    auto memory = std::make_shared<Memory>();
    const mpi::Event second = receive(memory->number, 2);
    const mpi::Event third = receive(numbers[1], 3);
    const mpi::Event last = receive(numbers[2], 4);
    memory->others = {first, third};
    second.keep(std::move(memory));
    int woken = 0;
    auto waiting = executor.spawn(wait_for(std::span{&second, 1}, woken));
    co_await juggle::yield();
    send_all(std::array{1, 2, 3});
    co_await waiting;
    CHECK(numbers == std::array{1, 3, 0});
    CHECK(first.message().tag() == 1);
    CHECK(third.message().tag() == 3);
    CHECK(last.status() == EventStatus::pending);
    send_all(std::array{4});
    co_await last;
    CHECK(numbers[2] == 4);
}
