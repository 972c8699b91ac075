// Ranks: 2
// mpi::Event, mpi::start and mpi::Status: nonblocking calls of MPI that are awaited.

#include "mpi_test.hpp"
#include "support/allocation_counter.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mpi = juggle::mpi;
using juggle::EventStatus;
using juggle::Executor;
using juggle::Task;
using support::contains;
using support::exception_of;
using support::is;
using support::rank;
using support::text_of;

using namespace std::chrono_literals;

namespace {

[[nodiscard]] int other() { return 1 - rank(); }

[[nodiscard]] mpi::Event receive(int& number, int tag, int source = other()) {
    return mpi::start(MPI_Irecv, &number, 1, MPI_INT, source, tag, MPI_COMM_WORLD);
}
[[nodiscard]] mpi::Event send(const int& number, int tag) {
    return mpi::start(MPI_Isend, &number, 1, MPI_INT, other(), tag, MPI_COMM_WORLD);
}

/// What this rank has looked at before, no message of another one's next steps has changed.
[[nodiscard]] mpi::Event all_are_here() { return mpi::start(MPI_Ibarrier, MPI_COMM_WORLD); }

}  // namespace

MPI_TEST_CASE("a message is awaited, and its status says how long it is and from whom") {
    std::vector<float> data(10);
    if (rank() == 0) {
        std::iota(data.begin(), data.end(), 1.0F);
        co_await mpi::start(MPI_Isend, data.data(), 3, MPI_FLOAT, 1, 5, MPI_COMM_WORLD);
    } else {
        const mpi::Status status = co_await mpi::start(MPI_Irecv, data.data(), 10, MPI_FLOAT,
                                                       MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD);
        CHECK(status.source() == 0);
        CHECK(status.tag() == 5);
        CHECK(status.count(MPI_FLOAT) == 3);
        CHECK_THROWS_AS((void)status.count(MPI_DOUBLE), std::length_error);
        CHECK(data == std::vector<float>{1, 2, 3, 0, 0, 0, 0, 0, 0, 0});
    }
}

MPI_TEST_CASE("an event may be copied, asked and awaited twice") {
    int received = 0;
    const int sent = 10 + rank();
    const mpi::Event event = receive(received, 1);
    CHECK(event.status() == EventStatus::pending);
    CHECK_THROWS_AS((void)event.message(), std::logic_error);
    const mpi::Event copy = event;
    co_await all_are_here();
    co_await send(sent, 1);
    co_await copy;
    CHECK(event.status() == EventStatus::complete);
    CHECK(received == 10 + other());
    const mpi::Status again = co_await event;
    CHECK(again.source() == other());
    CHECK(event.message().tag() == 1);
}

MPI_TEST_CASE("several tasks wait for one event") {
    int received = 0;
    const mpi::Event event = receive(received, 1);
    const auto wait = [](mpi::Event awaited, int& woken) -> Task<> {
        co_await awaited;
        ++woken;
    };
    int woken = 0;
    auto first = executor.spawn(wait(event, woken));
    auto second = executor.spawn(wait(event, woken));
    co_await juggle::yield();
    CHECK(woken == 0);
    co_await all_are_here();
    co_await send(7, 1);
    co_await first;
    co_await second;
    CHECK(woken == 2);
}

