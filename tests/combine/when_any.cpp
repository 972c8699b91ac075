// Races: the first that succeeds wins, the others have taken nothing.

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
#include <ranges>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using juggle::when_any;
using support::clean_up_slowly;
using support::exception_of;
using support::fail_after;
using support::is;
using support::ManualEvent;
using support::MoveOnly;
using support::text_of;
using support::value_after;
using support::yield_times;
using namespace std::chrono_literals;

// ---- results ------------------------------------------------------------------------------------

CO_TEST_CASE("when_any gives the index and the result of the first") {
    const auto result =
        co_await when_any(value_after(3, 1), value_after(1, std::string{"second"}), yield_times(2));
    STATIC_REQUIRE(
        std::is_same_v<decltype(result), const std::variant<int, std::string, std::monostate>>);
    REQUIRE(result.index() == 1);
    CHECK(std::get<1>(result) == "second");
}

CO_TEST_CASE("when_any gives values of all kinds") {
    int target = 0;
    auto reference = co_await when_any(value_after<int&>(0, target), yield_times(9));
    CHECK(&std::get<0>(reference).get() == &target);
    auto moved = co_await when_any(yield_times(9), value_after(1, MoveOnly{4}));
    CHECK(std::get<1>(moved).number == 4);
    auto same = co_await when_any(value_after(9, 1), value_after(1, 2));
    REQUIRE(same.index() == 1);
    CHECK(std::get<1>(same) == 2);
}

CO_TEST_CASE("when_any stops the others and waits for them") {
    int cleaned = 0;
    const auto result = co_await when_any(clean_up_slowly(7, cleaned), value_after(2, 1),
                                          clean_up_slowly(3, cleaned));
    CHECK(result.index() == 1);
    CHECK(cleaned == 2);
    CHECK(executor.running_tasks() == 1);
}

CO_TEST_CASE("when_any does not begin what comes after one that succeeds at once") {
    bool begun = false;
    const auto begin = [&begun]() -> Task<> {
        begun = true;
        co_return;
    };
    Task<> last = begin();
    const auto result =
        co_await when_any(juggle::sleep_for(1h), value_after(0, 1), std::move(last));
    CHECK(result.index() == 1);
    CHECK(!begun);
}

CO_TEST_CASE("a million times when_any of ready tasks needs no stack") {
    std::int64_t sum = 0;
    for (int round = 0; round < 1'000'000; ++round) {
        const auto result = co_await when_any(value_after(0, 1), juggle::sleep_for(1h));
        sum += std::get<0>(result);
    }
    CHECK(sum == 1'000'000);
}

// ---- failures -----------------------------------------------------------------------------------

CO_TEST_CASE("when_any goes on when one fails") {
    const auto result = co_await when_any(fail_after(0, "broken"), value_after(2, 1));
    CHECK(result.index() == 1);
}

CO_TEST_CASE("when_any rethrows the first failure if all fail") {
    const std::exception_ptr error =
        co_await exception_of(when_any(fail_after(2, "late"), fail_after(1, "early")));
    CHECK(text_of(error) == "early");
}

CO_TEST_CASE("a handle whose task fails wins no race") {
    const JoinHandle<int> fails = executor.spawn(fail_after(1, "broken"));
    const auto referred = co_await when_any(fails, value_after(5, 1));
    CHECK(referred.index() == 1);
    JoinHandle<int> given = executor.spawn(fail_after(1, "broken"));
    const auto moved = co_await when_any(std::move(given), value_after(5, 1));
    CHECK(moved.index() == 1);
}

CO_TEST_CASE("a device event that fails wins no race") {
    ManualEvent event;
    const auto race = [&event]() -> Task<int> {
        const auto result = co_await when_any(event, value_after(9, 5));
        co_return std::get<1>(result);
    };
    const JoinHandle<int> handle = executor.spawn(race());
    co_await yield_times(2);
    event.fail();
    const int result = co_await handle;
    CHECK(result == 5);
}

CO_TEST_CASE("what was given something and fails afterwards has won") {
    juggle::Resource<int, ManualEvent> resource{0};
    auto first = co_await resource.acquire();
    ManualEvent event;
    const auto race = [&resource]() -> Task<> {
        (void)co_await when_any(resource.acquire(), juggle::sleep_for(24h));
    };
    const JoinHandle<> handle = executor.spawn(race());
    co_await yield_times(2);
    first.ready(event);
    co_await yield_times(5);
    event.fail();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(error != nullptr);
    CHECK(!is<Cancelled>(error));
    resource.clear_poison();
}

