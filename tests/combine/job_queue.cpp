// Bounding the work in flight.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JobQueue;
using juggle::JoinHandle;
using juggle::Task;
using juggle::TaskId;
using support::exception_of;
using support::is;
using support::ManualEvent;
using support::TestExecutor;
using support::yield_times;

namespace {

Task<> nothing() { co_return; }

Task<> until(ManualEvent event) { co_await event; }

Task<> fail_after(ManualEvent event, std::string text) {
    co_await event;
    throw std::runtime_error{text};
}

Task<> fail(std::string text) {
    throw std::runtime_error{text};
    co_return;
}

Task<> append(std::vector<int>& list, int value) {
    list.push_back(value);
    co_return;
}

Task<TaskId> push(JobQueue& jobs, Task<> job) {
    const TaskId id = co_await jobs.push(std::move(job));
    co_return id;
}

Task<> finish(JobQueue& jobs, std::size_t max_remaining = 0) {
    co_await jobs.finish(max_remaining);
}

}  // namespace

static_assert(!std::is_copy_constructible_v<JobQueue>);

// ---- size and membership ------------------------------------------------------------------------

CO_TEST_CASE("a new queue is empty and has the capacity that it was made with") {
    const JobQueue jobs{3};
    CHECK(jobs.empty());
    CHECK(jobs.size() == 0);
    CHECK(jobs.capacity() == 3);
    CHECK_FALSE(jobs.contains(TaskId{}));
    co_return;
}

TEST_CASE("a capacity of zero is an invalid argument") {
    CHECK_THROWS_AS(JobQueue{0}, std::invalid_argument);
    CHECK_THROWS_WITH(JobQueue{0}, Catch::Contains("'capacity'") && Catch::Contains("0"));
}

CO_TEST_CASE("a job is in the queue from its start until it is taken out") {
    JobQueue jobs{2};
    ManualEvent go;
    const TaskId first = co_await jobs.push(until(go));
    const TaskId second = jobs.add(nothing());
    CHECK(first != second);
    CHECK(jobs.contains(first));
    CHECK(jobs.contains(second));
    CHECK(jobs.size() == 2);
    CHECK_FALSE(jobs.empty());

    go.complete();
    co_await jobs.finish(1);
    CHECK_FALSE(jobs.contains(first));
    CHECK(jobs.contains(second));
    CHECK(jobs.size() == 1);

    co_await jobs.finish();
    CHECK_FALSE(jobs.contains(second));
    CHECK(jobs.empty());
}

CO_TEST_CASE("a job that has ended stays in the queue until somebody takes it out") {
    JobQueue jobs{2};
    jobs.add(nothing());
    co_await yield_times(3);
    CHECK(jobs.size() == 1);
    jobs.clean();
    CHECK(jobs.empty());
}

CO_TEST_CASE("the ring of a queue may go round many times") {
    JobQueue jobs{3};
    std::vector<int> list;
    std::vector<TaskId> ids;
    for (int index = 0; index < 100; ++index) {
        ids.push_back(co_await jobs.push(append(list, index)));
        CHECK(jobs.size() <= 3);
        CHECK(jobs.contains(ids.back()));
    }
    co_await jobs.finish();
    CHECK(list.size() == 100);
    CHECK(std::ranges::is_sorted(list));
    CHECK(std::ranges::is_sorted(ids));
}

// ---- push ---------------------------------------------------------------------------------------

CO_TEST_CASE("push starts the job at the next turn if there is room, without suspending") {
    JobQueue jobs{2};
    std::vector<int> list;
    co_await jobs.push(append(list, 1));
    CHECK(list.empty());
    co_await juggle::yield();
    CHECK(list == std::vector{1});
    co_await jobs.finish();
}

CO_TEST_CASE("push waits until fewer than capacity jobs are in the queue") {
    JobQueue jobs{2};
    ManualEvent first;
    ManualEvent second;
    std::vector<int> list;
    co_await jobs.push(until(first));
    co_await jobs.push(until(second));
    const JoinHandle<TaskId> pushing = executor.spawn(push(jobs, append(list, 3)));
    co_await yield_times(5);
    CHECK_FALSE(pushing.done());
    CHECK(list.empty());

    second.complete();  // not the oldest
    co_await yield_times(5);
    CHECK_FALSE(pushing.done());

    first.complete();
    const TaskId id = co_await pushing;
    CHECK(jobs.contains(id));
    co_await jobs.finish();
    CHECK(list == std::vector{3});
}

