// What an executor can be told: where reports go, how it sleeps, what time it is.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/process.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

using juggle::Executor;
using juggle::ExecutorOptions;
using juggle::Task;
using support::ForeignEvent;
using support::ProcessEnd;
using namespace std::chrono_literals;

namespace {

Task<> nothing() { co_return; }

Task<> fail(std::string text) {
    throw std::runtime_error{text};
    co_return;
}

Task<> forget(juggle::Resource<int>& resource) {
    const juggle::ResourceAllocation<int> mine = co_await resource.acquire();
}

}  // namespace

// ---- reports ------------------------------------------------------------------------------------

TEST_CASE("by default an unhandled exception is printed with the place of its task") {
    if (!support::can_fork) {
        return;
    }
    const std::string line = std::to_string(__LINE__ + 3);
    const ProcessEnd end = support::run_in_child([] {
        Executor executor;
        executor.spawn(fail("what went wrong")).detach();
        executor.run(nothing());
    });
    CHECK_FALSE(end.aborted);
    CHECK_THAT(end.errors, Catch::Contains("what went wrong"));
    CHECK_THAT(end.errors, Catch::Contains("std::runtime_error"));
    CHECK_THAT(end.errors, Catch::Contains("executor_options.cpp:" + line));
}

TEST_CASE("by default nested exceptions are printed to the innermost, and foreign types by name") {
    if (!support::can_fork) {
        return;
    }
    struct NoStandardException {};
    const ProcessEnd end = support::run_in_child([] {
        Executor executor;
        const auto nested = []() -> Task<> {
            try {
                throw std::runtime_error{"inner"};
            } catch (...) {
                std::throw_with_nested(std::logic_error{"outer"});
            }
            co_return;
        };
        const auto foreign = []() -> Task<> {
            throw NoStandardException{};
            co_return;
        };
        executor.spawn(nested()).detach();
        executor.spawn(foreign()).detach();
        executor.run(nothing());
    });
    CHECK_FALSE(end.aborted);
    CHECK_THAT(end.errors, Catch::Contains("outer") && Catch::Contains("inner"));
    CHECK_THAT(end.errors, Catch::Contains("NoStandardException"));
}

TEST_CASE("by default a diagnostic is printed") {
    if (!support::can_fork) {
        return;
    }
    const ProcessEnd end = support::run_in_child([] {
        Executor executor;
        juggle::Resource<int> resource{"forgotten", 0};
        executor.run(forget(resource));
    });
    CHECK_FALSE(end.aborted);
    CHECK_THAT(end.errors, Catch::Contains("'forgotten'") && Catch::Contains("was not made ready"));
}

TEST_CASE("a report function that throws is no reason to lose the report, or to terminate") {
    if (!support::can_fork) {
        return;
    }
    const ProcessEnd end = support::run_in_child([] {
        ExecutorOptions options;
        options.on_unhandled_exception = [](const juggle::UnhandledException&) {
            throw std::runtime_error{"in the report function"};
        };
        options.on_diagnostic = [](std::string_view) { throw 1; };
        Executor executor{options};
        juggle::Resource<int> resource{"forgotten", 0};
        executor.spawn(fail("the original")).detach();
        executor.spawn(forget(resource)).detach();
        executor.run(nothing());
        const auto main = []() -> Task<> { co_await juggle::yield(); };
        executor.run(main());
    });
    CHECK_FALSE(end.aborted);
    CHECK_THAT(end.errors, Catch::Contains("the original"));
}

TEST_CASE("reports are made on the executor's thread", "[threads]") {
    std::thread::id reported_on;
    ExecutorOptions options;
    options.on_unhandled_exception = [&reported_on](const juggle::UnhandledException&) {
        reported_on = std::this_thread::get_id();
    };
    Executor executor{options};
    const auto fails_away = []() -> Task<> {
        co_await juggle::offload([] { throw std::runtime_error{"elsewhere"}; });
    };
    executor.spawn(fails_away()).detach();
    const auto main = [&reported_on]() -> Task<> {
        while (reported_on == std::thread::id{}) {
            co_await juggle::yield();
        }
    };
    executor.run(main());
    CHECK(reported_on == std::this_thread::get_id());
}

// ---- wake_up ------------------------------------------------------------------------------------

namespace {

struct Hooked {
    std::atomic<int> calls{0};
    juggle::ManualClock clock{false};
    Executor executor{options()};

