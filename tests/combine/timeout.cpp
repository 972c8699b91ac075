// Waiting for something, but not for long.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using support::clean_up_slowly;
using support::exception_of;
using support::fail_after;
using support::is;
using support::MoveOnly;
using support::text_of;
using support::value_after;
using support::yield_times;
using namespace std::chrono_literals;

using juggle::TimedOut;
using juggle::timeout;

CO_TEST_CASE("timeout gives the value of what ends in time") {
    const int number = co_await timeout(1s, value_after(2, 7));
    CHECK(number == 7);
    co_await timeout(2h, juggle::sleep_for(1h));
    int target = 0;
    int& reference = co_await timeout(1s, value_after<int&>(1, target));
    CHECK(&reference == &target);
    const MoveOnly moved = co_await timeout(1s, value_after(1, MoveOnly{4}));
    CHECK(moved.number == 4);
}

CO_TEST_CASE("timeout counts from the await") {
    auto awaiter = timeout(2s, value_after(1, 7));
    co_await juggle::sleep_for(1h);
    const int number = co_await awaiter;
    CHECK(number == 7);
}

CO_TEST_CASE("timeout throws TimedOut when what it stopped has ended") {
    const juggle::TimePoint start = executor.now();
    int cleaned = 0;
    const std::exception_ptr error =
        co_await exception_of(timeout(1s, clean_up_slowly(5, cleaned)));
    CHECK(is<TimedOut>(error));
    CHECK(cleaned == 1);
    CHECK(executor.now() == start + 1s);
    CHECK(executor.running_tasks() == 1);
}

CO_TEST_CASE("timeout rethrows what fails in time") {
    const std::exception_ptr error = co_await exception_of(timeout(1s, fail_after(2, "broken")));
    CHECK(text_of(error) == "broken");
}

CO_TEST_CASE("a delay of nothing or less leaves time for what need not wait") {
    for (const auto delay : {0ns, -1ns, std::chrono::nanoseconds::min()}) {
        const int number = co_await timeout(delay, value_after(0, 7));
        CHECK(number == 7);
        const std::exception_ptr error = co_await exception_of(timeout(delay, yield_times(1000)));
        CHECK(is<TimedOut>(error));
    }
}

CO_TEST_CASE("a delay may be as long as can be said") {
    const int number = co_await timeout(std::chrono::nanoseconds::max(), value_after(3, 7));
    CHECK(number == 7);
}

CO_TEST_CASE("a timeout within a longer timeout") {
    const std::exception_ptr inner =
        co_await exception_of(timeout(2h, timeout(1h, juggle::sleep_for(24h))));
    CHECK(is<TimedOut>(inner));
    const std::exception_ptr outer =
        co_await exception_of(timeout(1h, timeout(2h, juggle::sleep_for(24h))));
    CHECK(is<TimedOut>(outer));
}

CO_TEST_CASE("no timer is left behind by a part that was in time") {
    const juggle::TimePoint start = executor.now();
    co_await juggle::when_all(timeout(24h, yield_times(1)), juggle::sleep_for(1h));
    co_await juggle::sleep_for(1h);
    CHECK(executor.now() == start + 2h);
}

CO_TEST_CASE("what was given in time counts although the time is over before it resumes") {
    juggle::Semaphore semaphore{1};
    std::optional<juggle::SemaphorePermit> taken = semaphore.try_acquire();
    bool given = false;
    const auto body = [&]() -> Task<> {
        const juggle::SemaphorePermit permit = co_await timeout(1h, semaphore.acquire());
        given = true;
    };
    const auto give = [&]() -> Task<> {
        co_await juggle::sleep_for(1h);
        taken.reset();
    };
    const JoinHandle<> giving = executor.spawn(give());
    const JoinHandle<> handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    co_await giving;
    CHECK((given || is<TimedOut>(error)));
    CHECK(semaphore.available() == 1);
}

