// Waiting for a task no longer than until a point in time.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using juggle::TimedOut;
using juggle::TimePoint;
using support::exception_of;
using support::is;
using support::ManualEvent;
using support::TestExecutor;
using namespace std::chrono_literals;

namespace {

Task<int> number_after(std::chrono::nanoseconds delay, int value) {
    co_await juggle::sleep_for(delay);
    co_return value;
}

Task<int> fail_after(std::chrono::nanoseconds delay, std::string text) {
    co_await juggle::sleep_for(delay);
    throw std::runtime_error{text};
}

/// Takes a while to stop, or does not stop at all.
Task<int> number_in_spite_of_stop(std::chrono::nanoseconds delay, int value) {
    try {
        co_await juggle::sleep_for(24h);
    } catch (const Cancelled&) {}
    co_await juggle::sleep_for(delay);
    co_return value;
}

Task<int> note_when_stopped(std::vector<std::string>& log) {
    bool stopped = false;
    try {
        co_await juggle::sleep_for(24h);
    } catch (const Cancelled&) {
        stopped = true;
    }
    co_await juggle::sleep_for(3s);  // cleaning up takes its time
    log.emplace_back(stopped ? "stopped" : "slept");
    throw Cancelled{};
}

Task<int> note_until(TimePoint when, std::vector<std::string>& log) {
    co_return co_await juggle::deadline(when, note_when_stopped(log));
}

}  // namespace

CO_TEST_CASE("deadline gives the result of a task that ends before") {
    const TimePoint start = executor.now();
    const int result = co_await juggle::deadline(start + 2s, number_after(1s, 7));
    CHECK(result == 7);
    CHECK(executor.now() == start + 1s);
}

CO_TEST_CASE("deadline works with tasks that give nothing or a reference") {
    const auto nothing = []() -> Task<> { co_await juggle::yield(); };
    co_await juggle::deadline(executor.now() + 1s, nothing());
    int target = 0;
    const auto refer = [&target]() -> Task<int&> { co_return target; };
    int& result = co_await juggle::deadline(executor.now() + 1s, refer());
    CHECK(&result == &target);
}

CO_TEST_CASE("deadline rethrows the exception of a task that fails before") {
    const std::exception_ptr error =
        co_await exception_of(juggle::deadline(executor.now() + 2s, fail_after(1s, "broken")));
    CHECK(support::text_of(error) == "broken");
}

CO_TEST_CASE("deadline takes the handle of a task that runs already") {
    JoinHandle<int> handle = executor.spawn(number_after(2s, 7));
    co_await juggle::sleep_for(1s);
    const int result = co_await juggle::deadline(executor.now() + 2s, std::move(handle));
    CHECK(result == 7);
}

CO_TEST_CASE("deadline gives the result of a task that has ended although the time is past") {
    JoinHandle<int> handle = executor.spawn(number_after(0s, 7));
    co_await juggle::sleep_for(1s);
    CHECK(handle.done());
    const int result = co_await juggle::deadline(executor.now() - 1s, std::move(handle));
    CHECK(result == 7);
}

CO_TEST_CASE("deadline throws TimedOut when the time comes first") {
    const TimePoint start = executor.now();
    const std::exception_ptr error =
        co_await exception_of(juggle::deadline(start + 1s, number_after(2s, 7)));
    CHECK(is<TimedOut>(error));
    CHECK(executor.now() == start + 1s);
}

CO_TEST_CASE("deadline throws TimedOut only when the task that it stopped has ended") {
    const TimePoint start = executor.now();
    std::vector<std::string> log;
    const std::exception_ptr error =
        co_await exception_of(juggle::deadline(start + 1s, note_when_stopped(log)));
    CHECK(is<TimedOut>(error));
    CHECK(log == std::vector<std::string>{"stopped"});
    CHECK(executor.now() == start + 4s);
    CHECK(executor.running_tasks() == 1);
}

CO_TEST_CASE("a deadline in the past stops a task as soon as it suspends") {
    const TimePoint start = executor.now();
    const std::exception_ptr error =
        co_await exception_of(juggle::deadline(start - 1s, number_after(24h, 7)));
    CHECK(is<TimedOut>(error));
    CHECK(executor.now() == start);
}

CO_TEST_CASE("the result of a task that ignores the stop counts") {
    const TimePoint start = executor.now();
    const int result = co_await juggle::deadline(start + 1s, number_in_spite_of_stop(2s, 7));
    CHECK(result == 7);
    CHECK(executor.now() == start + 3s);
}

