// Lengths of time in any unit and representation, and what waits for them.

#include "support/catch.hpp"
#include "support/polled_executor.hpp"
#include "support/test_executor.hpp"
#include "support/torture.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <stdexcept>
#include <string_view>
#include <type_traits>

using juggle::Duration;
using juggle::TimePoint;
using std::chrono::duration;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

namespace {

/// Calls with the smallest and the largest of it, and with some between.
template <class Length, class Check>
void check_ends(const Check& check) {
    using Rep = typename Length::rep;
    for (const Rep count : {std::numeric_limits<Rep>::max(), std::numeric_limits<Rep>::lowest(),
                            Rep{0}, Rep{1}, Rep{100}}) {
        INFO("count " << count << ", period " << Length::period::num << '/' << Length::period::den);
        check(Length{count});
        ++support::cases;
    }
}

template <class Check>
void check_all_units(const Check& check) {
    check_ends<std::chrono::hours>(check);
    check_ends<std::chrono::minutes>(check);
    check_ends<std::chrono::seconds>(check);
    check_ends<std::chrono::milliseconds>(check);
    check_ends<nanoseconds>(check);
    check_ends<duration<int>>(check);
    check_ends<duration<std::int8_t, std::ratio<86400>>>(check);
    check_ends<duration<std::uint64_t>>(check);
    check_ends<duration<std::uint64_t, std::nano>>(check);
    check_ends<duration<std::int64_t, std::pico>>(check);
    check_ends<duration<std::int64_t, std::exa>>(check);
    check_ends<duration<std::int64_t, std::ratio<1, 3>>>(check);
    check_ends<duration<std::int64_t, std::ratio<1001, 30000>>>(check);
    check_ends<duration<float>>(check);
    check_ends<duration<double, std::ratio<3600>>>(check);
    check_ends<duration<long double, std::nano>>(check);
    for (const double infinity :
         {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
        check(duration<double>{infinity});
        ++support::cases;
    }
}

/// In nanoseconds, not exactly.
template <class Rep, class Period>
long double about(const duration<Rep, Period>& length) {
    return static_cast<long double>(length.count()) * Period::num / Period::den * 1e9L;
}

constexpr auto range = static_cast<long double>(std::numeric_limits<std::int64_t>::max());

/// A clock of which time is only what a test says.
class SetClock final : public juggle::Clock {
public:
    explicit SetClock(TimePoint now) : now_{now} {}
    TimePoint now() noexcept override { return now_; }
    bool skip_to(TimePoint deadline) noexcept override {
        now_ = deadline;
        return true;
    }

private:
    TimePoint now_;
};

}  // namespace

TEST_CASE("a duration is what it was made from, cut at the ends of its range") {
    static_assert(Duration{} == 0ns);
    static_assert(Duration{5ms} == 5'000'000ns);
    static_assert(Duration{-3h} == -3h);
    static_assert(Duration{duration<double>{0.25}} == 250ms);
    static_assert(Duration{duration<int, std::pico>{1}} == 1ns);
    static_assert(Duration{duration<int, std::pico>{1000}} == 1ns);
    static_assert(Duration{duration<int, std::pico>{1001}} == 2ns);
    static_assert(Duration{duration<int, std::pico>{-1001}} == -1ns);
    static_assert(Duration{duration<int, std::ratio<1, 3>>{3}} == 1s);
    static_assert(Duration{duration<int, std::ratio<1001, 30000>>{30}} == 1001ms);
    static_assert(Duration{duration<double, std::milli>{7}} == 7ms);
    static_assert(Duration{std::chrono::hours::max()} == nanoseconds::max());
    static_assert(Duration{std::chrono::hours::min()} == nanoseconds::min());
    static_assert(Duration{nanoseconds::max()} == nanoseconds::max());
    static_assert(Duration{nanoseconds::min()} == nanoseconds::min());

    check_all_units([](const auto& length) {
        const Duration made = length;
        const long double expected = std::clamp(about(length), -range, range);
        const auto difference = static_cast<long double>(made.count()) - expected;
        const long double allowed = 1 + range * std::numeric_limits<double>::epsilon();
        CHECK(difference <= allowed);
        CHECK(difference >= -allowed);
    });
}

TEST_CASE("a length of time that is not a number is refused") {
    const duration<float> nan{std::numeric_limits<float>::quiet_NaN()};
    CHECK_THROWS_WITH(juggle::sleep_for(nan), Catch::Contains("not a number"));
    CHECK_THROWS_AS(
        juggle::sleep_until(std::chrono::time_point<TimePoint::clock, duration<float>>{nan}),
        std::invalid_argument);
}

TEST_CASE("what waits for a time in any unit waits for as long as that is") {
    check_all_units([](const auto& length) {
        using Length = std::remove_cvref_t<decltype(length)>;
        const TimePoint due = TimePoint{Duration{length}};
        const auto check = [&](const char* what, auto wait, TimePoint end) {
            INFO(what);
            support::PolledExecutor polled;
            const juggle::JoinHandle<> task = polled.executor.spawn(wait(length));
            polled.settle();
            CHECK(task.done() == (end <= polled.clock.now()));
            if (!task.done()) {
                CHECK(polled.executor.next_deadline() == end);
            }
            task.request_stop();
            polled.finish();
        };
        check(
            "sleep_for", [](Length delay) -> juggle::Task<> { co_await juggle::sleep_for(delay); },
            due);
        check(
            "sleep_until",
            [](Length when) -> juggle::Task<> {
                co_await juggle::sleep_until(
                    std::chrono::time_point<TimePoint::clock, Length>{when});
            },
            due);
        check(
            "timeout",
            [](Length delay) -> juggle::Task<> {
                juggle::AsyncEvent never;
                try {
                    co_await juggle::timeout(delay, never.wait());
                } catch (const juggle::TimedOut&) {}
            },
            due);
        check(
            "deadline",
            [](Length when) -> juggle::Task<> {
                juggle::AsyncEvent never;
                try {
                    co_await juggle::deadline(
                        std::chrono::time_point<TimePoint::clock, Length>{when}, never.wait());
                } catch (const juggle::TimedOut&) {}
            },
            due);
    });
}

TEST_CASE("options take a time in any unit") {
    check_all_units([](const auto& length) {
        juggle::ExecutorOptions options;
        options.report_waits_after = length;
        options.spin = std::min<nanoseconds>(Duration{length}, 1ns);
        juggle::ManualClock clock;
        options.clock = &clock;
        options.on_diagnostic = [](std::string_view) {};
        juggle::Executor executor{options};
        executor.run([]() -> juggle::Task<> { co_await juggle::sleep_for(1ms); }());
        CHECK(clock.now() == TimePoint{1ms});
    });
}

TEST_CASE("a clock may start before its epoch") {
    for (const TimePoint start : {TimePoint{-10s}, TimePoint::min(), TimePoint{nanoseconds{-1}}}) {
        INFO(start.time_since_epoch().count());
        SetClock clock{start};
        juggle::ExecutorOptions options;
        options.clock = &clock;
        juggle::Executor executor{options};
        executor.run([]() -> juggle::Task<> {
            for (int second = 0; second < 12; ++second) {
                co_await juggle::sleep_for(1s);
            }
        }());
        CHECK(clock.now() == start + 12s);
    }
}

TEST_CASE("the time until the next deadline can be had, whatever the clock and the timer are") {
    for (const TimePoint start : {TimePoint::min(), TimePoint{-10s}, TimePoint{}, TimePoint{10s}}) {
        SetClock clock{start};
        juggle::ExecutorOptions options;
        options.clock = &clock;
        juggle::Executor executor{options};
        executor
            .spawn([]() -> juggle::Task<> {
                co_await juggle::yield();
                co_await juggle::sleep_until(TimePoint::max());
            }())
            .detach();
        const auto left = [&] { return executor.next_deadline().value() - executor.now(); };
        CHECK(left() == 0ns);  // something is ready
        (void)executor.poll();
        (void)executor.poll();
        CHECK(left() > 250 * 365 * 24h);
    }
}

TEST_CASE("a manual clock advances to the end of time at most") {
    check_all_units([](const auto& length) {
        juggle::ManualClock clock{false};
        if (Duration{length} < 0ns) {
            CHECK_THROWS_AS(clock.advance(length), std::invalid_argument);
            return;
        }
        clock.advance(length);
        CHECK(clock.now() == TimePoint{Duration{length}});
        clock.advance(length);
        CHECK(clock.now() >= TimePoint{Duration{length}});
    });
}
