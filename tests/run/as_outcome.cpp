// Awaiting something for how it ends.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <cstdint>
#include <memory>
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
using support::MoveOnly;
using support::text_of;
using support::value_after;
using support::yield_times;
using namespace std::chrono_literals;

using juggle::as_outcome;
using juggle::Outcome;

CO_TEST_CASE("as_outcome gives the value") {
    const Outcome<int> number = co_await as_outcome(value_after(2, 7));
    CHECK(number.value() == 7);
    const Outcome<> nothing = co_await as_outcome(juggle::sleep_for(1h));
    CHECK(nothing.has_value());
    int target = 0;
    Outcome<int&> reference = co_await as_outcome(value_after<int&>(0, target));
    CHECK(&*reference == &target);
    Outcome<MoveOnly> moved = co_await as_outcome(value_after(1, MoveOnly{4}));
    CHECK(moved->number == 4);
}

CO_TEST_CASE("as_outcome gives the exception instead of throwing") {
    const Outcome<int> outcome = co_await as_outcome(fail_after(2, "broken"));
    CHECK(text_of(outcome.error()) == "broken");
    const JoinHandle<int> none;
    const Outcome<int> empty = co_await as_outcome(none);
    CHECK(is<std::logic_error>(empty.error()));
}

CO_TEST_CASE("as_outcome does not suspend if nothing has to wait") {
    std::int64_t sum = 0;
    for (int round = 0; round < 1'000'000; ++round) {
        const Outcome<int> outcome = co_await as_outcome(value_after(0, 1));
        sum += *outcome;
    }
    CHECK(sum == 1'000'000);
}

CO_TEST_CASE("as_outcome of a joined task that somebody stopped is Cancelled") {
    JoinHandle<> handle = executor.spawn(yield_times(100));
    co_await yield_times(2);
    handle.request_stop();
    const Outcome<> outcome = co_await as_outcome(handle);
    CHECK(outcome.cancelled());
}

CO_TEST_CASE("as_outcome does not swallow a stop request") {
    bool passed = false;
    const auto body = [&passed]() -> Task<> {
        (void)co_await as_outcome(juggle::sleep_for(24h));
        passed = true;
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(2);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(!passed);
}

CO_TEST_CASE("a task may clean up when it is stopped in as_outcome") {
    bool cleaned = false;
    const auto body = [&cleaned]() -> Task<> {
        bool stopped = false;
        try {
            (void)co_await as_outcome(juggle::sleep_for(24h));
        } catch (const Cancelled&) {
            stopped = true;
        }
        co_await juggle::yield();
        cleaned = stopped;
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(2);
    handle.request_stop();
    co_await handle;
    CHECK(cleaned);
}

CO_TEST_CASE("as_outcome does not swallow a stop request that was pending") {
    bool passed = false;
    JoinHandle<> handle;
    const auto body = [&]() -> Task<> {
        handle.request_stop();
        (void)co_await as_outcome(juggle::sleep_for(24h));
        passed = true;
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(!passed);
}

CO_TEST_CASE("as_outcome of an empty task, or awaited twice, is a logic error") {
    const auto empty = []() -> Task<> { (void)co_await as_outcome(Task<>{}); };
    const std::exception_ptr of_empty = co_await exception_of(empty());
    CHECK(is<std::logic_error>(of_empty));
    auto awaiter = as_outcome(value_after(1, 1));
    (void)co_await awaiter;
    const std::exception_ptr twice = co_await exception_of(awaiter);
    CHECK(is<std::logic_error>(twice));
    CHECK(support::contains(text_of(twice), "as_outcome"));
}

CO_TEST_CASE("as_outcome allocates nothing in the steady state") {
    const auto cycle = []() -> Task<> { (void)co_await as_outcome(value_after(1, 1)); };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}

namespace {

struct TakesOutcome {
    explicit TakesOutcome(Executor& executor) : victim{executor.spawn(run())} {}
    Task<> run() {
        const Outcome<juggle::SemaphorePermit> permit = co_await as_outcome(semaphore.acquire());
        const Outcome<int> failed = co_await as_outcome(fail_after(2, "broken"));
        CHECK(text_of(failed.error()) == "broken");
    }
    void check() const { CHECK(semaphore.available() == 1); }

    juggle::Semaphore semaphore{1};
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that awaits an outcome may be stopped at every turn") {
    support::stop_after_every_turn<TakesOutcome>();
}
