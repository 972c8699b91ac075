// Waiting for a point in time.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/steady_state.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <vector>

using juggle::Cancelled;
using juggle::JoinHandle;
using juggle::Task;
using juggle::TimePoint;
using support::exception_of;
using support::PolledExecutor;
using namespace std::chrono_literals;

namespace {

Task<> note_after(std::chrono::nanoseconds delay, int name, std::vector<int>& list) {
    co_await juggle::sleep_for(delay);
    list.push_back(name);
}

Task<> sleep_long() { co_await juggle::sleep_for(24h); }

}  // namespace

TEST_CASE("a task sleeps until its time has come, not a nanosecond less") {
    PolledExecutor polled;
    const JoinHandle<> handle = polled.executor.spawn(sleep_long());
    polled.settle();
    polled.clock.advance(24h - 1ns);
    polled.settle();
    CHECK_FALSE(handle.done());
    polled.clock.advance(1ns);
    polled.settle();
    CHECK(handle.done());
}

TEST_CASE("sleep_until takes a point in time of the executor's clock") {
    PolledExecutor polled;
    polled.clock.advance(1h);
    const auto body = [&polled]() -> Task<> {
        co_await juggle::sleep_until(polled.executor.now() + 1s);
    };
    const JoinHandle<> handle = polled.executor.spawn(body());
    polled.settle();
    CHECK_FALSE(handle.done());
    polled.clock.advance(1s);
    polled.settle();
    CHECK(handle.done());
}

CO_TEST_CASE("tasks wake in the order of their times, whatever the order of sleeping") {
    std::vector<int> list;
    const JoinHandle<> a = executor.spawn(note_after(3s, 3, list));
    const JoinHandle<> b = executor.spawn(note_after(1s, 1, list));
    const JoinHandle<> c = executor.spawn(note_after(2s, 2, list));
    co_await a;
    co_await b;
    co_await c;
    CHECK(list == std::vector{1, 2, 3});
}

CO_TEST_CASE("tasks whose times are equal wake in the order in which they fell asleep") {
    std::vector<int> list;
    for (int name = 0; name < 5; ++name) {
        executor.spawn(note_after(1s, name, list)).detach();
    }
    co_await juggle::sleep_for(2s);
    CHECK(list == std::vector{0, 1, 2, 3, 4});
}

CO_TEST_CASE("a delay of zero or less goes on at the next turn, after what is ready") {
    for (const std::chrono::nanoseconds delay :
         {std::chrono::nanoseconds{0}, std::chrono::nanoseconds{-1}, std::chrono::nanoseconds{-24h},
          std::chrono::nanoseconds::min()}) {
        std::vector<int> list;
        const TimePoint before = executor.now();
        const JoinHandle<> a = executor.spawn(note_after(delay, 1, list));
        co_await a;
        CHECK(list == std::vector{1});
        CHECK(executor.now() == before);
    }
}

TEST_CASE("a delay that is longer than time itself does not end, but can be cancelled") {
    PolledExecutor polled;
    const auto body = []() -> Task<> {
        co_await juggle::sleep_for(std::chrono::nanoseconds::max());
    };
    const auto other = []() -> Task<> { co_await juggle::sleep_until(TimePoint::max()); };
    polled.clock.advance(24h);
    const JoinHandle<> a = polled.executor.spawn(body());
    const JoinHandle<> b = polled.executor.spawn(other());
    polled.settle();
    polled.clock.advance(24h * 365 * 100);
    polled.settle();
    CHECK_FALSE(a.done());
    CHECK_FALSE(b.done());
    a.request_stop();
    b.request_stop();
    polled.settle();
    CHECK(a.done());
    CHECK(b.done());
}

CO_TEST_CASE("a stop request ends a sleep at once") {
    const TimePoint before = executor.now();
    const JoinHandle<> handle = executor.spawn(sleep_long());
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(support::is<Cancelled>(error));
    CHECK(executor.now() == before);
}

TEST_CASE("a stop request after the timer has fired does not undo the sleep") {
    PolledExecutor polled;
    bool slept = false;
    const auto body = [&slept]() -> Task<> {
        co_await juggle::sleep_for(1s);
        slept = true;
    };
    const JoinHandle<> handle = polled.executor.spawn(body());
    polled.settle();
    polled.clock.advance(1s);
    // Posts run before what the timers wake, so this request comes between timer and resumption.
    polled.executor.post([&handle] { handle.request_stop(); });
    polled.settle();
    CHECK(handle.done());
    CHECK(slept);
}

