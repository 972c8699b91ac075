// ExecutorOptions::report_waits_after: what is waited for long, and comes from outside.

#include "support/blocked_offload.hpp"
#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <chrono>
#include <string>

using juggle::AsyncEvent;
using juggle::Executor;
using juggle::ExecutorOptions;
using juggle::JoinHandle;
using juggle::Task;
using support::contains;
using support::ForeignEvent;
using support::Reports;

using namespace std::chrono_literals;

namespace {

/// An executor that reports waits of four seconds; it is driven by the test, and so is its clock.
class Watched {
public:
    Reports reports;

    /// So many seconds pass, a turn after each.
    void pass(int seconds) {
        for (int second = 0; second < seconds; ++second) {
            clock_.advance(1s);
            (void)executor.poll();
        }
    }

private:
    ExecutorOptions options() {
        ExecutorOptions result = reports.options(&clock_);
        result.wake_up = [] {};
        result.report_waits_after = 4s;
        return result;
    }

    juggle::ManualClock clock_{false};

public:
    Executor executor{options()};
};

Task<> wait_twice(ForeignEvent& first, ForeignEvent& second) {
    co_await first;
    co_await second;
}

}  // namespace

TEST_CASE("a wait for something outside that lasts is told of once") {
    Watched watched;
    ForeignEvent first;
    ForeignEvent second;
    const JoinHandle<> handle = watched.executor.spawn(wait_twice(first, second));
    (void)watched.executor.poll();
    watched.pass(4);
    CHECK(watched.reports.diagnostics.empty());
    watched.pass(1);
    REQUIRE(watched.reports.diagnostics.size() == 1);
    const std::string text = watched.reports.diagnostics.front();
    CAPTURE(text);
    CHECK(contains(text, "juggle: a wait has lasted for 4 s: task 1 (wait_twice), spawned at "));
    CHECK(contains(text, ": waits for an awaitable of another library\n    at " __FILE__ ":"));
    CHECK(text.ends_with(" in wait_twice"));
    watched.pass(20);
    CHECK(watched.reports.diagnostics.size() == 1);

    first.complete();
    (void)watched.executor.poll();
    watched.pass(4);
    CHECK(watched.reports.diagnostics.size() == 1);
    watched.pass(1);
    CHECK(watched.reports.diagnostics.size() == 2);  // the second wait
    second.complete();
    watched.pass(1);
    CHECK(handle.done());
}

TEST_CASE("a wait that is told of names its task") {
    Watched watched;
    ForeignEvent event;
    const auto wait = [&event]() -> Task<> { co_await event; };
    const JoinHandle<> handle = watched.executor.spawn("reader", wait());
    (void)watched.executor.poll();
    watched.pass(5);
    REQUIRE(watched.reports.diagnostics.size() == 1);
    CHECK(contains(watched.reports.diagnostics[0], " s: task 1 'reader'"));
    event.complete();
    (void)watched.executor.poll();
    CHECK(handle.done());
}

TEST_CASE("waits for other tasks and for a time are not told of, however long they last") {
    Watched watched;
    AsyncEvent event;
    const auto wait = [&event]() -> Task<> { co_await event; };
    const auto sleep = []() -> Task<> { co_await juggle::sleep_for(100s); };
    const JoinHandle<> waits = watched.executor.spawn(wait());
    const JoinHandle<> sleeps = watched.executor.spawn(sleep());
    (void)watched.executor.poll();
    watched.pass(50);
    CHECK(watched.reports.empty());
    event.set();
    sleeps.request_stop();
    watched.pass(1);
    CHECK(waits.done());
    CHECK(sleeps.done());
}

TEST_CASE("a wait that goes on after a stop request is told of as well", "[threads]") {
    Watched watched;
    support::BlockedOffload blocked;
    const JoinHandle<> handle = watched.executor.spawn(blocked.run());
    (void)watched.executor.poll();
    blocked.wait_until_begun();
    handle.request_stop();
    watched.pass(5);
    REQUIRE(watched.reports.diagnostics.size() == 1);
    CHECK(contains(watched.reports.diagnostics.front(), ": waits for offloaded work\n"));
    blocked.go_on();
    while (!handle.done()) {
        (void)watched.executor.poll();
    }
}

TEST_CASE("a watchdog keeps nothing awake: a run ends, and a deadlock is one") {
    Reports reports;
    juggle::ManualClock clock;
    ExecutorOptions options = reports.options(&clock);
    options.report_waits_after = 4s;
    Executor executor{options};
    CHECK(executor.run(support::value_after(1, 5)) == 5);
    const auto wait = []() -> Task<> {
        AsyncEvent never;
        co_await never;
    };
    CHECK_THROWS_AS(executor.run(wait()), juggle::Deadlock);
    CHECK(clock.now() < juggle::TimePoint{} + 4s);
    CHECK(reports.empty());
}