CO_TEST_CASE("the exception of a task that fails while it is stopped counts") {
    const auto fails_when_stopped = []() -> Task<> {
        try {
            co_await ManualEvent{};
        } catch (const Cancelled&) {
            throw std::runtime_error{"cleaning up failed"};
        }
    };
    const std::exception_ptr error =
        co_await exception_of(juggle::deadline(executor.now() + 1s, fails_when_stopped()));
    CHECK(support::text_of(error) == "cleaning up failed");
}

CO_TEST_CASE("a task that was cancelled by somebody else before the deadline rethrows Cancelled") {
    JoinHandle<int> handle = executor.spawn(number_after(24h, 7));
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error =
        co_await exception_of(juggle::deadline(executor.now() + 1s, std::move(handle)));
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("a stop request to the waiting task is passed on to the awaited one") {
    const TimePoint start = executor.now();
    std::vector<std::string> log;
    const JoinHandle<int> waiting = executor.spawn(note_until(start + 10s, log));
    co_await juggle::sleep_for(1s);
    waiting.request_stop();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<Cancelled>(error));
    CHECK(log == std::vector<std::string>{"stopped"});
    CHECK(executor.now() == start + 4s);
}

CO_TEST_CASE("a stop request to the waiting task counts although the time comes meanwhile") {
    const TimePoint start = executor.now();
    std::vector<std::string> log;
    const JoinHandle<int> waiting = executor.spawn(note_until(start + 2s, log));
    co_await juggle::sleep_for(1s);
    waiting.request_stop();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("a stop request that was pending before is passed on as well") {
    JoinHandle<> waiting;
    std::vector<std::string> log;
    const auto body = [&]() -> Task<> {
        JoinHandle<int> handle = executor.spawn(note_when_stopped(log));
        co_await juggle::yield();
        waiting.request_stop();  // of this task itself
        (void)co_await juggle::deadline(executor.now() + 10s, std::move(handle));
    };
    waiting = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<Cancelled>(error));
    CHECK(log == std::vector<std::string>{"stopped"});
}

CO_TEST_CASE("deadline of a handle without a task is a logic error") {
    const std::exception_ptr error =
        co_await exception_of(juggle::deadline(executor.now() + 1s, JoinHandle<int>{}));
    CHECK(is<std::logic_error>(error));
}

CO_TEST_CASE("deadline of an empty task is a logic error") {
    const auto wait = [](TimePoint when) -> Task<> {
        (void)co_await juggle::deadline(when, Task<int>{});
    };
    const std::exception_ptr error = co_await exception_of(wait(executor.now() + 1s));
    CHECK(is<std::logic_error>(error));
}

CO_TEST_CASE("deadline that is awaited twice is a logic error") {
    auto awaiter = juggle::deadline(executor.now() + 1s, number_after(0s, 7));
    (void)co_await awaiter;
    const std::exception_ptr error = co_await exception_of(awaiter);
    CHECK(is<std::logic_error>(error));
}

CO_TEST_CASE("deadline of a handle that stays where it is ends the wait only") {
    const JoinHandle<int> handle = executor.spawn(number_after(2s, 7));
    const std::exception_ptr error =
        co_await exception_of(juggle::deadline(executor.now() + 1s, handle));
    CHECK(is<TimedOut>(error));
    const int result = co_await handle;
    CHECK(result == 7);
}

CO_TEST_CASE("no timer is left behind by a deadline that was not needed") {
    const TimePoint start = executor.now();
    (void)co_await juggle::deadline(start + 24h, number_after(1s, 7));
    co_await juggle::sleep_for(1s);
    CHECK(executor.now() == start + 2s);
}

namespace {

/// A task that waits for another with a deadline that comes first or last.
template <bool TimesOut>
struct WithDeadline {
    explicit WithDeadline(Executor& executor) : victim{executor.spawn(wait(executor))} {}

    Task<> wait(Executor& executor) {
        const auto when = executor.now() + (TimesOut ? 1s : 3s);
        const std::exception_ptr error =
            co_await exception_of(juggle::deadline(when, number_after(2s, 1)));
        ended = true;
        CHECK((!error || is<TimedOut>(error) || is<Cancelled>(error)));
    }
    void check() const { CHECK((ended || victim.done())); }

    bool ended = false;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that waits with a deadline may be stopped at every turn") {
    support::stop_after_every_turn<WithDeadline<false>>();
    support::stop_after_every_turn<WithDeadline<true>>();
}