TEST_CASE("many sleepers with many cancellations wake in order and not too early") {
    PolledExecutor polled;
    std::mt19937 random{1};
    std::uniform_int_distribution<int> milliseconds{0, 1000};
    TimePoint latest{};
    int woken = 0;
    int cancelled = 0;
    const auto sleeper = [&](TimePoint until) -> Task<> {
        try {
            co_await juggle::sleep_until(until);
        } catch (const Cancelled&) {
            ++cancelled;
            co_return;
        }
        CHECK(until >= latest);
        CHECK(polled.executor.now() >= until);
        latest = until;
        ++woken;
    };
    std::vector<JoinHandle<>> handles;
    for (int index = 0; index < 2000; ++index) {
        const TimePoint until{std::chrono::milliseconds{milliseconds(random)}};
        handles.push_back(polled.executor.spawn(sleeper(until)));
    }
    polled.settle();
    for (std::size_t index = 0; index < handles.size(); index += 3) {
        handles[index].request_stop();
    }
    polled.finish();
    CHECK(cancelled > 0);
    CHECK(woken > 0);
    CHECK(cancelled + woken == 2000);
}

TEST_CASE("100,000 tasks may sleep at once, and wake in order") {
    constexpr int count = 100'000;
    struct Wake {
        TimePoint due;
        int name;
        bool operator<(const Wake& other) const {
            return due < other.due || (due == other.due && name < other.name);
        }
    };
    PolledExecutor polled;
    std::vector<Wake> woken;
    woken.reserve(count);
    bool in_time = true;
    bool shallow = true;
    const char* stack = nullptr;
    const auto sleeper = [&](TimePoint until, int name) -> Task<> {
        co_await juggle::sleep_until(until);
        const auto* here = static_cast<const char*>(__builtin_frame_address(0));
        const auto distance = stack == nullptr ? 0 : stack - here;
        shallow = shallow && distance > -100'000 && distance < 100'000;
        stack = here;
        in_time = in_time && polled.executor.now() == until;
        woken.push_back({until, name});
    };
    // Times that differ, in no order, and times that many share: one in three is a whole second.
    std::mt19937 random{1};
    std::uniform_int_distribution<int> nanoseconds{0, 1'000'000'000};
    for (int name = 0; name < count; ++name) {
        const std::chrono::nanoseconds until =
            name % 3 == 0 ? std::chrono::seconds{name % 10} : 1ns * nanoseconds(random);
        polled.executor.spawn(sleeper(TimePoint{until}, name)).detach();
    }
    polled.settle();
    polled.finish();
    CHECK(woken.size() == count);
    CHECK(std::ranges::is_sorted(woken, std::less<>{}));
    CHECK(in_time);
    CHECK(shallow);
    CHECK(polled.reports.empty());
}

TEST_CASE("100,000 sleepers with one due time wake in one turn, in the order of falling asleep") {
    constexpr int count = 100'000;
    PolledExecutor polled;
    std::vector<int> woken;
    woken.reserve(count);
    for (int name = 0; name < count; ++name) {
        polled.executor.spawn(note_after(1s, name, woken)).detach();
    }
    polled.settle();
    CHECK(woken.empty());
    polled.clock.advance(1s);
    polled.settle();
    CHECK(woken.size() == count);
    CHECK(std::ranges::is_sorted(woken));
    CHECK(polled.executor.running_tasks() == 0);
}

TEST_CASE("100,000 sleepers may be cancelled at once") {
    PolledExecutor polled;
    std::vector<JoinHandle<>> handles;
    for (int index = 0; index < 100'000; ++index) {
        handles.push_back(polled.executor.spawn(sleep_long()));
    }
    polled.settle();
    for (const JoinHandle<>& handle : handles) {
        handle.request_stop();
    }
    polled.settle();
    CHECK(polled.executor.running_tasks() == 0);
    CHECK_FALSE(polled.executor.next_deadline().has_value());
}

namespace {

struct Sleeping {
    explicit Sleeping(juggle::Executor& executor) : victim{executor.spawn(sleep())} {}
    Task<> sleep() {
        for (int index = 0; index < 3; ++index) {
            co_await juggle::sleep_for(1s);
            ++slept;
        }
    }
    void check() const { CHECK(slept <= 3); }

    int slept = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a sleeper may be stopped at every turn") { support::stop_after_every_turn<Sleeping>(); }

CO_TEST_CASE("sleeping allocates nothing") {
    const auto cycle = []() -> Task<> { co_await juggle::sleep_for(1s); };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
