// What a library with checks says of a task that goes and was never awaited: Task::~Task.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using juggle::Executor;
using juggle::JobQueue;
using juggle::JoinHandle;
using juggle::Task;
using juggle::TaskGroup;
using support::contains;
using support::ManualEvent;
using support::PolledExecutor;
using support::TestExecutor;

using namespace std::chrono_literals;

namespace {

constexpr bool looks = juggle::detail::has_checks;

Task<int> number(int value) { co_return value; }

Task<int> number_after(Task<int> other) { co_return co_await std::move(other); }

Task<> wait_for(juggle::AsyncEvent& event) { co_await event; }

/// What is said when a task does this.
template <class Body>
std::vector<std::string> reports_of(const Body& body) {
    TestExecutor test;
    test.executor.run(body(test.executor));
    CHECK(test.reports.unhandled.empty());
    return test.reports.diagnostics;
}

/// It was said of one task and of no other, where it is looked for.
void check_told(const std::vector<std::string>& reports) {
    REQUIRE(reports.size() == (looks ? 1 : 0));
    if (looks) {
        CHECK(contains(reports[0], "juggle: the Task of "));
        CHECK(contains(reports[0], "number (" __FILE__ ":"));
        CHECK(contains(reports[0], ") was never awaited, run or spawned"));
    }
}

}  // namespace

TEST_CASE("a task that is dropped and was never awaited is reported") {
    check_told(reports_of([](Executor&) -> Task<> {
        const Task<int> dropped = number(1);
        co_return;
    }));
}

TEST_CASE("the report names the task that has dropped it, where one has") {
    PolledExecutor polled;
    const auto drop = []() -> Task<> {
        const Task<int> dropped = number(1);
        co_return;
    };
    const JoinHandle<> handle = polled.executor.spawn("reader", drop());
    polled.settle();
    check_told(polled.reports.diagnostics);
    polled.executor.post([dropped = std::make_shared<Task<int>>(number(1))] {});
    polled.settle();
    REQUIRE(polled.reports.diagnostics.size() == (looks ? 2 : 0));
    if (looks) {
        CHECK(contains(polled.reports.diagnostics[0], ", and dropped by task 1 'reader'"));
        CHECK(polled.reports.diagnostics[1].ends_with(" was never awaited, run or spawned"));
    }
}

TEST_CASE("outside of an executor it is said on standard error") {
    if (!support::can_fork) {
        return;
    }
    const std::string errors =
        support::run_in_child([] { const Task<int> dropped = number(1); }).errors;
    CHECK(contains(errors, " was never awaited, run or spawned\n") == looks);
}

TEST_CASE("a task that another is assigned to is reported, and so is one of a container") {
    check_told(reports_of([](Executor&) -> Task<> {
        Task<int> task = number(1);
        task = number(2);
        (void)co_await std::move(task);
    }));
    check_told(reports_of([](Executor&) -> Task<> {
        std::vector<Task<int>> tasks;
        tasks.push_back(number(1));
        tasks.push_back(number(2));
        (void)co_await std::move(tasks.back());
    }));
}

TEST_CASE("the arguments of a task that is dropped are not reported besides") {
    const auto reports = reports_of([](Executor&) -> Task<> {
        const Task<int> dropped = number_after(number_after(number(1)));
        co_return;
    });
    REQUIRE(reports.size() == (looks ? 1 : 0));
    if (looks) {
        CHECK(contains(reports[0], "number_after ("));
    }
}

TEST_CASE("a task that is discarded, moved from or empty is not reported") {
    CHECK(reports_of([](Executor&) -> Task<> {
              Task<int> discarded = number_after(number(1));
              discarded.discard();
              CHECK_FALSE(discarded);
              discarded.discard();
              Task<int> moved = number(1);
              Task<int> task = std::move(moved);
              (void)co_await std::move(task);
              const Task<> empty;
          }).empty());
}

