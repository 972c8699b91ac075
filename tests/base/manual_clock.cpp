// Time in tests.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <vector>

using juggle::ManualClock;
using juggle::Task;
using juggle::TimePoint;
using support::PolledExecutor;
using namespace std::chrono_literals;

TEST_CASE("a manual clock stands still until it is told to go on") {
    ManualClock clock;
    CHECK(clock.now() == TimePoint{});
    CHECK(clock.now() == TimePoint{});
    clock.advance(3s);
    CHECK(clock.now() == TimePoint{3s});
}

TEST_CASE("a manual clock jumps forwards, not backwards, unless it must not jump at all") {
    ManualClock clock;
    CHECK(clock.skip_to(TimePoint{5s}));
    CHECK(clock.now() == TimePoint{5s});
    CHECK(clock.skip_to(TimePoint{1s}));
    CHECK(clock.now() == TimePoint{5s});

    ManualClock fixed{false};
    CHECK_FALSE(fixed.skip_to(TimePoint{5s}));
    CHECK(fixed.now() == TimePoint{});
}

CO_TEST_CASE("an hour of sleep takes no time") {
    const TimePoint start = executor.now();
    co_await juggle::sleep_for(1h);
    CHECK(executor.now() == start + 1h);
}

CO_TEST_CASE("the clock does not jump while something is ready, or posted") {
    const TimePoint start = executor.now();
    const auto sleeper = []() -> Task<> { co_await juggle::sleep_for(1h); };
    executor.spawn(sleeper()).detach();
    for (int turn = 0; turn < 1000; ++turn) {
        co_await juggle::yield();
    }
    CHECK(executor.now() == start);
    support::ManualEvent posted;
    executor.post([&posted] { posted.complete(); });
    co_await posted;
    CHECK(executor.now() == start);
}

TEST_CASE("timers that advance makes due fire at the next turn, in their order") {
    PolledExecutor polled;
    std::vector<int> order;
    const auto sleeper = [&order](int seconds) -> Task<> {
        co_await juggle::sleep_for(std::chrono::seconds{seconds});
        order.push_back(seconds);
    };
    polled.executor.spawn(sleeper(3)).detach();
    polled.executor.spawn(sleeper(1)).detach();
    polled.executor.spawn(sleeper(2)).detach();
    polled.settle();
    polled.clock.advance(2s);
    CHECK(order.empty());
    polled.settle();
    CHECK(order == std::vector{1, 2});
    polled.clock.advance(1s);
    polled.settle();
    CHECK(order == std::vector{1, 2, 3});
}

TEST_CASE("a manual clock stops at the end of time and does not go backwards") {
    juggle::ManualClock clock;
    CHECK_THROWS_WITH(clock.advance(std::chrono::nanoseconds{-1}), Catch::Contains("'by' is -1"));
    clock.advance(std::chrono::hours{1});
    clock.advance(std::chrono::nanoseconds::max());
    CHECK(clock.now() == juggle::TimePoint::max());
}