CO_TEST_CASE("when_any of an empty task or range is an error") {
    const auto task = []() -> Task<> { (void)co_await when_any(Task<>{}, yield_times(1)); };
    const std::exception_ptr empty_task = co_await exception_of(task());
    CHECK(is<std::logic_error>(empty_task));
    const std::exception_ptr empty_range =
        co_await exception_of(when_any(std::vector<Task<int>>{}));
    CHECK(is<std::invalid_argument>(empty_range));
}

CO_TEST_CASE("when_any that is awaited twice is a logic error") {
    auto any = when_any(value_after(1, 1), value_after(0, 2));
    (void)co_await any;
    const std::exception_ptr error = co_await exception_of(any);
    CHECK(is<std::logic_error>(error));
}

// ---- stop requests ------------------------------------------------------------------------------

CO_TEST_CASE("a stop request is passed on to all that race") {
    int cleaned = 0;
    const auto body = [&cleaned]() -> Task<> {
        (void)co_await when_any(clean_up_slowly(5, cleaned), clean_up_slowly(7, cleaned));
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(2);
    handle.request_stop();
    co_await yield_times(2);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(cleaned == 2);
}

CO_TEST_CASE("a stop request after the race is decided is for the next await") {
    int cleaned = 0;
    bool won = false;
    const auto body = [&]() -> Task<> {
        (void)co_await when_any(value_after(1, 1), clean_up_slowly(9, cleaned));
        won = true;
        co_await juggle::sleep_for(24h);
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(5);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(won);
    CHECK(cleaned == 1);
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("a stop request that the winner has not noticed is for the next await") {
    bool won = false;
    juggle::AsyncEvent event;
    const auto body = [&]() -> Task<> {
        const auto result = co_await when_any(juggle::sleep_for(24h), event.wait());
        won = result.index() == 1;
        co_await juggle::sleep_for(24h);
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(2);
    event.set();
    handle.request_stop();  // only the one that sleeps sees it
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(won);
    CHECK(is<Cancelled>(error));
    CHECK(executor.running_tasks() == 1);
}

CO_TEST_CASE("a failure from before a stop request does not hide it") {
    std::string first;
    const auto body = [&]() -> Task<> {
        const std::exception_ptr error =
            co_await exception_of(when_any(fail_after(1, "broken"), juggle::sleep_for(24h)));
        first = text_of(error);
        co_await juggle::sleep_for(24h);
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(4);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(first == "broken");
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("a task that wins although it was asked to stop has used that up") {
    bool passed = false;
    const auto goes_on = []() -> Task<int> {
        try {
            co_await juggle::sleep_for(24h);
        } catch (const Cancelled&) {}
        co_return 1;
    };
    const auto body = [&]() -> Task<> {
        (void)co_await when_any(goes_on(), juggle::sleep_for(24h));
        co_await juggle::yield();
        passed = true;
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(2);
    handle.request_stop();
    co_await handle;
    CHECK(passed);
}

// ---- nothing is lost ----------------------------------------------------------------------------

CO_TEST_CASE("of two tickets that are granted in one turn the loser's is passed on") {
    juggle::Resource<int> left{1};
    juggle::Resource<int> right{2};
    auto left_first = co_await left.acquire();
    auto right_first = co_await right.acquire();
    std::size_t winner = 9;
    const auto race = [&]() -> Task<> {
        auto result = co_await when_any(left.acquire(), right.acquire());
        winner = result.index();
        std::visit([](auto& allocation) { allocation.ready(); }, result);
    };
    const JoinHandle<> handle = executor.spawn(race());
    co_await yield_times(2);
    right_first.ready();
    left_first.ready();
    co_await handle;
    CHECK(winner == 1);
    auto left_again = co_await left.acquire();
    auto right_again = co_await right.acquire();
    left_again.ready();
    right_again.ready();
}

CO_TEST_CASE("a race for one resource with itself is won once") {
    juggle::Resource<int> resource{1};
    auto first = co_await resource.acquire();
    const auto race = [&]() -> Task<> {
        auto result = co_await when_any(resource.acquire(), resource.acquire(), resource.acquire());
        std::visit([](auto& allocation) { allocation.ready(); }, result);
    };
    const JoinHandle<> handle = executor.spawn(race());
    co_await yield_times(2);
    first.ready();
    co_await handle;
    auto again = co_await resource.acquire();
    again.ready();
}

CO_TEST_CASE("of two permits that come in one turn the loser takes none") {
    juggle::Semaphore left{1};
    juggle::Semaphore right{1};
    std::optional<juggle::SemaphorePermit> left_taken = left.try_acquire();
    std::optional<juggle::SemaphorePermit> right_taken = right.try_acquire();
    bool both_free = false;
    const auto race = [&]() -> Task<> {
        const auto result = co_await when_any(left.acquire(), right.acquire());
        both_free = left.available() + right.available() == 1;
        CHECK(result.index() == 0);
    };
    const JoinHandle<> handle = executor.spawn(race());
    co_await yield_times(2);
    left_taken.reset();
    right_taken.reset();
    co_await handle;
    CHECK(both_free);
    CHECK(left.available() == 1);
    CHECK(right.available() == 1);
}

CO_TEST_CASE("the result of a joined task that lost a race can still be had") {
    const JoinHandle<int> one = executor.spawn(value_after(3, 1));
    const JoinHandle<int> two = executor.spawn(value_after(3, 2));
    const auto result = co_await when_any(one, two);
    REQUIRE(result.index() == 0);
    CHECK(one.done());
    const int other = co_await two;
    CHECK(other == 2);
}

CO_TEST_CASE("the failure of a joined task that lost a race can still be had") {
    const JoinHandle<int> one = executor.spawn(value_after(3, 1));
    const JoinHandle<int> two = executor.spawn(fail_after(3, "broken"));
    const auto result = co_await when_any(one, two);
    REQUIRE(result.index() == 0);
    const std::exception_ptr error = co_await exception_of(two);
    CHECK(text_of(error) == "broken");
}

CO_TEST_CASE("a race within a race asks the outer one before it takes something") {
    juggle::Semaphore inner{1};
    juggle::Semaphore outer{1};
    std::optional<juggle::SemaphorePermit> inner_taken = inner.try_acquire();
    std::optional<juggle::SemaphorePermit> outer_taken = outer.try_acquire();
    for (const bool inner_first : {true, false}) {
        bool checked = false;
        const auto race = [&]() -> Task<> {
            auto result = co_await when_any(
                when_any(juggle::sleep_for(24h), juggle::timeout(24h, inner.acquire())),
                juggle::shield(outer.acquire()));
            CHECK(result.index() == (inner_first ? 0 : 1));
            CHECK(inner.available() == (inner_first ? 0 : 1));
            CHECK(outer.available() == (inner_first ? 1 : 0));
            checked = true;
        };
        const JoinHandle<> handle = executor.spawn(race());
        co_await yield_times(2);
        (inner_first ? inner_taken : outer_taken).reset();
        (inner_first ? outer_taken : inner_taken).reset();
        co_await handle;
        CHECK(checked);
        inner_taken = inner.try_acquire();
        outer_taken = outer.try_acquire();
        REQUIRE((inner_taken && outer_taken));
    }
}

CO_TEST_CASE("what a task takes on its way decides no race, whatever is around the task") {
    juggle::Semaphore semaphore{1};
    std::optional<juggle::SemaphorePermit> taken = semaphore.try_acquire();
    const auto use = [&semaphore]() -> Task<> {
        const juggle::SemaphorePermit permit = co_await semaphore.acquire();
        co_await juggle::sleep_for(24h);
    };
    std::size_t winner = 9;
    const auto race = [&]() -> Task<> {
        const auto result = co_await when_any(juggle::as_outcome(use()),
                                              juggle::timeout(48h, use()), yield_times(9));
        winner = result.index();
    };
    const JoinHandle<> handle = executor.spawn(race());
    co_await yield_times(2);
    taken.reset();
    co_await handle;
    CHECK(winner == 2);
    CHECK(semaphore.available() == 1);
}

// ---- ranges -------------------------------------------------------------------------------------

CO_TEST_CASE("when_any of a range gives the position and the value") {
    std::vector<Task<MoveOnly>> tasks;
    for (int index = 0; index < 5; ++index) {
        tasks.push_back(value_after(index == 3 ? 1 : 9, MoveOnly{index}));
    }
    const auto result = co_await when_any(std::move(tasks));
    CHECK(result.index == 3);
    CHECK(result.value.number == 3);
}

CO_TEST_CASE("when_any of a range begins nothing after one that succeeds at once") {
    int made = 0;
    const auto make = [&made](int index) {
        ++made;
        return value_after(index == 2 ? 0 : 5, index);
    };
    auto tasks = std::views::iota(0, 10) | std::views::transform(make);
    const auto result = co_await when_any(tasks);
    CHECK(result.index == 2);
    CHECK(made == 3);
}

CO_TEST_CASE("when_any of a range of permits takes one of them") {
    std::vector<std::unique_ptr<juggle::Semaphore>> semaphores;
    std::vector<juggle::SemaphorePermit> taken;
    for (int index = 0; index < 4; ++index) {
        semaphores.push_back(std::make_unique<juggle::Semaphore>(1));
        taken.push_back(*semaphores.back()->try_acquire());
    }
    const auto acquire = [](const auto& semaphore) { return semaphore->acquire(); };
    std::size_t winner = 9;
    const auto race = [&]() -> Task<> {
        auto acquiring = semaphores | std::views::transform(acquire);
        const auto result = co_await when_any(acquiring);
        winner = result.index;
    };
    const JoinHandle<> handle = executor.spawn(race());
    co_await yield_times(2);
    std::swap(taken.front(), taken[2]);
    taken.clear();
    co_await handle;
    CHECK(winner < 4);
    for (const auto& semaphore : semaphores) {
        CHECK(semaphore->available() == 1);
    }
}

CO_TEST_CASE(
    "when_any of a range rethrows the first failure if all fail, or what the range throws") {
    std::vector<Task<int>> tasks;
    tasks.push_back(fail_after(2, "late"));
    tasks.push_back(fail_after(1, "early"));
    const std::exception_ptr error = co_await exception_of(when_any(std::move(tasks)));
    CHECK(text_of(error) == "early");
    int cleaned = 0;
    auto made = support::tasks_that_run_out(1, cleaned);
    const std::exception_ptr thrown = co_await exception_of(when_any(made));
    CHECK(text_of(thrown) == "no more");
    CHECK(cleaned == 1);
}

// ---- nesting ------------------------------------------------------------------------------------

namespace {

Task<int> race_within(int depth) {
    if (depth == 0) {
        co_await juggle::yield();
        co_return 1;
    }
    auto result = co_await when_any(
        juggle::timeout(24h, race_within(depth - 1)),
        juggle::when_all(juggle::sleep_for(24h), juggle::shield(juggle::yield())));
    co_return std::get<0>(result) + 1;
}

}  // namespace

CO_TEST_CASE("races, timeouts and when_all may be nested beyond the nesting limit") {
    for (const int depth : {1, 20, 31, 32, 33, 64, 70, 200}) {
        const int sum = co_await race_within(depth);
        CHECK(sum == depth + 1);
    }
}

// ---- every turn ---------------------------------------------------------------------------------

namespace {

struct Racing {
    explicit Racing(Executor& executor) : victim{executor.spawn(run())} {
        executor.spawn(give()).detach();
    }

    Task<> run() {
        for (int round = 0; round < 3; ++round) {
            auto result = co_await when_any(left.acquire(), juggle::timeout(24h, right.acquire()),
                                            when_any(resource.acquire(), juggle::sleep_for(24h)));
            ++wins;
            if (result.index() == 2) {
                std::get<0>(std::get<2>(result)).ready();
            }
            co_await juggle::yield();
        }
    }
    Task<> give() {
        for (int round = 0; round < 3; ++round) {
            co_await yield_times(2);
            left_taken.reset();
            right_taken.reset();
            held.ready();
            co_await yield_times(1);
            left_taken = co_await left.acquire();
            right_taken = co_await right.acquire();
            held = co_await resource.acquire();
        }
        left_taken.reset();
        right_taken.reset();
        held.ready();
    }
    void check() {
        CHECK(left.available() == 1);
        CHECK(right.available() == 1);
        auto ticket = resource.acquire();
        const bool free = ticket.try_wait().has_value();
        CHECK(free);
        if (free) {
            ticket.ready();
        }
    }

    static juggle::ResourceAllocation<int> hold(juggle::Resource<int>& resource) {
        auto allocation = resource.acquire();
        (void)allocation.try_wait();
        return allocation;
    }

    juggle::Semaphore left{1};
    juggle::Semaphore right{1};
    juggle::Resource<int> resource{0};
    std::optional<juggle::SemaphorePermit> left_taken = left.try_acquire();
    std::optional<juggle::SemaphorePermit> right_taken = right.try_acquire();
    juggle::ResourceAllocation<int> held = hold(resource);
    int wins = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that races may be stopped at every turn") {
    support::stop_after_every_turn<Racing>();
}

TEST_CASE("an executor may be destroyed while a task races") {
    support::destroy_after_every_turn([](std::shared_ptr<int> alive) -> Task<> {
        juggle::Resource<int> resource{0};
        const auto held = resource.acquire();
        std::vector<Task<>> tasks;
        tasks.push_back(support::never_end(alive));
        tasks.push_back(support::never_end(alive));
        (void)co_await when_any(when_any(std::move(tasks)), resource.acquire(),
                                when_any(support::never_end(alive), juggle::sleep_for(1h)));
    });
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("when_any of two allocates nothing in the steady state") {
    const auto tasks = []() -> Task<> {
        (void)co_await when_any(value_after(1, 1), value_after(2, 2));
    };
    const std::uint64_t of_tasks = co_await support::allocations_in_steady_state(tasks);
    CHECK(of_tasks == 0);
    juggle::AsyncEvent event;
    const auto awaitables = [&event]() -> Task<> {
        (void)co_await when_any(event.wait(), juggle::yield());
    };
    const std::uint64_t of_awaitables = co_await support::allocations_in_steady_state(awaitables);
    CHECK(of_awaitables == 0);
}