TEST_CASE("a task that was awaited, run, spawned or made a job is not reported") {
    CHECK(reports_of([](Executor& executor) -> Task<> {
              TaskGroup group;
              JobQueue jobs{2};
              group.spawn(number(1));
              jobs.add(number(2));
              (void)co_await jobs.push(number(3));
              executor.spawn(number(4)).detach();
              (void)co_await juggle::when_all(number(5), number_after(number(6)));
              (void)co_await juggle::timeout(1s, number(7));
              co_await jobs.finish();
              co_await group.join();
          }).empty());
}

TEST_CASE("what the library is given and does not start is not reported") {
    CHECK(reports_of([](Executor&) -> Task<> {
              (void)co_await juggle::when_any(number(1), number(2));
              std::vector<Task<int>> tasks;
              tasks.push_back(number(1));
              tasks.push_back(number(2));
              tasks.push_back(number(3));
              (void)co_await juggle::when_any(std::move(tasks));
              juggle::AsyncEvent event;
              JobQueue jobs{1};
              jobs.add(wait_for(event));
              (void)co_await juggle::when_any(jobs.push(number(4)), juggle::yield());
              event.set();
              co_await jobs.finish();
          }).empty());
}

TEST_CASE("a task that is not started since a stop request comes first is not reported") {
    juggle::AsyncEvent never;
    PolledExecutor polled;
    const auto push = [&never]() -> Task<> {
        JobQueue jobs{1};
        jobs.add(wait_for(never));
        (void)co_await jobs.push(number(1));
    };
    const auto window = [&never]() -> Task<> {
        std::vector<Task<>> tasks;
        tasks.push_back(wait_for(never));
        tasks.push_back(wait_for(never));
        co_await juggle::when_all_windowed(std::move(tasks), 1);
    };
    const auto return_early = [&never]() -> Task<> {
        const Task<int> later = number(1);
        try {
            co_await never;
        } catch (const juggle::Cancelled&) {}
    };
    std::vector<JoinHandle<>> handles;
    handles.push_back(polled.executor.spawn(push()));
    handles.push_back(polled.executor.spawn(window()));
    handles.push_back(polled.executor.spawn(return_early()));
    polled.settle();
    for (const JoinHandle<>& handle : handles) {
        handle.request_stop();
    }
    polled.settle();
    for (const JoinHandle<>& handle : handles) {
        CHECK(handle.done());
    }
    CHECK(polled.reports.diagnostics.empty());
}

TEST_CASE("a task that goes because of an exception is not reported") {
    CHECK(reports_of([](Executor&) -> Task<> {
              const auto fail = []() -> Task<> {
                  const Task<int> later = number(1);
                  throw std::runtime_error{"first"};
                  co_return;
              };
              const auto fail_with = [](Task<int>) -> Task<> {
                  throw std::runtime_error{"first"};
                  co_return;
              };
              const auto first = co_await support::exception_of(fail());
              const auto second = co_await support::exception_of(fail_with(number(2)));
              CHECK(support::is<std::runtime_error>(first));
              CHECK(support::is<std::runtime_error>(second));
              JobQueue jobs{1};
              jobs.add(number(3));
              CHECK_THROWS_AS(jobs.add(number(4)), std::length_error);
              co_await jobs.finish();
          }).empty());
}

TEST_CASE("what a failed run has left behind is not reported") {
    if (!support::can_fork) {
        return;
    }
    const std::string errors = support::run_in_child([] {
                                   std::optional<Task<int>> left;
                                   Executor executor;
                                   try {
                                       executor.run([](std::optional<Task<int>>& kept) -> Task<> {
                                           kept = number(1);
                                           throw std::runtime_error{"failed"};
                                           co_return;
                                       }(left));
                                   } catch (const std::runtime_error&) {}
                               }).errors;
    CHECK(errors.empty());
}

TEST_CASE("what tasks have that end with their executor is not reported") {
    support::Reports reports;
    {
        Executor executor{reports.options()};
        const auto keep = []() -> Task<> {
            const Task<int> later = number(1);
            try {
                co_await ManualEvent{};
            } catch (const juggle::Cancelled&) {}
            co_await juggle::shield(ManualEvent{});  // for ever
        };
        executor.spawn(keep()).detach();
        (void)executor.poll();
    }
    CHECK(reports.diagnostics.empty());
}