CO_TEST_CASE("a stop request after the time is over is for the next await") {
    int cleaned = 0;
    bool timed_out = false;
    const auto body = [&]() -> Task<> {
        const std::exception_ptr error =
            co_await exception_of(timeout(1h, clean_up_slowly(9, cleaned)));
        timed_out = is<TimedOut>(error);
        co_await juggle::sleep_for(24h);
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await juggle::sleep_for(1h);
    co_await yield_times(3);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(timed_out);
    CHECK(cleaned == 1);
}

CO_TEST_CASE("a joined task that has not noticed the stop leaves it for the next await") {
    bool had_value = false;
    const auto body = [&](JoinHandle<int> joined) -> Task<> {
        const int value = co_await timeout(24h, std::move(joined));
        had_value = value == 7;
        co_await juggle::sleep_for(24h);
    };
    juggle::AsyncEvent event;
    const auto wait = [&event]() -> Task<int> {
        co_await event.wait();
        co_return 7;
    };
    const JoinHandle<> handle = executor.spawn(body(executor.spawn(wait())));
    co_await yield_times(3);
    event.set();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(had_value);
    CHECK(is<Cancelled>(error));
}

TEST_CASE("a joined task that cleans up is not disturbed when all are stopped") {
    int cleaned = 0;
    support::TestExecutor test;
    const auto wait = [](JoinHandle<int> joined) -> Task<> {
        (void)co_await timeout(24h, std::move(joined));
    };
    const auto body = [&]() -> Task<> {
        JoinHandle<int> joined = test.executor.spawn(clean_up_slowly(5, cleaned));
        test.executor.spawn(wait(std::move(joined))).detach();
        co_await yield_times(3);
    };
    test.executor.run(body());
    CHECK(cleaned == 1);
    CHECK(test.reports.empty());
}

CO_TEST_CASE("a million times timeout of what is ready needs no stack") {
    for (int round = 0; round < 1'000'000; ++round) {
        (void)co_await timeout(1s, value_after(0, 1));
    }
}

CO_TEST_CASE("timeout of an empty task, or awaited twice, is a logic error") {
    const auto empty = []() -> Task<> { co_await timeout(1s, Task<>{}); };
    const std::exception_ptr of_empty = co_await exception_of(empty());
    CHECK(is<std::logic_error>(of_empty));
    auto awaiter = timeout(1s, value_after(1, 1));
    (void)co_await awaiter;
    const std::exception_ptr twice = co_await exception_of(awaiter);
    CHECK(is<std::logic_error>(twice));
    CHECK(support::contains(text_of(twice), "timeout"));
}

CO_TEST_CASE("timeout allocates nothing in the steady state") {
    const auto in_time = []() -> Task<> { (void)co_await timeout(1s, value_after(1, 1)); };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(in_time);
    CHECK(allocations == 0);
}

namespace {

struct TimesOut {
    explicit TimesOut(Executor& executor) : victim{executor.spawn(run())} {}
    Task<> run() {
        for (const auto delay : {0h, 2h}) {
            try {
                const auto permit = co_await timeout(delay, semaphore.acquire());
                co_await timeout(delay, juggle::sleep_for(1h));
            } catch (const TimedOut&) {
                ++timed_out;
            }
        }
    }
    void check() const { CHECK(semaphore.available() == 1); }

    juggle::Semaphore semaphore{1};
    int timed_out = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that waits with a timeout may be stopped at every turn") {
    support::stop_after_every_turn<TimesOut>();
}

TEST_CASE("an executor may be destroyed while a task waits with a timeout") {
    support::destroy_after_every_turn([](std::shared_ptr<int> alive) -> Task<> {
        juggle::Resource<int> resource{0};
        const auto held = resource.acquire();
        std::vector<Task<>> tasks;
        tasks.push_back(support::never_end(alive));
        tasks.push_back(support::never_end(alive));
        co_await timeout(1h, timeout(2h, juggle::when_all(std::move(tasks))));
    });
}
