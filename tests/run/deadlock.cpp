// A run that could only sleep forever ends with the whole story.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/resources.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <source_location>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using juggle::AsyncEvent;
using juggle::Cancelled;
using juggle::Channel;
using juggle::Deadlock;
using juggle::Executor;
using juggle::JobQueue;
using juggle::JoinHandle;
using juggle::Latch;
using juggle::Poster;
using juggle::Resource;
using juggle::Semaphore;
using juggle::Task;
using juggle::TaskGroup;
using support::contains;
using support::take_both;
using support::TestExecutor;

namespace {

/// "<file>:<line>" of so many lines further down.
std::string line_below(unsigned lines,
                       std::source_location here = std::source_location::current()) {
    return std::string{here.file_name()} + ":" + std::to_string(here.line() + lines);
}

/// What `run` says when it finds itself in a deadlock; nothing if it does not.
std::string deadlock_of(Executor& executor, Task<> task, std::stop_token stop = {}) {
    try {
        executor.run(std::move(task), std::move(stop));
    } catch (const Deadlock& error) {
        return error.what();
    }
    return {};
}

std::string deadlock_of(Task<> task) {
    TestExecutor test;
    return deadlock_of(test.executor, std::move(task));
}

Task<> wait_for(AsyncEvent& event) { co_await event; }

Task<> wait_for_ever() {
    AsyncEvent never{"never"};
    co_await never;
}

/// Notices that it is asked to stop, and goes on waiting.
Task<> wait_all_the_same() {
    for (;;) {
        try {
            co_await wait_for_ever();
        } catch (const Cancelled&) {
            continue;
        }
    }
}

}  // namespace

// ---- what it says -------------------------------------------------------------------------------