CO_TEST_CASE("jobs may be of any type, and their results are dropped") {
    JobQueue jobs{1};
    const auto number = []() -> Task<int> { co_return 1; };
    const auto pointer = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(1); };
    co_await jobs.push(number());
    co_await jobs.push(pointer());
    jobs.clean();
    co_await jobs.finish();
    jobs.add(number());
    co_await jobs.finish();
}

CO_TEST_CASE("several tasks that push are served in the order in which they came") {
    JobQueue jobs{1};
    ManualEvent go;
    std::vector<int> list;
    jobs.add(until(go));
    std::vector<JoinHandle<TaskId>> pushing;
    for (int index = 0; index < 5; ++index) {
        pushing.push_back(executor.spawn(push(jobs, append(list, index))));
    }
    co_await yield_times(3);
    go.complete();
    for (const JoinHandle<TaskId>& handle : pushing) {
        (void)co_await handle;
    }
    co_await jobs.finish();
    CHECK(list == std::vector{0, 1, 2, 3, 4});
}

CO_TEST_CASE("a pusher does not overtake another that waits, whenever it comes") {
    for (int turns = 0; turns < 6; ++turns) {
        JobQueue jobs{1};
        ManualEvent go;
        std::vector<int> list;
        jobs.add(until(go));
        const JoinHandle<TaskId> first = executor.spawn(push(jobs, append(list, 1)));
        co_await juggle::yield();
        go.complete();
        co_await yield_times(turns);
        (void)co_await jobs.push(append(list, 2));
        (void)co_await first;
        co_await jobs.finish();
        CHECK(list == std::vector{1, 2});
    }
}

// ---- add ----------------------------------------------------------------------------------------

CO_TEST_CASE("add starts the job at the next turn") {
    JobQueue jobs{1};
    std::vector<int> list;
    jobs.add(append(list, 1));
    CHECK(list.empty());
    co_await juggle::yield();
    CHECK(list == std::vector{1});
    co_await jobs.finish();
}

CO_TEST_CASE("add throws length_error when the queue is full, with jobs that have ended counted") {
    JobQueue jobs{2};
    jobs.add(nothing());
    jobs.add(nothing());
    co_await yield_times(3);
    bool started = false;
    const auto body = [&started]() -> Task<> {
        started = true;
        co_return;
    };
    CHECK_THROWS_AS(jobs.add(body()), std::length_error);
    CHECK_THROWS_WITH(jobs.add(body()), "juggle: JobQueue::add: the queue is full (2 jobs)");
    CHECK(jobs.size() == 2);
    jobs.clean();
    jobs.add(nothing());
    co_await jobs.finish();
    CHECK_FALSE(started);

    JobQueue one{1};
    one.add(nothing());
    CHECK_THROWS_WITH(one.add(body()), "juggle: JobQueue::add: the queue is full (1 job)");
    co_await one.finish();
}

TEST_CASE("add is a logic error outside of an executor") {
    JobQueue jobs{1};
    CHECK_THROWS_AS(jobs.add(nothing()), std::logic_error);
    CHECK(jobs.empty());
}

CO_TEST_CASE("an empty job is a logic error that names the argument") {
    JobQueue jobs{1};
    CHECK_THROWS_AS(jobs.add(Task<>{}), std::logic_error);
    CHECK_THROWS_WITH(jobs.add(Task<>{}), Catch::Contains("JobQueue::add: argument 'job'"));
    CHECK_THROWS_AS(jobs.push(Task<>{}), std::logic_error);
    CHECK_THROWS_WITH(jobs.push(Task<>{}), Catch::Contains("JobQueue::push: argument 'job'"));
    CHECK(jobs.empty());
    co_return;
}

// ---- clean --------------------------------------------------------------------------------------

CO_TEST_CASE("clean stops at the first job that has not ended") {
    JobQueue jobs{4};
    ManualEvent go;
    jobs.add(nothing());
    jobs.add(nothing());
    const TaskId running = jobs.add(until(go));
    jobs.add(nothing());
    co_await yield_times(3);
    jobs.clean();
    CHECK(jobs.size() == 2);
    CHECK(jobs.contains(running));
    go.complete();
    co_await jobs.finish();
}