    ExecutorOptions options() {
        ExecutorOptions result;
        result.wake_up = [this] { ++calls; };
        result.clock = &clock;
        return result;
    }
};

class NothingNode final : public juggle::PostNode {
public:
    NothingNode() : PostNode{[](juggle::PostNode&) noexcept {}} {}
};

}  // namespace

TEST_CASE("wake_up is called for the first post after a poll that left nothing to do, not again") {
    Hooked hooked;
    NothingNode first;
    NothingNode second;
    (void)hooked.executor.poll();
    CHECK(hooked.calls == 0);
    hooked.executor.post(first);
    CHECK(hooked.calls == 1);
    hooked.executor.post(second);
    CHECK(hooked.calls == 1);
    CHECK(hooked.executor.poll() == 2);
    hooked.executor.post(first);
    CHECK(hooked.calls == 2);
    CHECK(hooked.executor.poll() == 1);
}

TEST_CASE("wake_up is called for a post before the first poll") {
    Hooked hooked;
    NothingNode node;
    hooked.executor.post(node);
    CHECK(hooked.calls == 1);
    CHECK(hooked.executor.poll() == 1);
}

TEST_CASE("wake_up is not called while poll runs, nor when it left something to do") {
    Hooked hooked;
    NothingNode node;
    const auto posts = [&]() -> Task<> {
        hooked.executor.post(node);
        CHECK(hooked.calls == 1);
        co_await juggle::yield();
    };
    hooked.executor.spawn(posts()).detach();
    CHECK(hooked.calls == 1);
    CHECK(hooked.executor.poll() == 1);
    CHECK(hooked.calls == 1);
    CHECK(hooked.executor.next_deadline() <= hooked.executor.now());
    CHECK(hooked.executor.poll() == 2);
}

TEST_CASE("wake_up is called on the posting thread", "[threads]") {
    std::atomic<bool> right{false};
    const std::thread::id home = std::this_thread::get_id();
    ExecutorOptions options;
    options.wake_up = [&right, home] { right = std::this_thread::get_id() != home; };
    Executor executor{options};
    (void)executor.poll();
    NothingNode node;
    std::thread{[&] { executor.post(node); }}.join();
    CHECK(right);
    CHECK(executor.poll() == 1);
}

TEST_CASE("no post is lost between poll, next_deadline and wake_up when threads post",
          "[threads]") {
    constexpr int posts = 100'000;
    std::atomic<int> signal{0};
    ExecutorOptions options;
    options.wake_up = [&signal] {
        signal.fetch_add(1);
        signal.notify_one();
    };
    Executor executor{options};
    int ran = 0;
    {
        std::jthread thread{[&] {
            for (int index = 0; index < posts; ++index) {
                executor.post([&ran] { ++ran; });
            }
        }};
        while (ran != posts) {
            const int seen = signal.load();
            (void)executor.poll();
            if (!executor.next_deadline().has_value() && ran != posts) {
                signal.wait(seen);
            }
        }
    }
    CHECK(ran == posts);
}

// ---- spin ---------------------------------------------------------------------------------------

namespace {

/// Runs a hundred times until another thread has posted.
void run_until_posts(Executor& executor) {
    for (int round = 0; round < 100; ++round) {
        ForeignEvent posted;
        std::jthread thread{[&] { executor.post([&posted] { posted.complete(); }); }};
        const auto main = [&]() -> Task<> { co_await posted; };
        executor.run(main());
    }
}

}  // namespace

TEST_CASE("an executor that spins takes posts without having slept", "[threads]") {
    ExecutorOptions options;
    options.spin = 1h;
    Executor executor{options};
    run_until_posts(executor);
}

TEST_CASE("an executor that spins ends that for a timer") {
    ExecutorOptions options;
    options.spin = 1h;
    Executor executor{options};
    const auto main = []() -> Task<> { co_await juggle::sleep_for(1ms); };
    executor.run(main());
}

TEST_CASE("an executor that has spun in vain sleeps and is woken", "[threads]") {
    ExecutorOptions options;
    options.spin = 1us;
    Executor executor{options};
    run_until_posts(executor);
}

// ---- clock --------------------------------------------------------------------------------------

TEST_CASE("an executor takes the time from the clock that it is given") {
    juggle::ManualClock clock;
    clock.advance(5h);
    ExecutorOptions options;
    options.clock = &clock;
    Executor executor{options};
    CHECK(executor.now() == juggle::TimePoint{5h});
}
