// A flag that tasks wait for.

#include "support/catch.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

using juggle::AsyncEvent;
using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using support::exception_of;
using support::is;
using support::yield_times;

namespace {

Task<> note_when(AsyncEvent& event, int name, std::vector<int>& list) {
    co_await event.wait();
    list.push_back(name);
}

Task<> wait_for(AsyncEvent& event) { co_await event; }

}  // namespace

static_assert(!std::is_copy_constructible_v<AsyncEvent>);
static_assert(!std::is_move_constructible_v<AsyncEvent>);

TEST_CASE("a new event is not set, unless it is made so") {
    CHECK_FALSE(AsyncEvent{}.is_set());
    CHECK(AsyncEvent{true}.is_set());
}

TEST_CASE("an event is set until it is reset") {
    AsyncEvent event;
    event.set();
    CHECK(event.is_set());
    event.set();
    CHECK(event.is_set());
    event.reset();
    CHECK_FALSE(event.is_set());
    event.reset();
    CHECK_FALSE(event.is_set());
}

CO_TEST_CASE("waiting for an event that is set does not suspend, however often") {
    AsyncEvent event{true};
    bool other_ran = false;
    const auto other = [&other_ran]() -> Task<> {
        other_ran = true;
        co_return;
    };
    executor.spawn(other()).detach();
    for (int index = 0; index < 1000; ++index) {
        co_await event.wait();
        co_await event;
    }
    CHECK_FALSE(other_ran);
}

CO_TEST_CASE("set wakes all who wait, in the order in which they came, at a later turn") {
    AsyncEvent event;
    std::vector<int> list;
    for (int name = 0; name < 5; ++name) {
        executor.spawn(note_when(event, name, list)).detach();
    }
    co_await yield_times(5);
    CHECK(list.empty());
    event.set();
    CHECK(list.empty());
    co_await juggle::yield();
    CHECK(list == std::vector{0, 1, 2, 3, 4});
}

CO_TEST_CASE("the event itself may be awaited") {
    AsyncEvent event;
    const JoinHandle<> waiting = executor.spawn(wait_for(event));
    co_await yield_times(3);
    CHECK_FALSE(waiting.done());
    event.set();
    co_await waiting;
}

CO_TEST_CASE("who was woken goes on although the event is reset before it resumes") {
    AsyncEvent event;
    std::vector<int> list;
    const JoinHandle<> waiting = executor.spawn(note_when(event, 1, list));
    co_await juggle::yield();
    event.set();
    event.reset();
    co_await waiting;
    CHECK(list == std::vector{1});
    CHECK_FALSE(event.is_set());
}

CO_TEST_CASE("an event may be used again and again") {
    AsyncEvent event;
    std::vector<int> list;
    const auto body = [&]() -> Task<> {
        for (int round = 0; round < 100; ++round) {
            co_await event.wait();
            event.reset();
            list.push_back(round);
        }
    };
    const JoinHandle<> waiting = executor.spawn(body());
    for (int round = 0; round < 100; ++round) {
        co_await yield_times(2);
        CHECK(list.size() == static_cast<std::size_t>(round));
        event.set();
        co_await juggle::yield();
    }
    co_await waiting;
    CHECK(list.size() == 100);
}

CO_TEST_CASE("one that waits again in the turn in which it was woken waits for the next set") {
    AsyncEvent event;
    int passed = 0;
    const auto body = [&]() -> Task<> {
        co_await event.wait();
        ++passed;
        co_await event.wait();
        ++passed;
    };
    const JoinHandle<> waiting = executor.spawn(body());
    co_await juggle::yield();
    event.set();
    event.reset();
    co_await yield_times(3);
    CHECK(passed == 1);
    event.set();
    co_await waiting;
    CHECK(passed == 2);
}

TEST_CASE("another thread sets an event by a post") {
    support::TestExecutor test;
    const auto main = [&test]() -> Task<> {
        AsyncEvent event;
        const juggle::Poster poster = test.executor.poster();  // something is to come
        std::thread other{[&] { test.executor.post([&event] { event.set(); }); }};
        co_await event.wait();
        other.join();
    };
    test.executor.run(main());
}

// ---- cancellation -------------------------------------------------------------------------------

CO_TEST_CASE("cancelling any one of those who wait does not concern the others") {
    for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
        AsyncEvent event;
        std::vector<int> list;
        std::vector<JoinHandle<>> waiting;
        for (int name = 0; name < 3; ++name) {
            waiting.push_back(executor.spawn(note_when(event, name, list)));
        }
        co_await juggle::yield();
        waiting[cancelled].request_stop();
        const std::exception_ptr error = co_await exception_of(waiting[cancelled]);
        CHECK(is<Cancelled>(error));
        CHECK(list.empty());
        event.set();
        co_await juggle::yield();
        CHECK(list.size() == 2);
        CHECK(std::ranges::is_sorted(list));
    }
}