CO_TEST_CASE("clean of an empty queue does nothing") {
    JobQueue jobs{1};
    jobs.clean();
    CHECK(jobs.empty());
    co_return;
}

CO_TEST_CASE("clean rethrows the exceptions of jobs in their order, one in each call") {
    JobQueue jobs{4};
    jobs.add(nothing());
    jobs.add(fail("first"));
    jobs.add(fail("second"));
    jobs.add(nothing());
    co_await yield_times(3);
    CHECK_THROWS_WITH(jobs.clean(), "first");
    CHECK(jobs.size() == 2);
    CHECK_THROWS_WITH(jobs.clean(), "second");
    CHECK(jobs.size() == 1);
    jobs.clean();
    CHECK(jobs.empty());
}

// ---- finish -------------------------------------------------------------------------------------

CO_TEST_CASE("finish waits for all jobs") {
    JobQueue jobs{3};
    ManualEvent go;
    jobs.add(until(go));
    jobs.add(nothing());
    const JoinHandle<> finishing = executor.spawn(finish(jobs));
    co_await yield_times(5);
    CHECK_FALSE(finishing.done());
    go.complete();
    co_await finishing;
    CHECK(jobs.empty());
}

CO_TEST_CASE("finish of an empty queue does not suspend") {
    JobQueue jobs{1};
    bool other_ran = false;
    const auto other = [&other_ran]() -> Task<> {
        other_ran = true;
        co_return;
    };
    executor.spawn(other()).detach();
    co_await jobs.finish();
    CHECK_FALSE(other_ran);
}

CO_TEST_CASE("finish(1) leaves exactly one job, the newest") {
    JobQueue jobs{3};
    ManualEvent never;
    jobs.add(nothing());
    jobs.add(nothing());
    const TaskId newest = jobs.add(until(never));
    co_await jobs.finish(1);
    CHECK(jobs.size() == 1);
    CHECK(jobs.contains(newest));

    co_await jobs.finish(1);
    CHECK(jobs.size() == 1);
    never.complete();
    co_await jobs.finish();
}

CO_TEST_CASE("finish(1) leaves one job in the queue although that has ended") {
    JobQueue jobs{3};
    jobs.add(nothing());
    jobs.add(nothing());
    co_await yield_times(3);
    co_await jobs.finish(1);
    CHECK(jobs.size() == 1);
    co_await jobs.finish();
}

CO_TEST_CASE("finish rethrows the exception of the first job that failed and keeps the rest") {
    JobQueue jobs{4};
    ManualEvent go;
    ManualEvent never;
    jobs.add(nothing());
    jobs.add(fail_after(go, "broken"));
    const TaskId behind = jobs.add(until(never));
    const JoinHandle<> finishing = executor.spawn(finish(jobs));
    co_await yield_times(3);
    go.complete();
    const std::exception_ptr error = co_await exception_of(finishing);
    CHECK(support::text_of(error) == "broken");
    CHECK(jobs.size() == 1);
    CHECK(jobs.contains(behind));
    never.complete();
    co_await jobs.finish();
}

CO_TEST_CASE(
    "push rethrows the exception of the job that it takes out and does not start its own") {
    JobQueue jobs{2};
    ManualEvent never;
    jobs.add(fail("broken"));
    const TaskId behind = jobs.add(until(never));
    co_await yield_times(3);
    std::vector<int> list;
    const std::exception_ptr error = co_await exception_of(push(jobs, append(list, 1)));
    CHECK(support::text_of(error) == "broken");
    CHECK(jobs.size() == 1);
    CHECK(jobs.contains(behind));
    co_await yield_times(3);
    CHECK(list.empty());
    never.complete();
    co_await jobs.finish();
}

CO_TEST_CASE("push leaves the exception of a job that it need not take out to others") {
    JobQueue jobs{3};
    jobs.add(fail("broken"));
    co_await yield_times(3);
    co_await jobs.push(nothing());
    CHECK(jobs.size() == 2);
    const std::exception_ptr error = co_await exception_of(finish(jobs));
    CHECK(support::text_of(error) == "broken");
    co_await jobs.finish();
}

