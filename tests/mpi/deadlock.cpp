// Ranks: 2
// Ranks that wait for each other: the watchdog of each names what it waits for, and where.

#include "mpi_test.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <source_location>
#include <string>

namespace mpi = juggle::mpi;
using juggle::Task;
using support::contains;
using support::rank;

using namespace std::chrono_literals;

namespace {

[[nodiscard]] int other() { return 1 - rank(); }

/// An executor with a watchdog, whose time passes when the test wants it.
class Watched {
public:
    support::Reports reports;

    /// What the watchdog says of a task that waits too long.
    [[nodiscard]] std::string report_of(Task<> task) {
        reports.diagnostics.clear();
        handle_ = executor.spawn(std::move(task));
        for (int second = 0; second < 6 && reports.diagnostics.empty(); ++second) {
            (void)executor.poll();
            clock_.advance(1s);
        }
        return reports.diagnostics.empty() ? "" : reports.diagnostics.front();
    }

    /// The other rank has done its part meanwhile.
    void finish() {
        while (!handle_.done()) {
            (void)executor.poll();
        }
        MPI_Barrier(MPI_COMM_WORLD);
    }

private:
    [[nodiscard]] juggle::ExecutorOptions options() {
        juggle::ExecutorOptions result = reports.options(&clock_);
        result.wake_up = [] {};
        result.report_waits_after = 4s;
        return result;
    }

    juggle::ManualClock clock_{false};

public:
    juggle::Executor executor{options()};

private:
    juggle::JoinHandle<> handle_;
};

unsigned line_before_await = 0;

Task<> receive(std::array<int, 4>& numbers, int source) {
    const mpi::Event event =
        mpi::start(MPI_Irecv, numbers.data(), 4, MPI_INT, source, 7, MPI_COMM_WORLD);
    line_before_await = std::source_location::current().line();
    co_await event;
}

Task<> receive_again(std::array<int, 4>& numbers) {
    mpi::Persistent receiving{MPI_Recv_init, numbers.data(), 4, MPI_INT, other(), 8,
                              MPI_COMM_WORLD};
    co_await receiving.start();
}

Task<> meet() { co_await mpi::start(MPI_Ibarrier, MPI_COMM_WORLD); }

Task<> use_resource(mpi::Resource<std::array<int, 4>>& resource) {
    auto receiving = resource.acquire();
    std::array<int, 4>& numbers = co_await receiving.wait_events();
    receiving.ready(mpi::start(MPI_Irecv, numbers.data(), 4, MPI_INT, other(), 9, MPI_COMM_WORLD));
    auto using_it = resource.acquire();
    co_await using_it.wait_events();
    using_it.ready();
}

/// When the watchdogs of both have spoken.
void send(int tag) {
    MPI_Barrier(MPI_COMM_WORLD);
    const std::array<int, 4> numbers{1, 2, 3, 4};
    MPI_Send(numbers.data(), 4, MPI_INT, other(), tag, MPI_COMM_WORLD);
}

}  // namespace

TEST_CASE("both ranks receive before they send: each watchdog names kind, peer, tag and line") {
    Watched watched;
    std::array<int, 4> numbers{};
    const std::string text = watched.report_of(receive(numbers, other()));
    CAPTURE(text);
    CHECK(contains(text, "a wait has lasted for 4 s: task 1 (receive)"));
    CHECK(contains(text, ": waits for MPI_Irecv of at most 4 elements from rank " +
                             std::to_string(other()) + ", tag 7\n"));
    CHECK(contains(text, "at " __FILE__ ":" + std::to_string(line_before_await + 1)));
    send(7);
    watched.finish();

    const std::string any = watched.report_of(receive(numbers, MPI_ANY_SOURCE));
    CHECK(contains(any, "MPI_Irecv of at most 4 elements from any rank, tag 7\n"));
    send(7);
    watched.finish();
}

TEST_CASE("a persistent request, a resource's message and a collective are named, too") {
    Watched watched;
    std::array<int, 4> numbers{};
    const std::string again = watched.report_of(receive_again(numbers));
    CHECK(contains(again, "MPI_Recv_init of at most 4 elements from rank " +
                              std::to_string(other()) + ", tag 8\n"));
    send(8);
    watched.finish();

    mpi::Resource<std::array<int, 4>> resource{"samples", std::array<int, 4>{}};
    const std::string guarded = watched.report_of(use_resource(resource));
    CAPTURE(guarded);
    CHECK(contains(guarded, "MPI_Irecv of at most 4 elements from rank " + std::to_string(other()) +
                                ", tag 9"));
    CHECK(contains(guarded, "'samples'"));
    send(9);
    watched.finish();

    if (rank() == 0) {  // the other one does not come yet
        CHECK(contains(watched.report_of(meet()), "waits for MPI_Ibarrier\n"));
        MPI_Send(nullptr, 0, MPI_INT, 1, 10, MPI_COMM_WORLD);
        watched.finish();
    } else {
        MPI_Recv(nullptr, 0, MPI_INT, 0, 10, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        (void)watched.report_of(meet());
        watched.finish();
    }
}
