// The times of an executor.

#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <chrono>

using juggle::Executor;
using juggle::SteadyClock;
using juggle::Task;
using juggle::TimePoint;
using namespace std::chrono_literals;

TEST_CASE("the clock of an executor is the steady clock unless it is given another") {
    Executor executor;
    const TimePoint before = std::chrono::steady_clock::now();
    const TimePoint now = executor.now();
    const TimePoint after = std::chrono::steady_clock::now();
    CHECK(before <= now);
    CHECK(now <= after);
}

TEST_CASE("the steady clock cannot jump") {
    CHECK_FALSE(SteadyClock::instance().skip_to(TimePoint::max()));
}

TEST_CASE("a sleep on the steady clock is not too short") {
    Executor executor;
    const TimePoint start = executor.now();
    const auto main = []() -> Task<> { co_await juggle::sleep_for(1ms); };
    executor.run(main());
    CHECK(executor.now() >= start + 1ms);
}

TEST_CASE("a clock of the user's own decides when timers are due") {
    /// Goes on by a second whenever it is looked at.
    class JumpyClock final : public juggle::Clock {
    public:
        TimePoint now() noexcept override { return time_ += 1s; }
        bool skip_to(TimePoint) noexcept override { return true; }

    private:
        TimePoint time_{};
    };
    JumpyClock clock;
    juggle::ExecutorOptions options;
    options.clock = &clock;
    Executor executor{options};
    const auto main = []() -> Task<> { co_await juggle::sleep_for(100s); };
    executor.run(main());
    CHECK(executor.now() > TimePoint{100s});
}