MPI_TEST_CASE("any function that gives a request can be started") {
    const int mine = rank() + 1;
    int sum = 0;
    co_await mpi::start(MPI_Iallreduce, &mine, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    CHECK(sum == 3);

    std::array<int, 2> to{10 * rank(), 10 * rank() + 1};
    std::array<int, 2> from{};
    co_await mpi::start("corner turn", [&](MPI_Request* request) {
        return MPI_Ialltoall(to.data(), 1, MPI_INT, from.data(), 1, MPI_INT, MPI_COMM_WORLD,
                             request);
    });
    CHECK(from == std::array<int, 2>{rank(), 10 + rank()});

    co_await mpi::start([](MPI_Request* request) { return MPI_Ibarrier(MPI_COMM_WORLD, request); });
}

MPI_TEST_CASE("neighbours, windows and files have requests, too") {
    MPI_Comm ring = MPI_COMM_NULL;
    const std::array<int, 1> length{2};
    const std::array<int, 1> periodic{1};
    MPI_Cart_create(MPI_COMM_WORLD, 1, length.data(), periodic.data(), 0, &ring);
    const int mine = rank();
    std::array<int, 2> neighbours{};
    co_await mpi::start(MPI_Ineighbor_allgather, &mine, 1, MPI_INT, neighbours.data(), 1, MPI_INT,
                        ring);
    CHECK(neighbours == std::array<int, 2>{other(), other()});
    MPI_Comm_free(&ring);

    std::array<int, 2> shared{-1, -1};
    MPI_Win window = MPI_WIN_NULL;
    MPI_Win_create(shared.data(), sizeof shared, sizeof(int), MPI_INFO_NULL, MPI_COMM_WORLD,
                   &window);
    MPI_Win_lock_all(0, window);
    co_await mpi::start(MPI_Rput, &mine, 1, MPI_INT, other(), rank(), 1, MPI_INT, window);
    MPI_Win_flush_all(window);
    co_await mpi::start(MPI_Ibarrier, MPI_COMM_WORLD);
    int got = -2;
    co_await mpi::start(MPI_Rget, &got, 1, MPI_INT, other(), rank(), 1, MPI_INT, window);
    MPI_Win_unlock_all(window);
    CHECK(got == rank());
    MPI_Win_free(&window);

    MPI_File file = MPI_FILE_NULL;
    MPI_File_open(MPI_COMM_SELF, ("mpi_test_" + std::to_string(rank())).c_str(),
                  MPI_MODE_CREATE | MPI_MODE_RDWR | MPI_MODE_DELETE_ON_CLOSE, MPI_INFO_NULL, &file);
    co_await mpi::start(MPI_File_iwrite_at, file, 0, &mine, 1, MPI_INT);
    int read = -1;
    co_await mpi::start(MPI_File_iread_at, file, 0, &read, 1, MPI_INT);
    CHECK(read == rank());
    MPI_File_close(&file);
}

MPI_TEST_CASE("a message to or from no rank is complete at once") {
    int number = 3;
    const mpi::Event event =
        mpi::start(MPI_Irecv, &number, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD);
    co_await event;
    CHECK(number == 3);
    const mpi::Status nothing = co_await mpi::Event{};
    CHECK(nothing.source() == MPI_ANY_SOURCE);
}

MPI_TEST_CASE("a request races another one, a timer, and a stop request") {
    int first = 0;
    int second = 0;
    const mpi::Event one = receive(first, 1);
    const mpi::Event two = receive(second, 2);
    co_await send(20, 2);
    const auto winner = co_await juggle::when_any(one, two);
    CHECK(winner.index() == 1);
    CHECK(second == 20);

    const auto timed_out = co_await exception_of(juggle::timeout(5ms, one));
    CHECK(is<juggle::TimedOut>(timed_out));
    CHECK(one.status() == EventStatus::pending);

    auto waiting = executor.spawn([](mpi::Event event) -> Task<> { co_await event; }(one));
    co_await juggle::yield();
    waiting.request_stop();
    const auto stopped = co_await exception_of(waiting);
    CHECK(is<juggle::Cancelled>(stopped));

    co_await all_are_here();
    co_await send(10, 1);  // what nobody waited for any more is not lost
    co_await one;
    CHECK(first == 10);
}

MPI_TEST_CASE("memory that is kept stays until the request has completed") {
    auto number = std::make_shared<int>(0);
    const std::weak_ptr<int> watched = number;
    {
        const mpi::Event event = receive(*number, 1);
        event.keep(std::move(number));
    }
    CHECK(!watched.expired());
    co_await all_are_here();
    co_await send(1, 1);
    int last = 0;
    const mpi::Event later = receive(last, 2);
    co_await send(2, 2);
    co_await later;
    while (!watched.expired()) {  // both have come
        co_await juggle::yield();
    }
}

MPI_TEST_CASE("an error has its class, its text, the call and the rank") {
    int number = 0;
    const auto wrong_rank = co_await exception_of([](int& to) -> Task<> {
        co_await mpi::start(MPI_Irecv, &to, 1, MPI_INT, 99, 3, MPI_COMM_WORLD);
    }(number));
    REQUIRE(is<mpi::Error>(wrong_rank));
    try {
        std::rethrow_exception(wrong_rank);
    } catch (const mpi::Error& error) {
        CHECK(error.error_class() == MPI_ERR_RANK);
        CHECK(error.rank() == rank());
        CHECK(error.call() == "MPI_Irecv of at most 1 element from rank 99, tag 3");
        CHECK(contains(error.what(), "failed on rank " + std::to_string(rank())));
    }

    // Two elements for one: known when they come.
    const mpi::Event too_short = receive(number, 4);
    const std::array<int, 2> two{1, 2};
    co_await mpi::start(MPI_Isend, two.data(), 2, MPI_INT, other(), 4, MPI_COMM_WORLD);
    const auto truncated = co_await exception_of(too_short);
    REQUIRE(is<mpi::Error>(truncated));
    CHECK(contains(text_of(truncated), "MPI_Irecv of at most 1 element from rank " +
                                           std::to_string(other()) + ", tag 4 failed"));
    CHECK(too_short.status() == EventStatus::failed);
    CHECK_THROWS_AS((void)too_short.message(), mpi::Error);
}

MPI_TEST_CASE("a number that MPI would take for another one is refused") {
    int number = 0;
    const auto receive_so_many = [&number](auto count) {
        return mpi::start(MPI_Irecv, &number, count, MPI_INT, other(), 3, MPI_COMM_WORLD);
    };
    const auto refused = [](auto call) {
        try {
            (void)call();
        } catch (const std::invalid_argument& error) {
            return std::string{error.what()};
        }
        return std::string{};
    };
    constexpr std::size_t large = (std::size_t{1} << 32) + 1;  // 1, as an int
    CHECK(contains(refused([&] { return receive_so_many(large); }), "4294967297"));
    CHECK(contains(refused([&] {
                       return mpi::Persistent{MPI_Recv_init, &number, large,         MPI_INT,
                                              other(),       3,       MPI_COMM_WORLD};
                   }),
                   "4294967297"));
    CHECK(contains(refused([&] {
                       return mpi::start(MPI_Recv_init, &number, 1, MPI_INT, other(), 3,
                                         MPI_COMM_WORLD);
                   }),
                   "is for mpi::Persistent"));

    const mpi::Event event = receive_so_many(std::size_t{1});  // as of a container's size
    const int sent = rank();
    co_await send(sent, 3);
    co_await event;
    CHECK(number == other());
}

TEST_CASE("the communicator's error handler is put back") {
    MPI_Errhandler before = MPI_ERRHANDLER_NULL;
    MPI_Comm_get_errhandler(MPI_COMM_WORLD, &before);
    MPI_Comm copy = MPI_COMM_NULL;
    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    {
        Executor executor;
        executor.run([](MPI_Comm own) -> Task<> {
            int number = 0;
            const mpi::ErrorsReturn guard{own};
            const auto wrong = co_await exception_of([](int& to, MPI_Comm in) -> Task<> {
                co_await mpi::start(MPI_Irecv, &to, -1, MPI_INT, 0, 0, in);
            }(number, own));
            CHECK(is<mpi::Error>(wrong));
        }(copy));
    }
    for (MPI_Comm communicator : {MPI_COMM_WORLD, copy}) {
        MPI_Errhandler after = MPI_ERRHANDLER_NULL;
        MPI_Comm_get_errhandler(communicator, &after);
        CHECK(after == before);
        MPI_Errhandler_free(&after);
    }
    MPI_Errhandler_free(&before);
    MPI_Comm_free(&copy);
}

MPI_TEST_CASE("an operation allocates nothing after the first ones") {
    int number = 0;
    const auto exchange = [](int& to) -> Task<> {
        for (int round = 0; round < 100; ++round) {
            const mpi::Event received = receive(to, 1);
            co_await send(round, 1);
            co_await received;
            CHECK(to == round);
        }
    };
    co_await exchange(number);
    const support::AllocationCounter counter;
    {
        // MPI allocates as it likes, so only what is ours is counted: operator new.
        const mpi::Event received = receive(number, 1);
        co_await send(5, 1);
        co_await received;
    }
    const auto count = counter.on_this_thread();
    CHECK(count == 0);
}

TEST_CASE("without an executor a request is started, and waited for on the host") {
    int number = 0;
    const mpi::Event event = receive(number, 1);
    const mpi::Event sent = send(4, 1);
    const std::array<mpi::Event, 2> both{event, sent};
    CHECK(juggle::EventTraits<mpi::Event>::wait_on_host(both));
    CHECK(number == 4);
    MPI_Barrier(MPI_COMM_WORLD);
}
