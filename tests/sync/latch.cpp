// Waiting until so many things are done.

#include "support/catch.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Latch;
using juggle::Task;
using support::exception_of;
using support::is;
using support::yield_times;

namespace {

Task<> note_when(Latch& latch, int name, std::vector<int>& list) {
    co_await latch.wait();
    list.push_back(name);
}

Task<> meet(Latch& latch, int name, std::vector<int>& list) {
    co_await latch.arrive_and_wait();
    list.push_back(name);
}

}  // namespace

static_assert(!std::is_copy_constructible_v<Latch>);
static_assert(!std::is_move_constructible_v<Latch>);

TEST_CASE("a latch counts down to zero and is open then") {
    Latch latch{3};
    CHECK(latch.pending() == 3);
    CHECK_FALSE(latch.try_wait());
    latch.count_down();
    CHECK(latch.pending() == 2);
    latch.count_down(0);
    CHECK(latch.pending() == 2);
    CHECK_FALSE(latch.try_wait());
    latch.count_down(2);
    CHECK(latch.pending() == 0);
    CHECK(latch.try_wait());
    latch.count_down(0);
    CHECK(latch.try_wait());
}

CO_TEST_CASE("a latch with nothing to be done is open from the start") {
    Latch latch{0};
    CHECK(latch.try_wait());
    co_await latch.wait();
    co_await latch.arrive_and_wait(0);
}

CO_TEST_CASE("waiting for an open latch does not suspend") {
    Latch latch{1};
    latch.count_down();
    bool other_ran = false;
    const auto other = [&other_ran]() -> Task<> {
        other_ran = true;
        co_return;
    };
    executor.spawn(other()).detach();
    co_await latch.wait();
    co_await latch.wait();
    CHECK_FALSE(other_ran);
}

CO_TEST_CASE("the last one done wakes all who wait, in the order in which they came, later") {
    Latch latch{2};
    std::vector<int> list;
    for (int name = 0; name < 4; ++name) {
        executor.spawn(note_when(latch, name, list)).detach();
    }
    co_await juggle::yield();
    latch.count_down();
    co_await yield_times(3);
    CHECK(list.empty());
    latch.count_down();
    CHECK(list.empty());
    co_await juggle::yield();
    CHECK(list == std::vector{0, 1, 2, 3});
}

CO_TEST_CASE("tasks meet at a latch: nobody goes on before the last has arrived") {
    Latch latch{3};
    std::vector<int> list;
    const JoinHandle<> a = executor.spawn(meet(latch, 1, list));
    const JoinHandle<> b = executor.spawn(meet(latch, 2, list));
    co_await yield_times(3);
    CHECK(latch.pending() == 1);
    CHECK(list.empty());
    co_await latch.arrive_and_wait();  // the last does not wait
    CHECK(list.empty());
    co_await b;
    CHECK(list == std::vector{1, 2});
    co_await a;
}

CO_TEST_CASE("one may arrive for several") {
    Latch latch{3};
    std::vector<int> list;
    const JoinHandle<> waiting = executor.spawn(meet(latch, 1, list));
    co_await juggle::yield();
    co_await latch.arrive_and_wait(2);
    co_await waiting;
    CHECK(latch.pending() == 0);
}

// ---- bad input ----------------------------------------------------------------------------------

CO_TEST_CASE(
    "counting below zero is an invalid argument that says both numbers, nothing is changed") {
    Latch latch{3};
    std::vector<int> list;
    const JoinHandle<> waiting = executor.spawn(note_when(latch, 1, list));
    co_await juggle::yield();
    CHECK_THROWS_AS(latch.count_down(4), std::invalid_argument);
    CHECK_THROWS_WITH(latch.count_down(4), Catch::Contains("Latch::count_down") &&
                                               Catch::Contains("'n' is 4") &&
                                               Catch::Contains("only 3"));
    CHECK_THROWS_AS(latch.arrive_and_wait(5), std::invalid_argument);
    CHECK_THROWS_WITH(latch.arrive_and_wait(5), Catch::Contains("Latch::arrive_and_wait") &&
                                                    Catch::Contains("'n' is 5") &&
                                                    Catch::Contains("only 3"));
    CHECK(latch.pending() == 3);
    co_await yield_times(3);
    CHECK(list.empty());
    latch.count_down(3);
    CHECK_THROWS_AS(latch.count_down(), std::invalid_argument);
    co_await waiting;
}

// ---- cancellation -------------------------------------------------------------------------------

CO_TEST_CASE("one that is cancelled while it waits has arrived all the same") {
    Latch latch{2};
    std::vector<int> list;
    const JoinHandle<> stopped = executor.spawn(meet(latch, 1, list));
    co_await juggle::yield();
    stopped.request_stop();
    const std::exception_ptr error = co_await exception_of(stopped);
    CHECK(is<Cancelled>(error));
    CHECK(latch.pending() == 1);
    co_await latch.arrive_and_wait();
    CHECK(list.empty());
}

