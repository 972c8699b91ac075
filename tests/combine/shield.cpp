// What is not stopped with its parent.

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
using support::exception_of;
using support::fail_after;
using support::is;
using support::text_of;
using support::value_after;
using support::yield_times;
using namespace std::chrono_literals;

using juggle::shield;

CO_TEST_CASE("shield gives the value, or rethrows the exception") {
    const int number = co_await shield(value_after(2, 7));
    CHECK(number == 7);
    co_await shield(juggle::sleep_for(1h));
    int target = 0;
    int& reference = co_await shield(value_after<int&>(1, target));
    CHECK(&reference == &target);
    const std::exception_ptr error = co_await exception_of(shield(fail_after(1, "broken")));
    CHECK(text_of(error) == "broken");
}

CO_TEST_CASE("what is shielded does not see a stop request, but the next await does") {
    bool done = false;
    bool knew = true;
    bool passed = false;
    const auto work = [&]() -> Task<> {
        co_await yield_times(5);
        const juggle::Environment environment = co_await juggle::current_environment();
        knew = environment.stop_requested();
        done = true;
    };
    const auto body = [&]() -> Task<> {
        co_await shield(work());
        co_await juggle::yield();
        passed = true;
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(2);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(done);
    CHECK(!knew);
    CHECK(!passed);
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("a stop request that is pending before does not reach what is shielded") {
    bool done = false;
    JoinHandle<> handle;
    const auto work = [&done]() -> Task<> {
        co_await yield_times(3);
        done = true;
    };
    const auto body = [&]() -> Task<> {
        handle.request_stop();
        co_await shield(work());
        co_await juggle::yield();
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(done);
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("cleaning up may await behind a shield, however often the task is asked to stop") {
    int cleaned = 0;
    const auto clean_up = [&cleaned]() -> Task<> {
        co_await yield_times(3);
        ++cleaned;
    };
    const auto body = [&]() -> Task<> {
        bool stopped = false;
        try {
            co_await juggle::sleep_for(24h);
        } catch (const Cancelled&) {
            stopped = true;
        }
        if (stopped) {
            co_await shield(clean_up());
            throw Cancelled{};
        }
    };
    const JoinHandle<> handle = executor.spawn(body());
    for (int request = 0; request < 4; ++request) {
        co_await juggle::yield();
        handle.request_stop();
    }
    (void)co_await exception_of(handle);
    CHECK(cleaned == 1);
}

CO_TEST_CASE("what is shielded may have a timeout of its own") {
    const juggle::TimePoint start = executor.now();
    const std::exception_ptr error =
        co_await exception_of(shield(juggle::timeout(1h, juggle::sleep_for(24h))));
    CHECK(is<juggle::TimedOut>(error));
    CHECK(executor.now() == start + 1h);
}

TEST_CASE("the end of a run, and of an executor, wait for what is shielded") {
    for (const bool is_run : {true, false}) {
        support::Reports reports;
        juggle::ManualClock clock;
        std::optional<Executor> executor{std::in_place, reports.options(&clock)};
        bool done = false;
        const auto work = [&done]() -> Task<> {
            co_await juggle::sleep_for(1h);
            co_await yield_times(3);
            done = true;
        };
        const auto body = [&]() -> Task<> { co_await shield(work()); };
        executor->spawn(body()).detach();
        if (is_run) {
            executor->run(yield_times(2));
            CHECK(done);
        } else {
            (void)executor->poll();
            executor.reset();
            CHECK(done);
        }
        CHECK(reports.empty());
    }
}

TEST_CASE("an executor may be destroyed while what is shielded never ends") {
    support::Reports reports;
    std::optional<Executor> executor{std::in_place, reports.options()};
    const auto alive = std::make_shared<int>();
    const auto body = [&alive]() -> Task<> { co_await shield(support::never_end(alive)); };
    executor->spawn(body()).detach();
    (void)executor->poll();
    executor.reset();
    CHECK(alive.use_count() == 1);
}

CO_TEST_CASE("shield of an empty task, or awaited twice, is a logic error") {
    const auto empty = []() -> Task<> { co_await shield(Task<>{}); };
    const std::exception_ptr of_empty = co_await exception_of(empty());
    CHECK(is<std::logic_error>(of_empty));
    auto awaiter = shield(value_after(1, 1));
    (void)co_await awaiter;
    const std::exception_ptr twice = co_await exception_of(awaiter);
    CHECK(is<std::logic_error>(twice));
}

CO_TEST_CASE("a million times shield of what is ready needs no stack, and no memory") {
    const auto cycle = []() -> Task<> {
        for (int round = 0; round < 5'000; ++round) {
            (void)co_await shield(value_after(0, 1));
        }
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}

namespace {

struct Shielded {
    explicit Shielded(Executor& executor) : victim{executor.spawn(run())} {}
    Task<> run() {
        const auto permit = co_await semaphore.acquire();
        ++begun;
        co_await juggle::yield();
        co_await shield(finish());
        co_await juggle::yield();
    }
    Task<> finish() {
        ++shielded;
        co_await yield_times(3);
        ++finished;
    }
    void check() const {
        CHECK(shielded == finished);
        CHECK(semaphore.available() == 1);
    }

    juggle::Semaphore semaphore{1};
    int begun = 0;
    int shielded = 0;
    int finished = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that shields may be stopped at every turn") {
    support::stop_after_every_turn<Shielded>();
}