CO_TEST_CASE("an exception goes to the one who waits first, the next ones go on") {
    JobQueue jobs{1};
    ManualEvent go;
    std::vector<int> list;
    jobs.add(fail_after(go, "broken"));
    const JoinHandle<TaskId> first = executor.spawn(push(jobs, append(list, 1)));
    const JoinHandle<TaskId> second = executor.spawn(push(jobs, append(list, 2)));
    const JoinHandle<> third = executor.spawn(finish(jobs));
    co_await yield_times(3);
    go.complete();
    const std::exception_ptr error = co_await exception_of(first);
    CHECK(support::text_of(error) == "broken");
    (void)co_await second;
    co_await third;
    CHECK(list == std::vector{2});
    CHECK(jobs.empty());
}

// ---- the end of a queue -------------------------------------------------------------------------

TEST_CASE("destroying a queue detaches its jobs: they go on, and their exceptions are reported") {
    TestExecutor test;
    const auto main = [&test]() -> Task<> {
        ManualEvent go;
        std::vector<int> list;
        const auto append_after = [](ManualEvent event, std::vector<int>& target) -> Task<> {
            co_await event;
            target.push_back(1);
        };
        {
            JobQueue jobs{3};
            jobs.add(fail("ended"));
            jobs.add(fail_after(go, "running"));
            jobs.add(append_after(go, list));
            co_await yield_times(3);
            CHECK(test.reports.empty());
        }
        CHECK(test.reports.unhandled.size() == 1);
        go.complete();
        co_await yield_times(10);
        CHECK(list == std::vector{1});
    };
    test.executor.run(main());
    REQUIRE(test.reports.unhandled.size() == 2);
    CHECK(support::text_of(test.reports.unhandled[0].exception) == "ended");
    CHECK(support::text_of(test.reports.unhandled[1].exception) == "running");
}

TEST_CASE("a queue may outlive the executor of its jobs") {
    support::Reports reports;
    JobQueue jobs{2};
    {
        Executor executor{reports.options()};
        const auto main = [&jobs]() -> Task<> {
            jobs.add(until(ManualEvent{}));
            jobs.add(nothing());
            co_await juggle::yield();
            co_await juggle::yield();
        };
        executor.run(main());
    }
    CHECK(jobs.size() == 2);
    CHECK_THROWS_AS(jobs.clean(), Cancelled);
    jobs.clean();
    CHECK(jobs.empty());
    CHECK(reports.empty());
}

TEST_CASE("the exception of a job says where it was pushed") {
    TestExecutor test;
    unsigned line = 0;
    const auto main = [&line]() -> Task<> {
        JobQueue jobs{1};
        line = __LINE__ + 1;
        co_await jobs.push(fail("lost"));
        co_await yield_times(3);
    };
    test.executor.run(main());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(test.reports.unhandled[0].spawned_at.line() == line);
}

TEST_CASE("a debug build aborts with a word about it when a queue dies under a waiting task") {
    support::check_task_aborts("JobQueue", [](Executor& executor) -> Task<> {
        auto jobs = std::make_unique<JobQueue>(1);
        jobs->add(until(ManualEvent{}));
        const JoinHandle<> finishing = executor.spawn(finish(*jobs));
        co_await juggle::yield();
        jobs.reset();
    });
}

// ---- cancellation -------------------------------------------------------------------------------

CO_TEST_CASE("a pusher that is cancelled leaves the jobs alone, and its own is not started") {
    JobQueue jobs{1};
    ManualEvent go;
    std::vector<int> list;
    const TaskId running = jobs.add(until(go));
    const JoinHandle<TaskId> pushing = executor.spawn(push(jobs, append(list, 1)));
    co_await juggle::yield();
    pushing.request_stop();
    const std::exception_ptr error = co_await exception_of(pushing);
    CHECK(is<Cancelled>(error));
    CHECK(jobs.size() == 1);
    CHECK(jobs.contains(running));
    go.complete();
    co_await jobs.finish();
    CHECK(list.empty());
}

CO_TEST_CASE("a finisher that is cancelled leaves the jobs in the queue") {
    JobQueue jobs{2};
    ManualEvent go;
    jobs.add(until(go));
    jobs.add(until(go));
    const JoinHandle<> finishing = executor.spawn(finish(jobs));
    co_await juggle::yield();
    finishing.request_stop();
    const std::exception_ptr error = co_await exception_of(finishing);
    CHECK(is<Cancelled>(error));
    CHECK(jobs.size() == 2);
    go.complete();
    co_await jobs.finish();
}