CO_TEST_CASE("a stop request that is pending when a task arrives is thrown after it was counted") {
    Latch latch{2};
    std::vector<int> list;
    JoinHandle<> handle;
    const auto body = [&]() -> Task<> {
        handle.request_stop();  // of this task itself
        co_await meet(latch, 1, list);
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(latch.pending() == 1);
}

CO_TEST_CASE("a stop request that comes after the last one is done does not undo the wait") {
    Latch latch{1};
    std::vector<int> list;
    const JoinHandle<> waiting = executor.spawn(note_when(latch, 1, list));
    co_await juggle::yield();
    latch.count_down();
    waiting.request_stop();
    co_await waiting;
    CHECK(list == std::vector{1});
}

namespace {

/// Three tasks that meet; one of them is stopped, and the others must meet without it unless it
/// was stopped before it had started.
struct Meeting {
    explicit Meeting(Executor& executor)
        : victim{executor.spawn(arrive())}, first{executor.spawn(arrive())},
          second{executor.spawn(arrive())}, rescuer{executor.spawn(rescue())} {}
    Task<> arrive() {
        co_await juggle::yield();
        ++arrived;
        co_await latch.arrive_and_wait();
        ++met;
    }
    Task<> rescue() {
        co_await yield_times(6);
        latch.count_down(latch.pending());
    }
    void check() const {
        CHECK(latch.try_wait());
        CHECK(arrived >= 2);
        CHECK(met >= 2);
        CHECK(met <= arrived);
    }

    Latch latch{3};
    int arrived = 0;
    int met = 0;
    JoinHandle<> victim;
    JoinHandle<> first;
    JoinHandle<> second;
    JoinHandle<> rescuer;
};

}  // namespace

TEST_CASE("one of those who meet may be stopped at every turn") {
    support::stop_after_every_turn<Meeting>();
}

TEST_CASE("an executor may be destroyed while tasks wait for a latch of one of them") {
    support::Reports reports;
    {
        auto executor = std::make_unique<Executor>(reports.options());
        const auto stubborn = [](Latch& latch) -> Task<> {
            for (;;) {
                try {
                    co_await latch.wait();
                } catch (const Cancelled&) {}
            }
        };
        const auto parent = [&]() -> Task<> {
            Latch latch{1};
            executor->spawn(stubborn(latch)).detach();
            co_await stubborn(latch);
        };
        executor->spawn(parent()).detach();
        for (int turn = 0; turn < 3; ++turn) {
            (void)executor->poll();
        }
        CHECK(executor->running_tasks() == 2);
        executor.reset();  // before the functions above, which its tasks use
    }
    CHECK(reports.empty());
}

TEST_CASE("a debug build aborts with a word about it when a latch dies under a waiting task") {
    support::check_task_aborts("Latch", [](Executor& executor) -> Task<> {
        auto latch = std::make_unique<Latch>(1);
        std::vector<int> list;
        const JoinHandle<> waiting = executor.spawn(note_when(*latch, 1, list));
        co_await juggle::yield();
        latch.reset();
    });
}

TEST_CASE("a debug build aborts when a latch that somebody waits for is counted on another thread",
          "[threads]") {
    const std::pair<const char*, void (*)(Latch&)> calls[] = {
        {"Latch::count_down", [](Latch& latch) { latch.count_down(); }},
        {"Latch::arrive_and_wait", [](Latch& latch) { (void)latch.arrive_and_wait(); }},
        {"Latch::wait",
         [](Latch& latch) {
             Executor other;
             std::vector<int> list;
             other.run(note_when(latch, 2, list));
         }},
    };
    for (const auto& [function, call] : calls) {
        INFO(function);
        support::check_aborts(
            "juggle: latch 'halves' was used from two threads, on the second by " +
                std::string{function} + "; other threads use a juggle::Poster\n",
            [use = call] {
                Latch latch{"halves", 2};
                std::vector<int> list;
                Executor executor;
                executor.spawn(note_when(latch, 1, list)).detach();
                (void)executor.poll();
                std::thread{[&] { use(latch); }}.join();
            });
    }
}

TEST_CASE("what is counted down too often is told with how many are pending") {
    Latch one{1};
    CHECK_THROWS_WITH(one.count_down(2),
                      "juggle: Latch::count_down: argument 'n' is 2, but only 1 is pending");
    Latch two{2};
    CHECK_THROWS_WITH(two.count_down(3),
                      "juggle: Latch::count_down: argument 'n' is 3, but only 2 are pending");
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("a latch allocates nothing") {
    const auto arrive = [](Latch& latch) -> Task<> { co_await latch.arrive_and_wait(); };
    const auto cycle = [&]() -> Task<> {
        Latch latch{3};
        const JoinHandle<> a = executor.spawn(arrive(latch));
        const JoinHandle<> b = executor.spawn(arrive(latch));
        co_await juggle::yield();
        co_await latch.arrive_and_wait();
        co_await a;
        co_await b;
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