CO_TEST_CASE("a stop request that comes after set does not undo the wait") {
    AsyncEvent event;
    std::vector<int> list;
    const JoinHandle<> waiting = executor.spawn(note_when(event, 1, list));
    co_await juggle::yield();
    event.set();
    waiting.request_stop();
    co_await waiting;
    CHECK(list == std::vector{1});
}

CO_TEST_CASE("a pending stop request is thrown by a wait that would suspend, and by no other") {
    AsyncEvent set{true};
    AsyncEvent unset;
    bool passed = false;
    JoinHandle<> handle;
    const auto body = [&]() -> Task<> {
        handle.request_stop();  // of this task itself
        co_await set.wait();
        passed = true;
        co_await unset.wait();
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(passed);
}

namespace {

/// Two wait, one of them is stopped.
struct Passing {
    explicit Passing(Executor& executor)
        : victim{executor.spawn(wait())}, other{executor.spawn(wait())},
          setter{executor.spawn(set())} {}
    Task<> wait() {
        try {
            co_await event.wait();
            ++passed;
        } catch (const Cancelled&) {
            ++cancelled;
        }
    }
    Task<> set() {
        co_await yield_times(3);
        event.set();
    }
    void check() const {
        CHECK(passed >= 1);  // one that is stopped before it has started does not run
        CHECK(passed + cancelled <= 2);
        CHECK(cancelled <= 1);
    }

    AsyncEvent event;
    int passed = 0;
    int cancelled = 0;
    JoinHandle<> victim;
    JoinHandle<> other;
    JoinHandle<> setter;
};

}  // namespace

TEST_CASE("one that waits for an event may be stopped at every turn") {
    support::stop_after_every_turn<Passing>();
}

TEST_CASE("an executor may be destroyed while tasks wait for events of each other") {
    support::Reports reports;
    AsyncEvent outer;
    {
        auto executor = std::make_unique<Executor>(reports.options());
        const auto child = [&outer](AsyncEvent& inner) -> Task<> {
            for (;;) {
                try {
                    co_await inner.wait();
                } catch (const Cancelled&) {}
                try {
                    co_await outer.wait();
                } catch (const Cancelled&) {}
            }
        };
        const auto parent = [&]() -> Task<> {
            AsyncEvent inner;
            for (int index = 0; index < 3; ++index) {
                executor->spawn(child(inner)).detach();
            }
            for (;;) {
                try {
                    co_await inner.wait();
                } catch (const Cancelled&) {}
            }
        };
        executor->spawn(parent()).detach();
        for (int turn = 0; turn < 3; ++turn) {
            (void)executor->poll();
        }
        CHECK(executor->running_tasks() == 4);
        executor.reset();  // before the functions above, which its tasks use
    }
    CHECK(reports.empty());
}

TEST_CASE("a debug build aborts with a word about it when an event dies under a waiting task") {
    support::check_task_aborts("AsyncEvent", [](Executor& executor) -> Task<> {
        auto event = std::make_unique<AsyncEvent>();
        const JoinHandle<> waiting = executor.spawn(wait_for(*event));
        co_await juggle::yield();
        event.reset();
    });
}

TEST_CASE("a debug build aborts when an event that somebody waits for is set by another thread") {
    const std::pair<const char*, void (*)(AsyncEvent&)> calls[] = {
        {"AsyncEvent::set", [](AsyncEvent& event) { event.set(); }},
        {"AsyncEvent::reset", [](AsyncEvent& event) { event.reset(); }},
        {"AsyncEvent::wait",
         [](AsyncEvent& event) {
             Executor other;
             other.run(wait_for(event));
         }},
    };
    for (const auto& [function, call] : calls) {
        INFO(function);
        support::check_aborts("juggle: event 'start' was used from two threads, on the second by " +
                                  std::string{function} + "; other threads use a juggle::Poster\n",
                              [use = call] {
                                  AsyncEvent event{"start"};
                                  Executor executor;
                                  executor.spawn(wait_for(event)).detach();
                                  (void)executor.poll();
                                  std::thread{[&] { use(event); }}.join();
                              });
    }
}

// ---- costs --------------------------------------------------------------------------------------

CO_TEST_CASE("setting, waiting and resetting allocates nothing in the steady state") {
    AsyncEvent event;
    const auto cycle = [&]() -> Task<> {
        const JoinHandle<> waiting = executor.spawn(wait_for(event));
        co_await juggle::yield();
        event.set();
        co_await waiting;
        co_await event;
        event.reset();
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}

CO_TEST_CASE("100,000 tasks may wait for one event") {
    AsyncEvent event;
    int passed = 0;
    const auto body = [&]() -> Task<> {
        co_await event.wait();
        ++passed;
    };
    for (int index = 0; index < 100'000; ++index) {
        executor.spawn(body()).detach();
    }
    co_await juggle::yield();
    event.set();
    co_await juggle::yield();
    CHECK(passed == 100'000);
}