TEST_CASE("two tasks that take two resources in opposite order are named with their lines") {
    const auto main = []() -> Task<> {
        Resource<int> left{"left", 1};
        Resource<int> right{"right", 2};
        const JoinHandle<> one = Executor::current()->spawn(take_both(left, right));
        const JoinHandle<> other = Executor::current()->spawn(take_both(right, left));
        co_await one;
        co_await other;
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK(contains(text, "3 tasks, 3 waiting\n"));
    CHECK(contains(
        text,
        "these wait for each other:\n"
        "  task 2 (support::take_both) waits for its turn with resource 'right', ticket 2, "));
    CHECK(contains(text, "; task 3 (support::take_both) holds it: ticket 1, acquired at "));
    CHECK(contains(
        text, "  task 3 (support::take_both) waits for its turn with resource 'left', ticket 2, "));
    CHECK(contains(text, "; task 2 (support::take_both) holds it: ticket 1, acquired at "));
    CHECK(contains(text, ": waits for the end of task 2\n"));
}

TEST_CASE("the lines are those of the acquire, of the await and of the spawn") {
    std::string acquired, waits, spawned;
    const auto main = [&]() -> Task<> {
        Resource<int> value{"value", 1};
        acquired = line_below(1);
        auto held = co_await value.acquire();
        const auto user = [&]() -> Task<> {
            auto ticket = value.acquire();
            waits = line_below(1);
            (void)co_await ticket.wait_events();
        };
        spawned = line_below(1);
        co_await Executor::current()->spawn(user());
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK(contains(text, " holds it: ticket 1, acquired at " + acquired));
    CHECK(contains(text, "\n    at " + waits + " in "));
    CHECK(contains(text, ", spawned at " + spawned + ": waits for its turn with resource 'value'"));
}

TEST_CASE("an allocation that nobody takes up is named by its line") {
    std::string acquired;
    const auto main = [&]() -> Task<> {
        Resource<int> value{"value", 1};
        acquired = line_below(1);
        auto forgotten = value.acquire();
        auto ticket = value.acquire();
        co_await ticket.wait();
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK(contains(text,
                   "    nobody has taken it up, though its turn has come: ticket 1, acquired at " +
                       acquired));
}

TEST_CASE("of many who are before in the line the first are named and the others counted") {
    const auto main = []() -> Task<> {
        Resource<int> value{"value", 1};
        std::vector<juggle::ResourceAllocation<const int>> readers;
        for (int reader = 0; reader < 20; ++reader) {
            readers.push_back(co_await value.acquire_shared());
        }
        auto behind = value.acquire();
        auto ticket = value.acquire();
        co_await ticket.wait();
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK(contains(text, "took it, and has moved it since: ticket 16, "));
    CHECK_FALSE(contains(text, ": ticket 17, "));
    CHECK(contains(text, "    and 5 more"));
}

TEST_CASE("of a long line before a ticket not all are counted") {
    const auto main = [](int readers, int behind) -> Task<> {
        Resource<int> value{"value", 1};
        std::vector<juggle::ResourceAllocation<const int>> shared;
        for (int reader = 0; reader < readers; ++reader) {
            shared.push_back(co_await value.acquire_shared());
        }
        std::vector<juggle::ResourceAllocation<int>> exclusive;
        for (int next = 0; next < behind; ++next) {
            exclusive.push_back(value.acquire());
        }
        auto ticket = value.acquire();
        co_await ticket.wait();
    };
    CHECK(contains(deadlock_of(main(1, 100)), "    and 99 more"));
    CHECK(contains(deadlock_of(main(1, 101)), "    and at least 100 more"));
    CHECK(contains(deadlock_of(main(1, 1000)), "    and at least 100 more"));
    CHECK(contains(deadlock_of(main(1000, 1)), "    and at least 100 more"));
}

TEST_CASE("a full channel that nobody pops from, and an empty one that nobody pushes to") {
    const auto push = []() -> Task<> {
        Channel<int> numbers{"numbers", 2};
        for (int number = 0; number < 3; ++number) {
            co_await numbers.push(number);
        }
    };
    CHECK(contains(deadlock_of(push()), "waits for room in channel 'numbers' (2 of 2 elements)\n"));

    const auto pop = []() -> Task<> {
        Channel<int> numbers{"numbers", 2};
        (void)co_await numbers.pop();
    };
    CHECK(contains(deadlock_of(pop()),
                   "waits for an element of channel 'numbers' (0 of 2 elements)\n"));

    const auto join = []() -> Task<> {
        Channel<int> numbers{2};
        co_await numbers.push(1);
        co_await numbers.join();
    };
    const std::string text = deadlock_of(join());
    CAPTURE(text);
    CHECK(contains(text, "waits for 1 call of task_done for channel made at " __FILE__ ":"));
}

TEST_CASE("a task that joins itself is a cycle of its own") {
    const auto main = []() -> Task<> {
        JoinHandle<> own;
        const auto join = [](JoinHandle<>& handle) -> Task<> {
            co_await juggle::yield();
            co_await handle;
        };
        own = Executor::current()->spawn(join(own));
        co_await wait_for_ever();
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK(contains(text, "waits for the end of task 2, itself; task 2 "));
    CHECK(contains(text, "waits for event 'never'\n"));
}

TEST_CASE("a semaphore, a latch, an event, a job queue and a group say what they are") {
    const auto permits = []() -> Task<> {
        Semaphore cores{"cores", 3};
        const auto one = co_await cores.acquire(2);
        const auto two = co_await cores.acquire(2);
    };
    CHECK(contains(deadlock_of(permits()),
                   "waits for 2 permits of semaphore 'cores' (1 of 3 is there)\n"));

    const auto halves = []() -> Task<> {
        Latch latch{"both halves", 2};
        latch.count_down();
        co_await latch.wait();
    };
    CHECK(contains(deadlock_of(halves()), "waits for latch 'both halves'\n"));

    const auto jobs = []() -> Task<> {
        AsyncEvent pushed{"all pushed"};
        JobQueue queue{"chunks", 1};
        co_await queue.push(wait_for(pushed));
        co_await queue.push(wait_for(pushed));
        pushed.set();
        co_await queue.finish();
    };
    const std::string text = deadlock_of(jobs());
    CAPTURE(text);
    CHECK(contains(text, "waits for the oldest job of job queue 'chunks' (1 of 1 job)\n"));
    CHECK(contains(text, "    task 2 (wait_for) is that job\n"));
    CHECK(contains(text, ": waits for event 'all pushed'\n"));

    const auto group = []() -> Task<> {
        co_await juggle::with_task_group([](TaskGroup& tasks) -> Task<> {
            tasks.spawn(wait_for_ever());
            co_return;
        });
    };
    const std::string of_group = deadlock_of(group());
    CAPTURE(of_group);
    CHECK(contains(of_group, "waits for the end of 1 task of the group made at "));
    CHECK(contains(of_group, "    task 2 (wait_for_ever) is one of them\n"));
}

TEST_CASE("who holds the permits of a semaphore is named, with the line, and the cycle found") {
    std::string acquired;
    const auto permit_first = [&](Semaphore& slots, Resource<int>& disk) -> Task<> {
        acquired = line_below(1);
        const auto permit = co_await slots.acquire();
        co_await juggle::yield();
        (void)co_await disk.acquire();
    };
    const auto disk_first = [](Semaphore& slots, Resource<int>& disk) -> Task<> {
        auto held = co_await disk.acquire();
        co_await juggle::yield();
        const auto permit = co_await slots.acquire();
        held.ready();
    };
    const auto main = [&]() -> Task<> {
        Semaphore slots{"slots", 1};
        Resource<int> disk{"disk", 0};
        co_await juggle::when_all(Executor::current()->spawn(permit_first(slots, disk)),
                                  Executor::current()->spawn(disk_first(slots, disk)));
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK(contains(text, "these wait for each other:\n"));
    CHECK(contains(text, "waits for 1 permit of semaphore 'slots' (0 of 1 are there); task "));
    CHECK(contains(text, ") holds 1 permit, acquired at " + acquired + "\n"));
    CHECK(contains(text, "waits for its turn with resource 'disk', ticket 2, "));
}

TEST_CASE("a cycle through a semaphore needs every holder of a permit") {
    const auto take = [](Semaphore& slots, AsyncEvent& go) -> Task<> {
        const auto permit = co_await slots.acquire();
        co_await go;
        const auto another = co_await slots.acquire();
    };
    const auto main = [&](bool with_another) -> Task<std::string> {
        Semaphore slots{"slots", 3};
        AsyncEvent go{"go"};
        AsyncEvent end{"end"};
        const auto sit = [&]() -> Task<> {
            const auto permits = co_await slots.acquire(2);
            co_await (with_another ? end : go);
            const auto more = co_await slots.acquire(1);
        };
        const JoinHandle<> one = Executor::current()->spawn(take(slots, go));
        const JoinHandle<> other = Executor::current()->spawn(sit());
        co_await juggle::yield();
        go.set();
        co_await juggle::yield();
        co_await juggle::yield();
        std::string text = Executor::current()->describe();
        one.request_stop();
        other.request_stop();
        co_await juggle::when_all_settled(one, other);
        co_return text;
    };
    TestExecutor test;
    const std::string with_hope = test.executor.run(main(true));
    CAPTURE(with_hope);
    CHECK(contains(with_hope, ") holds 1 permit, acquired at "));
    CHECK(contains(with_hope, ") holds 2 permits, acquired at "));
    CHECK_FALSE(contains(with_hope, "these wait for each other"));
    const std::string without = test.executor.run(main(false));
    CAPTURE(without);
    CHECK(contains(without, "these wait for each other"));
}

TEST_CASE("permits are held by who took them, wherever they were moved to, until given back") {
    const auto main = []() -> Task<> {
        Semaphore slots{"slots", 3};
        std::vector<juggle::SemaphorePermit> kept;
        const auto take = [&]() -> Task<> { kept.push_back(co_await slots.acquire()); };
        for (int taken = 0; taken < 3; ++taken) {
            co_await Executor::current()->spawn(take());
        }
        std::swap(kept[0], kept[2]);
        kept[1] = std::move(kept[0]);  // gives back what the second had
        kept.resize(1);                // gives back the rest: the first has nothing
        kept.push_back(co_await slots.acquire());
        kept.insert(kept.begin(), juggle::SemaphorePermit{});
        kept.back().swap(kept.front());
        kept.reserve(100);
        (void)co_await slots.acquire(3);
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK(contains(text, "(2 of 3 are there)"));
    CHECK_FALSE(contains(text, "which has ended"));
    CHECK(contains(text, ") took, and has moved since, 1 permit, acquired at " __FILE__ ":"));
}

TEST_CASE("of permits that all want more of, the cycle goes through all of them") {
    const auto take = [](Semaphore& slots) -> Task<> {
        const auto some = co_await slots.acquire(2);
        co_await juggle::yield();
        const auto more = co_await slots.acquire(2);
    };
    const auto main = [&]() -> Task<> {
        Semaphore slots{"slots", 4};
        co_await juggle::when_all(take(slots), take(slots));
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    const std::string wait = " waits for 2 permits of semaphore 'slots' (0 of 4 are there); ";
    CHECK(contains(text, ")" + wait + "task 3 "));
    CHECK(contains(text, ")" + wait + "task 2 "));
    CHECK(contains(text, " stands before it, and waits for 2 permits\n"));
}

TEST_CASE("who stands before in a line is named, not those that one would share with") {
    const auto reader = [](Resource<int>& value) -> Task<> {
        auto first = co_await value.acquire_shared();
        co_await support::yield_times(2);
        auto second = co_await value.acquire_shared();
        first.ready();
        second.ready();
    };
    const auto writer = [](Resource<int>& value) -> Task<> {
        co_await juggle::yield();
        (co_await value.acquire()).ready();
    };
    const auto main = [&]() -> Task<> {
        Resource<int> value{"value", 0};
        co_await juggle::when_all(reader(value), writer(value));
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK(contains(text, " 'value', ticket 3, acquired at "));
    CHECK(contains(text, ") stands before it: ticket 2, acquired at "));
    CHECK(contains(text, ") holds it: ticket 1, acquired at "));
    CHECK_FALSE(contains(text, "more"));

    const auto not_yet = []() -> Task<> {
        Resource<int> value{"value", 0};
        const auto held = value.acquire();
        const auto next = value.acquire();
        auto last = value.acquire();
        co_await last.wait();
    };
    CHECK(contains(deadlock_of(not_yet()),
                   "    before it stands, and nobody waits with it yet: ticket 2, acquired at "));

    const auto few = [](Semaphore& slots, Resource<int>& value) -> Task<> {
        auto held = co_await value.acquire();
        co_await support::yield_times(2);
        const auto permit = co_await slots.acquire();
        held.ready();
    };
    const auto all = [](Semaphore& slots) -> Task<> {
        co_await juggle::yield();
        const auto permits = co_await slots.acquire(3);
    };
    const auto holder = [](Semaphore& slots, Resource<int>& value) -> Task<> {
        const auto permit = co_await slots.acquire();
        co_await juggle::yield();
        (co_await value.acquire()).ready();
    };
    const auto permits = [&]() -> Task<> {
        Semaphore slots{"slots", 3};
        Resource<int> value{"value", 0};
        co_await juggle::when_all(holder(slots, value), all(slots), few(slots, value));
    };
    const std::string through = deadlock_of(permits());
    CAPTURE(through);
    CHECK(contains(through, "(2 of 3 are there); task 3 "));
    CHECK(contains(through, " stands before it, and waits for 3 permits\n"));
}

TEST_CASE("a wait that may end otherwise is in no cycle") {
    TestExecutor test;
    std::string text;
    const auto look = [&]() -> Task<> {
        co_await juggle::sleep_for(std::chrono::milliseconds{1});
        text = test.executor.describe();
    };
    const auto race = [&](bool with_timeout) -> Task<> {
        Resource<int> value{"value", 0};
        auto mine = co_await value.acquire();
        const JoinHandle<> other = test.executor.spawn(look());
        constexpr std::chrono::milliseconds time{2};
        if (with_timeout) {
            CHECK_THROWS_AS(co_await juggle::timeout(time, value.acquire()), juggle::TimedOut);
        } else {
            co_await juggle::when_any(value.acquire(), juggle::sleep_for(time));
        }
        mine.ready();
        co_await other;
    };
    for (const bool with_timeout : {false, true}) {
        test.executor.run(race(with_timeout));
        CAPTURE(text);
        CHECK(contains(text, " holds it: ticket 1, "));
        CHECK_FALSE(contains(text, "these wait for each other"));
    }
}

TEST_CASE("what was moved may be another task's by now") {
    TestExecutor test;
    std::string text;
    const auto look = [&]() -> Task<> {
        co_await juggle::sleep_for(std::chrono::milliseconds{1});
        text = test.executor.describe();
    };
    const auto keep = [](auto& channel) -> Task<> {
        const auto kept = co_await channel.pop();
        co_await juggle::sleep_for(std::chrono::milliseconds{2});
    };
    const auto allocation = [&]() -> Task<> {
        Resource<int> value{"value", 0};
        Channel<Resource<int>::Allocation> channel{1};
        const auto give = [&]() -> Task<> {
            auto mine = co_await value.acquire();
            co_await channel.push(std::move(mine));
            (co_await value.acquire()).ready();
        };
        co_await juggle::when_all(give(), keep(channel), look());
    };
    test.executor.run(allocation());
    CAPTURE(text);
    CHECK(contains(text, ") took it, and has moved it since: ticket 1, acquired at "));
    CHECK_FALSE(contains(text, "these wait for each other"));

    const auto permit = [&]() -> Task<> {
        Semaphore slots{"slots", 1};
        Channel<juggle::SemaphorePermit> channel{1};
        const auto give = [&]() -> Task<> {
            auto mine = co_await slots.acquire();
            co_await channel.push(std::move(mine));
            const auto next = co_await slots.acquire();
        };
        co_await juggle::when_all(give(), keep(channel), look());
    };
    test.executor.run(permit());
    CAPTURE(text);
    CHECK(contains(text, ") took, and has moved since, 1 permit, acquired at "));
    CHECK_FALSE(contains(text, "these wait for each other"));
}

TEST_CASE("what try_acquire gives is held by who has called it") {
    const auto main = []() -> Task<> {
        Resource<int> value{"value", 0};
        Semaphore slots{"slots", 1};
        const auto held = value.try_acquire();
        const auto permit = slots.try_acquire();
        const auto take = [&]() -> Task<> { const auto another = co_await slots.acquire(); };
        const auto use = [&]() -> Task<> { (co_await value.acquire()).ready(); };
        co_await juggle::when_all(take(), use());
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK(contains(text, ") holds it: ticket 1, "));
    CHECK(contains(text, ") holds 1 permit, "));
}

namespace {

juggle::Generator<int> values_of(Resource<int>& resource) {
    auto ticket = co_await resource.acquire();
    co_yield *ticket;
}

juggle::Generator<int> values_after(AsyncEvent& event) {
    co_await event;
    co_yield 1;
}

}  // namespace

TEST_CASE("the sources of a merged generator are named, and a cycle through all of them found") {
    const auto main = [](AsyncEvent* event) -> Task<> {
        Resource<int> value{"value", 0};
        auto values = event == nullptr ? juggle::merge(values_of(value), values_of(value))
                                       : juggle::merge(values_of(value), values_after(*event));
        const auto held = co_await value.acquire();
        (void)co_await values.next();
    };
    const std::string text = deadlock_of(main(nullptr));
    CAPTURE(text);
    CHECK(contains(text,
                   ") waits for an element of any source of a merged generator; "
                   "task 2 (values_of) brings what one of them has\n"));
    CHECK(contains(text, "    task 2 (values_of) brings what one of them has\n"));
    CHECK(contains(text, "    task 3 (values_of) brings what one of them has\n"));

    AsyncEvent event{"event"};
    const std::string open = deadlock_of(main(&event));
    CAPTURE(open);
    CHECK(contains(open, "(values_after) brings what one of them has\n"));
    CHECK_FALSE(contains(open, "these wait for each other"));
}

TEST_CASE("tasks of different executors are told apart, though they have the same numbers") {
    std::string text;
    const auto main = [&text]() -> Task<> {
        Resource<int> value{"value", 0};
        Semaphore slots{"slots", 1};
        const auto held = co_await value.acquire();
        const auto permit = slots.try_acquire();
        const auto use = [&]() -> Task<> { (co_await value.acquire()).ready(); };
        const auto take = [&]() -> Task<> { const auto another = co_await slots.acquire(); };
        const auto inner = [&]() -> Task<> {
            const JoinHandle<> user = Executor::current()->spawn(use());
            co_await Executor::current()->spawn(take());
            co_await user;
        };
        text = deadlock_of(inner());
    };
    TestExecutor test;
    test.executor.run(main());
    CAPTURE(text);
    CHECK(contains(text, "3 tasks, 3 waiting\n"));
    CHECK(contains(text, "waits for the end of task 3\n"));
    CHECK(contains(text, "    task 1 of another executor holds 1 permit, acquired at "));
    CHECK(contains(text, "    task 1 of another executor holds it: ticket 1, acquired at "));
    CHECK_FALSE(contains(text, "these wait for each other"));
}

namespace {

juggle::Generator<int> one_and_never(AsyncEvent& never) {
    co_yield 1;
    co_await never;
}

juggle::Generator<int> those_of_another(AsyncEvent& never) {
    co_yield juggle::elements_of(one_and_never(never));
}

Task<> take_all(AsyncEvent& never) {
    auto numbers = those_of_another(never);
    while (const auto number = co_await numbers.next()) {
        (void)number;
    }
}

}  // namespace

TEST_CASE("a generator inside another one is told of with all that are around it") {
    AsyncEvent never{"never"};
    const std::string text = deadlock_of(take_all(never));
    CAPTURE(text);
    CHECK(contains(text, "task 1 (take_all), spawned at "));
    const std::size_t innermost = text.find(" in one_and_never\n");
    const std::size_t outer = text.find(" in those_of_another\n");
    const std::size_t consumer = text.find(" in take_all");
    CHECK(innermost < outer);
    CHECK(outer < consumer);
    CHECK(consumer != std::string::npos);
}

TEST_CASE("a lambda is called by its whole name") {
    const auto use = [](Resource<int>& value, int, long) -> Task<> {
        (co_await value.acquire()).ready();
    };
    const auto main = [&]() -> Task<> {
        Resource<int> value{"value", 0};
        const auto held = value.acquire();
        co_await use(value, 1, 2);
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK_FALSE(contains(text, "<lambda\n"));
    CHECK_FALSE(contains(text, "long int)\n"));  // what follows is cut off
    CHECK_FALSE(contains(text, " in int"));
    CHECK_FALSE(contains(text, " in long"));
}

TEST_CASE(
    "a debug build aborts with a word about it when a group dies under a task that joins it") {
    support::check_task_aborts("TaskGroup was destroyed while a task waits for it",
                               [](Executor&) -> Task<> {
                                   const auto join = [](TaskGroup& group) -> Task<> {
                                       co_await juggle::yield();
                                       co_await group.join();
                                   };
                                   TaskGroup group;
                                   group.spawn(join(group));
                                   co_await support::yield_times(3);
                               });
}

TEST_CASE("tasks are asked to stop from the newest on, whose variables may be an older one's") {
    const auto main = []() -> Task<> {
        Semaphore slots{"slots", 1};
        Resource<int> disk{"disk", 0};
        const auto permit_first = [&]() -> Task<> {
            const auto permit = co_await slots.acquire();
            co_await juggle::yield();
            (void)co_await disk.acquire();
        };
        const auto disk_first = [&]() -> Task<> {
            auto held = co_await disk.acquire();
            co_await juggle::yield();
            const auto permit = co_await slots.acquire();
        };
        const JoinHandle<> one = Executor::current()->spawn(permit_first());
        const JoinHandle<> other = Executor::current()->spawn(disk_first());
        co_await one;  // and leaves the other in the line of a variable that is about to go
    };
    CHECK(contains(deadlock_of(main()), "these wait for each other"));
}

TEST_CASE("a mistake that ends the program while tasks end by a deadlock tells of both") {
    support::check_task_aborts("while tasks are asked to stop after this:\njuggle: deadlock: ",
                               [](Executor& executor) -> Task<> {
                                   Semaphore* of_another = nullptr;
                                   const auto make = [&]() -> Task<> {
                                       Semaphore slots{"slots", 1};
                                       of_another = &slots;
                                       co_await wait_for_ever();
                                   };
                                   const JoinHandle<> maker = executor.spawn(make());
                                   co_await juggle::yield();
                                   const auto permit = co_await of_another->acquire();
                                   co_await wait_for_ever();
                               });
}

TEST_CASE("parts that run side by side stand below their task") {
    const auto main = []() -> Task<> {
        AsyncEvent never{"never"};
        co_await juggle::when_all(wait_for(never), wait_for(never));
    };
    const std::string text = deadlock_of(main());
    CAPTURE(text);
    CHECK(contains(text, ": waits for 2 parts of it\n"));
    CHECK(contains(text, "\n    task 3 (wait_for) is one of them\n"));
    CHECK(contains(text, "\n  task 2 (wait_for), spawned at "));
    CHECK(contains(text, "\n  task 3 (wait_for), spawned at "));
}

TEST_CASE("of very many tasks the first hundred are told of, without deep recursion") {
    const auto main = []() -> Task<> {
        AsyncEvent never{"never"};
        std::vector<JoinHandle<>> handles;
        handles.push_back(Executor::current()->spawn(wait_for(never)));
        const auto join = [](JoinHandle<>& before) -> Task<> { co_await before; };
        handles.reserve(20'000);
        while (handles.size() < 20'000) {
            handles.push_back(Executor::current()->spawn(join(handles.back())));
        }
        co_await handles.back();
    };
    const std::string text = deadlock_of(main());
    CHECK(contains(text, "20001 tasks, 20001 waiting\n"));
    CHECK(contains(text, "\ntask 100 ("));
    CHECK_FALSE(contains(text, "\ntask 101 ("));
    CHECK(text.ends_with("\nand 19901 more"));
}

// ---- what is none -------------------------------------------------------------------------------

TEST_CASE("a time to come is something outside") {
    TestExecutor test;
    const auto main = []() -> Task<> { co_await juggle::sleep_for(std::chrono::hours{1}); };
    test.executor.run(main());
}

TEST_CASE("offloaded work and awaitables of other libraries are something outside", "[threads]") {
    Executor executor;
    const auto main = [&executor]() -> Task<> {
        co_await juggle::offload([] {});
        support::ForeignEvent event;
        std::jthread thread{[&] { executor.post([&event] { event.complete(); }); }};
        co_await event;
    };
    executor.run(main());
}

TEST_CASE("a thread channel is something outside for those who wait in it, and no others",
          "[threads]") {
    TestExecutor test;
    const auto pop = []() -> Task<> {
        juggle::ThreadChannel<int> numbers{1};
        std::jthread thread{[producer = numbers.producer()]() mutable { (void)producer.push(5); }};
        const std::optional<int> number = co_await numbers.pop();
        CHECK(number == 5);
    };
    test.executor.run(pop());

    const auto wait = []() -> Task<> {
        juggle::ThreadChannel<int> numbers{1};
        const auto give_up = [](juggle::ThreadChannel<int>& channel) -> Task<> {
            (void)co_await channel.pop();
        };
        const JoinHandle<> popper = Executor::current()->spawn(give_up(numbers));
        co_await juggle::yield();
        popper.request_stop();  // it waits no longer
        co_await wait_for_ever();
    };
    CHECK(contains(deadlock_of(test.executor, wait()), "1 task, 1 waiting\n"));
}

TEST_CASE("a run waits for posts as long as somebody keeps a poster", "[threads]") {
    TestExecutor test;
    AsyncEvent posted;
    std::optional<Poster> poster = test.executor.poster();
    std::atomic<bool> asleep{false};
    std::jthread thread{[&] {
        asleep.wait(false);
        test.executor.post([&posted] { posted.set(); });
    }};
    const auto main = [&]() -> Task<> {
        asleep = true;
        asleep.notify_one();
        co_await posted;
    };
    test.executor.run(main());
}

TEST_CASE("a run that waits for posts notices that the last poster goes", "[threads]") {
    TestExecutor test;
    for (int round = 0; round < 500; ++round) {
        Poster poster = test.executor.poster();
        std::atomic<bool> go{false};
        std::jthread thread{[poster = std::move(poster), &go]() mutable {
            go.wait(false);
            const Poster last = std::move(poster);
        }};
        const auto main = [&go]() -> Task<> {
            go = true;
            go.notify_one();
            co_await wait_for_ever();
        };
        REQUIRE(contains(deadlock_of(test.executor, main()), "event 'never'"));
    }
}

TEST_CASE("an executor that a foreign loop drives is never in a deadlock") {
    support::PolledExecutor polled;
    polled.executor.spawn(wait_for_ever()).detach();
    polled.settle();
    CHECK(polled.executor.running_tasks() == 1);
}

// ---- what is left -------------------------------------------------------------------------------

TEST_CASE(
    "all tasks are asked to stop before the deadlock is told of, and the executor is as new") {
    TestExecutor test;
    int cleaned_up = 0;
    const auto user = [&cleaned_up]() -> Task<> {
        try {
            co_await wait_for_ever();
        } catch (const Cancelled&) {
            ++cleaned_up;
            throw;
        }
    };
    const auto main = [&]() -> Task<> {
        Executor::current()->spawn(user()).detach();
        co_await user();
    };
    CHECK_FALSE(deadlock_of(test.executor, main()).empty());
    CHECK(cleaned_up == 2);
    CHECK(test.executor.running_tasks() == 0);
    CHECK(test.reports.empty());
    CHECK(test.executor.run(support::value_after(1, 3)) == 3);
}

TEST_CASE("a task that does not end when it is asked to is destroyed with its executor") {
    const auto alive = std::make_shared<int>(0);
    {
        TestExecutor test;
        const auto main = [](std::shared_ptr<int>) -> Task<> { co_await wait_all_the_same(); };
        CHECK(contains(deadlock_of(test.executor, main(alive)), "1 task, 1 waiting\n"));
        CHECK(test.executor.running_tasks() == 1);
        CHECK(alive.use_count() == 2);
    }
    CHECK(alive.use_count() == 1);
}

TEST_CASE("a task that does not end when the run is over is a deadlock as well") {
    TestExecutor test;
    const auto main = []() -> Task<> {
        Executor::current()->spawn(wait_all_the_same()).detach();
        co_await juggle::yield();
    };
    CHECK(contains(deadlock_of(test.executor, main()), "wait_all_the_same"));
}

TEST_CASE("of a run that may be stopped it is told once, and it goes on waiting", "[threads]") {
    std::stop_source source;
    std::atomic<bool> awake_again{false};
    std::vector<std::string> told;
    Executor* running = nullptr;
    juggle::ManualClock clock;
    juggle::ExecutorOptions options;
    options.clock = &clock;
    options.on_diagnostic = [&](std::string_view text) {
        told.emplace_back(text);
        const auto nap = [](std::atomic<bool>& over) -> Task<> {
            co_await juggle::sleep_for(std::chrono::hours{1});
            over = true;
            over.notify_one();
        };
        running->spawn(nap(awake_again)).detach();
    };
    Executor executor{options};
    running = &executor;
    const std::jthread thread{[&] {
        awake_again.wait(false);
        source.request_stop();
    }};
    CHECK_THROWS_AS(executor.run(wait_for_ever(), source.get_token()), Cancelled);
    REQUIRE(told.size() == 1);
    CHECK(contains(told.front(), "waits for event 'never'\n"));
}