CO_TEST_CASE("cancelling any one of those who wait lets the others go on") {
    for (int cancelled = 0; cancelled < 4; ++cancelled) {
        JobQueue jobs{1};
        ManualEvent go;
        std::vector<int> list;
        jobs.add(until(go));
        std::vector<JoinHandle<TaskId>> pushing;
        for (int index = 0; index < 4; ++index) {
            pushing.push_back(executor.spawn(push(jobs, append(list, index))));
        }
        co_await juggle::yield();
        pushing[static_cast<std::size_t>(cancelled)].request_stop();
        go.complete();
        for (const JoinHandle<TaskId>& handle : pushing) {
            (void)co_await exception_of(handle);
        }
        co_await jobs.finish();
        CHECK(list.size() == 3);
        CHECK(std::ranges::find(list, cancelled) == list.end());
    }
}

CO_TEST_CASE("a pusher behind a finisher that is cancelled gets the room that there is") {
    JobQueue jobs{2};
    ManualEvent go;
    std::vector<int> list;
    jobs.add(until(go));
    const JoinHandle<> finishing = executor.spawn(finish(jobs));
    const JoinHandle<TaskId> pushing = executor.spawn(push(jobs, append(list, 1)));
    co_await juggle::yield();
    finishing.request_stop();
    (void)co_await pushing;
    const std::exception_ptr error = co_await exception_of(finishing);
    CHECK(is<Cancelled>(error));
    go.complete();
    co_await jobs.finish();
    CHECK(list == std::vector{1});
}

CO_TEST_CASE("a stop request that is pending when the queue is full starts nothing") {
    JobQueue jobs{1};
    ManualEvent go;
    std::vector<int> list;
    jobs.add(until(go));
    JoinHandle<> handle;
    const auto body = [&]() -> Task<> {
        handle.request_stop();  // of this task itself
        co_await jobs.push(append(list, 1));
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    go.complete();
    co_await jobs.finish();
    CHECK(list.empty());
}

CO_TEST_CASE("nothing is lost when a job ends and its pusher is stopped in the same turn") {
    for (const bool job_ends_first : {false, true}) {
        JobQueue jobs{1};
        juggle::Resource<int> gate{0};
        juggle::ResourceAllocation<int> closed = co_await gate.acquire();
        std::vector<int> list;
        const auto job = [&gate]() -> Task<> {
            juggle::ResourceAllocation<int> passage = co_await gate.acquire();
            passage.ready();
        };
        jobs.add(job());
        const JoinHandle<TaskId> pushing = executor.spawn(push(jobs, append(list, 1)));
        co_await juggle::yield();
        closed.ready();
        if (job_ends_first) {
            co_await juggle::yield();  // the job ends in this turn, and wakes the pusher
        }
        pushing.request_stop();
        const std::exception_ptr error = co_await exception_of(pushing);
        co_await jobs.finish();
        CHECK(is<Cancelled>(error) == list.empty());
        CHECK(jobs.empty());
    }
}

namespace {

/// A stream of jobs that pass through a queue; the task that pushes them is stopped.
template <bool Finishes>
struct Stream {
    explicit Stream(Executor& executor) : victim{executor.spawn(run())} {}

    Task<> run() {
        for (; pushed < 5; ++pushed) {
            co_await jobs.push(job());
        }
        if (Finishes) {
            co_await jobs.finish();
        }
    }
    Task<> job() {
        ++started;
        try {
            co_await juggle::yield();
            co_await juggle::yield();
        } catch (const Cancelled&) {}
        ++ended;
    }
    void check() const {
        CHECK(started == pushed);
        CHECK(ended == pushed);
        CHECK(jobs.size() <= 2);
    }

    JobQueue jobs{2};
    int pushed = 0;
    int started = 0;
    int ended = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that pushes and finishes may be stopped at every turn") {
    support::stop_after_every_turn<Stream<false>>();
    support::stop_after_every_turn<Stream<true>>();
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("pushing and finishing allocates nothing in the steady state") {
    JobQueue jobs{16};
    juggle::Resource<int> resource{0};
    const auto job = [](juggle::ResourceAllocation<int> ticket) -> Task<> {
        ++co_await ticket.wait_events();
        ticket.ready();
    };
    const auto cycle = [&]() -> Task<> {
        for (int index = 0; index < 40; ++index) {
            co_await jobs.push(job(resource.acquire()));
        }
        co_await jobs.finish();
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
