// Ranks: 2
// How an executor looks after requests: naps, deadlocks, reports, and many requests at once.

#include "mpi_test.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace mpi = juggle::mpi;
using juggle::Executor;
using juggle::Task;
using support::contains;
using support::exception_of;
using support::is;
using support::rank;

using namespace std::chrono_literals;

namespace {

[[nodiscard]] int other() { return 1 - rank(); }

Task<> wait_for(mpi::Event event) { co_await event; }

}  // namespace

MPI_TEST_CASE("ten thousand requests complete in whatever order they come") {
    constexpr int count = 10'000;
    std::vector<int> received(count, -1);
    std::vector<int> sent(count);
    std::vector<mpi::Event> events;
    for (int tag = 0; tag < count; ++tag) {
        events.push_back(mpi::start(MPI_Irecv, &received[static_cast<std::size_t>(tag)], 1, MPI_INT,
                                    other(), tag, MPI_COMM_WORLD));
    }
    co_await mpi::start(MPI_Ibarrier, MPI_COMM_WORLD);
    for (int step = 0; step < count; ++step) {
        const int tag = (step * 7'919) % count;  // each once
        sent[static_cast<std::size_t>(tag)] = tag;
        events.push_back(mpi::start(MPI_Isend, &sent[static_cast<std::size_t>(tag)], 1, MPI_INT,
                                    other(), tag, MPI_COMM_WORLD));
    }
    for (const mpi::Event& event : events) {
        co_await event;
    }
    CHECK(received == sent);
}

TEST_CASE("tasks that wait for each other are a deadlock, whatever messages are outstanding") {
    int number = 0;
    const mpi::Event outstanding =
        mpi::start(MPI_Irecv, &number, 1, MPI_INT, other(), 1, MPI_COMM_WORLD);
    MPI_Barrier(MPI_COMM_WORLD);
    {
        support::Reports reports;
        Executor executor{reports.options()};
        mpi::set_progress_options(executor, {.drain = 0ns});
        juggle::AsyncEvent never;
        const auto wait = [](juggle::AsyncEvent& event) -> Task<> { co_await event.wait(); };
        CHECK_THROWS_AS(executor.run(wait(never)), juggle::Deadlock);

        // One that is awaited is none: the timer ends it.
        const auto timed_out = [](mpi::Event event) -> Task<> {
            const auto outcome = co_await exception_of(juggle::timeout(1ms, event));
            CHECK(is<juggle::TimedOut>(outcome));
        };
        executor.run(timed_out(outstanding));
    }
    MPI_Barrier(MPI_COMM_WORLD);
    const mpi::Event sent = mpi::start(MPI_Isend, &number, 1, MPI_INT, other(), 1, MPI_COMM_WORLD);
    const std::array<mpi::Event, 2> both{outstanding, sent};
    CHECK(juggle::EventTraits<mpi::Event>::wait_on_host(both));
    MPI_Barrier(MPI_COMM_WORLD);
}

MPI_TEST_CASE("what a task waits for is described: the call, the peer and the tag") {
    int number = 0;
    const mpi::Event event =
        mpi::start(MPI_Irecv, &number, 1, MPI_INT, MPI_ANY_SOURCE, 12, MPI_COMM_WORLD);
    auto waiting = executor.spawn("receiver", wait_for(event));
    co_await juggle::yield();
    const std::string text = executor.describe();
    CHECK(contains(text, "MPI_Irecv of at most 1 element from any rank, tag 12"));
    const mpi::Event turn = mpi::start(
        "corner turn", [](MPI_Request* request) { return MPI_Ibarrier(MPI_COMM_WORLD, request); });
    CHECK(turn.describe() == "corner turn");
    co_await turn;
    const int sent = 1;
    co_await mpi::start(MPI_Isend, &sent, 1, MPI_INT, other(), 12, MPI_COMM_WORLD);
    co_await waiting;
    CHECK(number == 1);
}

TEST_CASE("the watchdog names what has not come, and time passes by naps") {
    int number = 0;
    std::vector<std::string> diagnostics;
    juggle::ManualClock clock;
    {
        juggle::ExecutorOptions options;
        options.report_waits_after = 1s;
        options.clock = &clock;
        options.on_diagnostic = [&](std::string_view line) { diagnostics.emplace_back(line); };
        Executor executor{options};
        executor.run([](int& to, std::vector<std::string>& lines) -> Task<> {
            const mpi::Event event =
                mpi::start(MPI_Irecv, &to, 1, MPI_INT, other(), 1, MPI_COMM_WORLD);
            const auto other_task = [](std::vector<std::string>& seen) -> Task<> {
                while (seen.empty()) {
                    co_await juggle::sleep_for(1ms);
                }
                co_await mpi::start(MPI_Ibarrier, MPI_COMM_WORLD);
                const int sent = 5;
                co_await mpi::start(MPI_Isend, &sent, 1, MPI_INT, other(), 1, MPI_COMM_WORLD);
            };
            co_await juggle::when_all(event, other_task(lines));
        }(number, diagnostics));
    }
    CHECK(number == 5);
    REQUIRE(!diagnostics.empty());
    CHECK(contains(diagnostics.front(), "MPI_Irecv of at most 1 element from rank " +
                                            std::to_string(other()) + ", tag 1"));
    CHECK(contains(diagnostics.front(), "progress.cpp"));
    MPI_Barrier(MPI_COMM_WORLD);
}

TEST_CASE("options that make no sense are refused, and named") {
    Executor executor;
    const auto refused = [&executor](const mpi::ProgressOptions& options, const char* name) {
        try {
            mpi::set_progress_options(executor, options);
        } catch (const std::invalid_argument& error) {
            return contains(error.what(), name);
        }
        return false;
    };
    CHECK(refused({.spin = -1ns}, "'options.spin (ns)' is -1"));
    CHECK(refused({.shortest_nap = 0ns}, "options.shortest_nap"));
    CHECK(refused({.longest_nap = 1us}, "options.longest_nap"));
    CHECK(refused({.drain = -1ns}, "options.drain"));
    mpi::set_progress_options(executor, {.spin = 0ns});
}

TEST_CASE("an executor that ends lets messages complete that nobody awaits any more") {
    std::vector<char> large(1 << 20, 'x');  // more than MPI sends without being asked
    std::vector<char> received(large.size());
    if (rank() == 0) {
        Executor executor;
        executor.run([](std::vector<char>& data) -> Task<> {
            (void)mpi::start(MPI_Isend, data.data(), static_cast<int>(data.size()), MPI_CHAR, 1, 9,
                             MPI_COMM_WORLD);
            co_return;
        }(large));
    } else {
        MPI_Recv(received.data(), static_cast<int>(received.size()), MPI_CHAR, 0, 9, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        CHECK(received == large);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}
