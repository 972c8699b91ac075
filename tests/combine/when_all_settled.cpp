// Awaiting several things at once, however they end.

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
using support::clean_up_slowly;
using support::exception_of;
using support::fail_after;
using support::is;
using support::MoveOnly;
using support::text_of;
using support::value_after;
using support::yield_times;
using namespace std::chrono_literals;

using juggle::Outcome;
using juggle::when_all_settled;

CO_TEST_CASE("when_all_settled gives every outcome, in the order of its arguments") {
    const auto [value, failed, nothing] =
        co_await when_all_settled(value_after(3, 7), fail_after(0, "broken"), yield_times(1));
    CHECK(value.value() == 7);
    CHECK(text_of(failed.error()) == "broken");
    CHECK(nothing.has_value());
}

CO_TEST_CASE("when_all_settled gives values of all kinds") {
    int target = 0;
    auto [reference, moved] =
        co_await when_all_settled(value_after<int&>(1, target), value_after(0, MoveOnly{4}));
    CHECK(&*reference == &target);
    CHECK(moved->number == 4);
}

CO_TEST_CASE("a failure does not stop the others") {
    const juggle::TimePoint start = executor.now();
    const auto [failed, slept] =
        co_await when_all_settled(fail_after(1, "broken"), juggle::sleep_for(1h));
    CHECK(!failed.has_value());
    CHECK(slept.has_value());
    CHECK(executor.now() == start + 1h);
}

CO_TEST_CASE("a stop request shows in the outcomes, and is seen by the next await") {
    int cleaned = 0;
    bool seen = false;
    const auto body = [&]() -> Task<> {
        const auto [one, two, three] = co_await when_all_settled(
            clean_up_slowly(5, cleaned), juggle::sleep_for(24h), value_after(0, 1));
        seen = one.cancelled() && two.cancelled() && three.has_value();
        co_await juggle::sleep_for(24h);
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(2);
    handle.request_stop();
    co_await yield_times(2);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(seen);
    CHECK(cleaned == 1);
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("when_all_settled takes a range") {
    std::vector<Task<int>> tasks;
    for (int index = 0; index < 5; ++index) {
        tasks.push_back(index == 2 ? fail_after(1, "broken") : value_after(5 - index, index));
    }
    const std::vector<Outcome<int>> outcomes = co_await when_all_settled(std::move(tasks));
    REQUIRE(outcomes.size() == 5);
    for (std::size_t index = 0; index < 5; ++index) {
        CHECK(outcomes[index].has_value() == (index != 2));
    }
    CHECK(*outcomes[4] == 4);
    const std::vector<Outcome<>> none = co_await when_all_settled(std::vector<Task<>>{});
    CHECK(none.empty());
}

CO_TEST_CASE("what a range throws is rethrown when all that were started have ended") {
    int cleaned = 0;
    auto made = support::tasks_that_run_out(2, cleaned);
    const std::exception_ptr error = co_await exception_of(when_all_settled(made));
    CHECK(text_of(error) == "no more");
    CHECK(cleaned == 2);
}

CO_TEST_CASE("when_all_settled of an empty task, or awaited twice, is a logic error") {
    const auto empty = []() -> Task<> {
        (void)co_await when_all_settled(Task<>{}, yield_times(1));
    };
    const std::exception_ptr of_empty = co_await exception_of(empty());
    CHECK(is<std::logic_error>(of_empty));
    auto awaiter = when_all_settled(value_after(1, 1));
    (void)co_await awaiter;
    const std::exception_ptr twice = co_await exception_of(awaiter);
    CHECK(is<std::logic_error>(twice));
}

CO_TEST_CASE("a million times when_all_settled of ready tasks needs no stack") {
    for (int round = 0; round < 1'000'000; ++round) {
        (void)co_await when_all_settled(value_after(0, 1), value_after(0, 2));
    }
}

CO_TEST_CASE("when_all_settled of two allocates nothing in the steady state") {
    const auto cycle = []() -> Task<> {
        (void)co_await when_all_settled(value_after(1, 1), juggle::yield());
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}

namespace {

struct Settling {
    explicit Settling(Executor& executor) : victim{executor.spawn(run())} {}
    Task<> run() {
        auto outcomes = co_await when_all_settled(semaphore.acquire(), semaphore.acquire(), part());
        settled = true;
    }
    Task<> part() {
        const auto permit = co_await semaphore.acquire();
        co_await yield_times(2);
    }
    void check() const { CHECK(semaphore.available() == 3); }

    juggle::Semaphore semaphore{3};
    bool settled = false;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that waits until all has settled may be stopped at every turn") {
    support::stop_after_every_turn<Settling>();
}
