// Several holders that only look at a resource's value.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/resources.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>
#include <juggle/when_any.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Resource;
using juggle::ResourceAllocation;
using juggle::ResourcePoisoned;
using juggle::Task;
using support::complete_later;
using support::copy;
using support::DeviceResource;
using support::DeviceTicket;
using support::exception_of;
using support::inherited;
using support::is;
using support::leave_behind;
using support::ManualEvent;
using support::ManualQueue;
using support::SharedTicket;
using support::TestExecutor;
using support::wait;
using support::wait_events;
using support::yield_times;

namespace {

using Reader = ResourceAllocation<const int>;
using Writer = ResourceAllocation<int>;

/// Holds it for a turn and writes down when.
template <class Ticket>
Task<> take_turn(Ticket ticket, std::string name, std::vector<std::string>& log) {
    co_await ticket.wait_events();
    log.push_back(name);
    co_await juggle::yield();
    log.push_back(name + " done");
    ticket.ready();
}

}  // namespace

static_assert(std::is_same_v<Resource<int>::SharedAllocation, Reader>);
static_assert(std::is_same_v<decltype(std::declval<Reader&>().value()), const int&>);
static_assert(!std::is_copy_constructible_v<Reader>);

// ---- order --------------------------------------------------------------------------------------

CO_TEST_CASE("neighbouring shared tickets have their turn together") {
    Resource<int> resource{7};
    Reader first = resource.acquire_shared();
    Reader second = resource.acquire_shared();
    CHECK(first.granted());
    CHECK(second.granted());
    const int& value = co_await first.wait_events();
    Reader third = co_await resource.acquire_shared();
    co_await second.wait();
    CHECK(value == 7);
    CHECK(*third == 7);
    CHECK(&value == &second.value());
    first.ready();
    second.ready();
    CHECK_FALSE(resource.idle());
    third.ready();
    CHECK(resource.idle());
}

CO_TEST_CASE("an exclusive ticket waits for all shared ones before it, and those behind for it") {
    Resource<int> resource{0};
    Reader first = co_await resource.acquire_shared();
    Reader second = co_await resource.acquire_shared();
    Writer writer = resource.acquire();
    Reader late = resource.acquire_shared();
    CHECK_FALSE(writer.granted());
    CHECK_FALSE(late.granted());
    second.ready();
    CHECK_FALSE(writer.granted());
    first.ready();
    CHECK(writer.granted());
    CHECK_FALSE(late.granted());
    co_await writer.wait();
    writer.ready();
    CHECK(late.granted());
}

CO_TEST_CASE("a newcomer joins the running group only if nobody waits") {
    Resource<int> resource{0};
    Reader first = resource.acquire_shared();
    Reader joins = resource.acquire_shared();
    CHECK(joins.granted());
    std::optional<Writer> writer{resource.acquire()};
    Reader waits = resource.acquire_shared();
    Reader waits_too = resource.acquire_shared();
    CHECK_FALSE(waits.granted());
    CHECK_FALSE(waits_too.granted());

    writer.reset();  // nothing stands between them any more
    CHECK(waits.granted());
    CHECK(waits_too.granted());
    co_return;
}

CO_TEST_CASE(
    "of several exclusive tickets between shared ones the last that is dropped joins them") {
    Resource<int> resource{0};
    Reader first = resource.acquire_shared();
    std::optional<Writer> one{resource.acquire()};
    std::optional<Writer> other{resource.acquire()};
    Reader behind = resource.acquire_shared();
    other.reset();
    CHECK_FALSE(behind.granted());
    one.reset();
    CHECK(behind.granted());

    Writer writer = resource.acquire();
    std::optional<Reader> waiting{resource.acquire_shared()};
    Writer last = resource.acquire();
    waiting.reset();
    CHECK_FALSE(writer.granted());
    CHECK_FALSE(last.granted());
    co_return;
}

CO_TEST_CASE("tasks hold it in groups, in the order of their tickets") {
    Resource<int> resource{0};
    std::vector<std::string> log;
    std::vector<JoinHandle<>> tasks;
    tasks.push_back(executor.spawn(take_turn(resource.acquire(), "w1", log)));
    tasks.push_back(executor.spawn(take_turn(resource.acquire_shared(), "r1", log)));
    tasks.push_back(executor.spawn(take_turn(resource.acquire_shared(), "r2", log)));
    tasks.push_back(executor.spawn(take_turn(resource.acquire(), "w2", log)));
    tasks.push_back(executor.spawn(take_turn(resource.acquire_shared(), "r3", log)));
    for (const JoinHandle<>& task : tasks) {
        co_await task;
    }
    CHECK(log == std::vector<std::string>{"w1", "w1 done", "r1", "r2", "r1 done", "r2 done", "w2",
                                          "w2 done", "r3", "r3 done"});
}

CO_TEST_CASE("a writer is not starved by readers that never stop coming") {
    Resource<int> resource{0};
    std::vector<Reader> readers;
    for (int index = 0; index < 3; ++index) {
        readers.push_back(co_await resource.acquire_shared());
    }
    const JoinHandle<int> writes = executor.spawn(resource.use([](int& value) { return ++value; }));
    int turns = 0;
    for (; !writes.done(); ++turns) {
        REQUIRE(turns < 100);
        readers.push_back(resource.acquire_shared());
        if (readers.front().held()) {
            readers.front().ready();
            readers.erase(readers.begin());
        }
        co_await juggle::yield();
    }
    CHECK(turns <= 6);
}

CO_TEST_CASE("a million shared tickets may be in line, and leave it from either end") {
    Resource<int> resource{0};
    for (const bool newest_first : {false, true}) {
        Writer writer = co_await resource.acquire();
        std::vector<std::optional<Reader>> readers;
        readers.reserve(1'000'000);
        for (int index = 0; index < 1'000'000; ++index) {
            readers.emplace_back(resource.acquire_shared());
        }
        Writer last = resource.acquire();
        writer.ready();
        if (newest_first) {
            while (!readers.empty()) {
                readers.pop_back();
            }
        } else {
            for (std::optional<Reader>& reader : readers) {
                reader.reset();
            }
        }
        CHECK(last.granted());
    }
}

// ---- events -------------------------------------------------------------------------------------

CO_TEST_CASE("the next holder inherits the events of all who held it together") {
    DeviceResource resource{0};
    ManualEvent write;
    ManualEvent read_1;
    ManualEvent read_2;
    ManualEvent tracked;
    co_await leave_behind(resource, write);
    SharedTicket first = resource.acquire_shared();
    SharedTicket second = resource.acquire_shared();
    DeviceTicket writer = resource.acquire();
    ManualQueue queue_1;
    ManualQueue queue_2;
    const int& value = co_await first.wait_device(queue_1);
    CHECK(value == 0);
    co_await second.wait_device(queue_2);
    CHECK(queue_1.wait_lists.at(0) == std::vector{write});
    CHECK(queue_2.wait_lists.at(0) == std::vector{write});
    second.track(tracked);
    second.ready(read_2);
    first.ready(read_1);
    ManualQueue queue_3;
    co_await writer.wait_device(queue_3);
    CHECK(queue_3.wait_lists.at(0) == std::vector{tracked, read_2, read_1});
    writer.ready();
}

CO_TEST_CASE("all of a group respect the same events, whoever leaves and whatever is tracked") {
    DeviceResource resource{0};
    ManualEvent write;
    co_await leave_behind(resource, write);
    SharedTicket first = resource.acquire_shared();
    SharedTicket second = resource.acquire_shared();
    const std::span<const ManualEvent> seen_first = co_await first.wait();
    for (int index = 0; index < 100; ++index) {
        first.track(ManualEvent{});
    }
    first.ready(ManualEvent{});
    SharedTicket third = resource.acquire_shared();
    const std::span<const ManualEvent> seen_second = co_await second.wait();
    second.ready(seen_second);
    const std::span<const ManualEvent> seen_third = co_await third.wait();
    CHECK(copy(seen_first) == std::vector{write});  // valid until the group is over
    CHECK(copy(seen_second) == std::vector{write});
    CHECK(copy(seen_third) == std::vector{write});
    third.ready();
    const std::vector<ManualEvent> next = co_await inherited(resource);
    CHECK(next.size() == 102);
}

CO_TEST_CASE("wait_events of several go on together when the events are over") {
    DeviceResource resource{0};
    ManualEvent write;
    co_await leave_behind(resource, write);
    SharedTicket first = resource.acquire_shared();
    SharedTicket second = resource.acquire_shared();
    const JoinHandle<> one = executor.spawn(wait_events(first));
    const JoinHandle<> other = executor.spawn(wait_events(second));
    co_await yield_times(5);
    CHECK_FALSE(first.held());
    CHECK_FALSE(second.held());
    write.complete();
    co_await one;
    co_await other;
    CHECK(first.held());
    CHECK(second.held());
    first.ready();
    second.ready();
}

CO_TEST_CASE("a group that nobody held passes on what it inherited") {
    DeviceResource resource{0};
    ManualEvent write;
    co_await leave_behind(resource, write);
    std::optional<SharedTicket> first{resource.acquire_shared()};
    std::optional<SharedTicket> second{resource.acquire_shared()};
    first.reset();
    second.reset();
    const std::vector<ManualEvent> next = co_await inherited(resource);
    CHECK(next == std::vector{write});
}

CO_TEST_CASE("one that was dropped before it was held changes nothing for the others") {
    DeviceResource resource{0};
    ManualEvent write;
    ManualEvent read;
    for (const bool dropped_last : {false, true}) {
        co_await leave_behind(resource, write);
        std::optional<SharedTicket> dropped{resource.acquire_shared()};
        SharedTicket holder = resource.acquire_shared();
        co_await holder.wait();
        if (!dropped_last) {
            dropped.reset();
        }
        holder.ready(read);
        dropped.reset();
        const std::vector<ManualEvent> next = co_await inherited(resource);
        CHECK(next == std::vector{read});
    }
}

CO_TEST_CASE("readers that never stop coming do not pile up events that are complete") {
    DeviceResource resource{0};
    const ManualEvent pending;
    std::optional<SharedTicket> reader{resource.acquire_shared()};
    co_await reader->wait();
    reader->track(pending);
    for (int index = 0; index < 10'000; ++index) {
        SharedTicket next = resource.acquire_shared();
        co_await next.wait();
        const ManualEvent read;
        read.complete();
        reader->ready(read);
        reader.emplace(std::move(next));
    }
    reader->ready();
    const std::vector<ManualEvent> events = co_await inherited(resource);
    CHECK(events.size() < 20);
    CHECK(events.front() == pending);
    pending.complete();
}

// ---- holders that fail --------------------------------------------------------------------------

CO_TEST_CASE("one that fails poisons the resource; the others may go on and release it") {
    DeviceResource resource{"table", 5};
    ManualEvent write;
    ManualEvent read_1;
    ManualEvent read_2;
    co_await leave_behind(resource, write);
    SharedTicket first = resource.acquire_shared();
    SharedTicket second = resource.acquire_shared();
    SharedTicket third = resource.acquire_shared();
    co_await first.wait();
    co_await second.wait();
    first.track(read_1);
    first.fail(std::make_exception_ptr(std::runtime_error{"checksum"}));
    CHECK(resource.poisoned());
    CHECK(*second == 5);
    const std::exception_ptr error = co_await exception_of(wait(third));
    CHECK(is<ResourcePoisoned>(error));
    CHECK_FALSE(third.held());
    third = {};
    second.ready(read_2);

    // One of them cannot be trusted to have respected what it inherited.
    resource.clear_poison();
    const std::vector<ManualEvent> next = co_await inherited(resource);
    CHECK(next == std::vector{write, read_1, read_2});
}

CO_TEST_CASE("of several that fail the first is the cause") {
    Resource<int> resource{0};
    Reader first = co_await resource.acquire_shared();
    Reader second = co_await resource.acquire_shared();
    first.fail(std::make_exception_ptr(std::runtime_error{"the first"}));
    second.fail(std::make_exception_ptr(std::runtime_error{"the second"}));
    Writer next = resource.acquire();
    try {
        co_await next.wait();
        FAIL("poisoned");
    } catch (const ResourcePoisoned& poisoned) {
        CHECK(support::text_of(poisoned.cause()) == "the first");
    }
}

CO_TEST_CASE(
    "one that an exception drops while it holds poisons the resource and keeps all events") {
    DeviceResource resource{0};
    ManualEvent write;
    ManualEvent read;
    co_await leave_behind(resource, write);
    SharedTicket other = resource.acquire_shared();
    const auto fails = [](SharedTicket mine, ManualEvent tracked) -> Task<> {
        co_await mine.wait();
        mine.track(tracked);
        throw std::runtime_error{"the kernel failed"};
    };
    const std::exception_ptr error = co_await exception_of(fails(resource.acquire_shared(), read));
    CHECK(error);
    CHECK(resource.poisoned());
    resource.clear_poison();
    co_await other.wait();
    other.ready();
    const std::vector<ManualEvent> next = co_await inherited(resource);
    CHECK(next == std::vector{write, read});
}

TEST_CASE("a shared allocation that is forgotten is reported, and the events are kept") {
    TestExecutor test;
    DeviceResource resource{"forgotten", 0};
    const auto main = [&resource]() -> Task<> {
        ManualEvent write;
        co_await leave_behind(resource, write);
        SharedTicket other = resource.acquire_shared();
        {
            SharedTicket mine = resource.acquire_shared();
            co_await mine.wait();
        }
        co_await other.wait();
        other.ready();
        const std::vector<ManualEvent> next = co_await inherited(resource);
        CHECK(next == std::vector{write});
        write.complete();
    };
    test.executor.run(main());
    REQUIRE(test.reports.diagnostics.size() == 1);
    CHECK_THAT(test.reports.diagnostics.front(), Catch::Contains("'forgotten'"));
    CHECK_FALSE(resource.poisoned());
}

CO_TEST_CASE("clear_poison leaves the events alone that a holder is looking at") {
    DeviceResource resource{0};
    ManualEvent failed;
    ManualEvent pending;
    failed.fail();
    co_await leave_behind(resource, failed, pending);
    SharedTicket holder = resource.acquire_shared();
    SharedTicket other = resource.acquire_shared();
    const std::span<const ManualEvent> events = co_await holder.wait();
    co_await other.wait();
    resource.clear_poison();
    CHECK(copy(events) == std::vector{failed, pending});
    other.fail(nullptr);
    holder.ready();
    resource.clear_poison();
    const std::vector<ManualEvent> next = co_await inherited(resource);
    CHECK(next == std::vector{pending});
    pending.complete();
}

CO_TEST_CASE("clear_poison leaves the events alone that a task waits for") {
    DeviceResource resource{0};
    const ManualEvent pending;
    const ManualEvent failed;
    failed.fail();
    co_await leave_behind(resource, failed, pending);  // without the first the second moves
    SharedTicket reads = resource.acquire_shared();
    SharedTicket fails = resource.acquire_shared();
    const auto waits = [&reads]() -> Task<> { co_await reads.wait_events(); };
    const JoinHandle<> reader = executor.spawn(waits());
    co_await juggle::yield();
    co_await fails.wait();
    fails.fail(nullptr);
    resource.clear_poison();
    pending.complete();
    const std::exception_ptr error = co_await exception_of(reader);
    CHECK(is<support::EventFailed>(error));
    { const SharedTicket leaves = std::move(reads); }
    const std::vector<ManualEvent> next = co_await inherited(resource);
    CHECK(next == std::vector{pending});
}

// ---- moving and misuse --------------------------------------------------------------------------

CO_TEST_CASE("a shared allocation can be moved in each of its states and keeps its place") {
    Resource<int> resource{1};
    Writer writer = co_await resource.acquire();
    Reader waiting = resource.acquire_shared();
    Reader moved_waiting = std::move(waiting);
    Reader neighbour = resource.acquire_shared();
    writer.ready();
    CHECK(moved_waiting.granted());
    Reader moved_granted = std::move(moved_waiting);
    co_await moved_granted.wait();
    Reader held = std::move(moved_granted);
    Writer last = resource.acquire();
    neighbour = {};
    CHECK_FALSE(last.granted());
    held.ready();
    CHECK(last.granted());
}

CO_TEST_CASE("a shared allocation can be moved while a task waits for its turn") {
    Resource<int> resource{0};
    Writer writer = co_await resource.acquire();
    auto reader = std::make_unique<Reader>(resource.acquire_shared());
    const JoinHandle<> waiting = executor.spawn(wait(*reader));
    co_await juggle::yield();
    Reader moved = std::move(*reader);
    reader.reset();
    writer.ready();
    co_await waiting;
    CHECK(moved.held());
    moved.ready();
}

CO_TEST_CASE("one whose events another task awaits cannot be released, the others can") {
    DeviceResource resource{0};
    ManualEvent write;
    co_await leave_behind(resource, write);
    SharedTicket awaited = resource.acquire_shared();
    SharedTicket free = resource.acquire_shared();
    co_await awaited.wait();
    co_await free.wait();
    const JoinHandle<> waiting = executor.spawn(wait_events(awaited));
    co_await yield_times(3);
    CHECK_THROWS_AS(awaited.ready(), std::logic_error);
    CHECK_THROWS_AS(awaited.fail(nullptr), std::logic_error);
    free.ready();
    CHECK_THROWS_AS(free.ready(), std::logic_error);
    write.complete();
    co_await waiting;
    awaited.ready();
    CHECK(resource.idle());
}

// ---- trying -------------------------------------------------------------------------------------

CO_TEST_CASE("try_acquire_shared joins those who hold it, and never overtakes") {
    DeviceResource resource{3};
    std::optional<SharedTicket> first = resource.try_acquire_shared();
    REQUIRE(first.has_value());
    CHECK(**first == 3);
    std::optional<SharedTicket> second = resource.try_acquire_shared();
    REQUIRE(second.has_value());
    CHECK(second->held());
    CHECK_FALSE(resource.try_acquire().has_value());
    {
        const DeviceTicket writer = resource.acquire();
        CHECK_FALSE(resource.try_acquire_shared().has_value());
    }
    ManualEvent read;
    first->ready(read);
    second->ready();
    CHECK_FALSE(resource.try_acquire_shared().has_value());  // the event is pending
    read.complete();
    std::optional<SharedTicket> third = resource.try_acquire_shared();
    REQUIRE(third.has_value());
    third->fail(nullptr);
    CHECK_THROWS_AS(resource.try_acquire_shared(), ResourcePoisoned);
    CHECK(resource.idle());
    co_return;
}

// ---- cancellation -------------------------------------------------------------------------------

namespace {

/// Writers and readers in turn; one of them is stopped.
template <int victim_index>
struct InGroups {
    explicit InGroups(Executor& executor) {
        for (int index = 0; index < 7; ++index) {
            // w r r w r r w
            tasks.push_back(index % 3 == 0
                                ? executor.spawn(use(executor, resource.acquire(), index))
                                : executor.spawn(use(executor, resource.acquire_shared(), index)));
        }
        victim = std::move(tasks[victim_index]);
    }

    template <class Ticket>
    Task<> use(Executor& executor, Ticket mine, int index) {
        for (bool waiting = true; waiting;) {
            try {
                co_await mine.wait_events();
                waiting = false;
            } catch (const ResourcePoisoned&) {
                resource.clear_poison();  // one before was stopped while it held
            }
        }
        CHECK((index % 3 == 0 ? holders == 0 : writers == 0));
        ++holders;
        writers += index % 3 == 0 ? 1 : 0;
        const Leaving leaving{*this, index};
        co_await juggle::yield();
        const ManualEvent event;
        complete.push_back(executor.spawn(complete_later(event)));
        used[static_cast<std::size_t>(index)] = true;
        mine.ready(event);
    }
    struct Leaving {
        InGroups& scenario;
        int index;
        ~Leaving() {
            --scenario.holders;
            scenario.writers -= index % 3 == 0 ? 1 : 0;
        }
    };
    void check() const {
        for (std::size_t index = 0; index < used.size(); ++index) {
            CHECK((used[index] || static_cast<int>(index) == victim_index));
        }
        CHECK(resource.idle());
    }

    DeviceResource resource{0};
    std::vector<JoinHandle<>> complete;
    std::vector<bool> used = std::vector<bool>(7);
    int holders = 0;
    int writers = 0;
    std::vector<JoinHandle<>> tasks;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a reader or a writer among others may be stopped at every turn") {
    support::stop_after_every_turn<InGroups<0>>();
    support::stop_after_every_turn<InGroups<1>>();
    support::stop_after_every_turn<InGroups<2>>();
    support::stop_after_every_turn<InGroups<3>>();
    support::stop_after_every_turn<InGroups<5>>();
    support::stop_after_every_turn<InGroups<6>>();
}

CO_TEST_CASE("a cancelled wait leaves the shared ticket in its place") {
    Resource<int> resource{0};
    Writer writer = co_await resource.acquire();
    Reader reader = resource.acquire_shared();
    Reader neighbour = resource.acquire_shared();
    const JoinHandle<> waiting = executor.spawn(wait(reader));
    co_await juggle::yield();
    waiting.request_stop();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<Cancelled>(error));
    writer.ready();
    CHECK(reader.granted());
    CHECK(neighbour.granted());
    co_await reader.wait();
    reader.ready();
}

TEST_CASE("an executor may be destroyed while readers and a writer wait") {
    DeviceResource resource{0};
    ManualEvent write;
    {
        support::PolledExecutor polled;
        std::vector<std::string> log;
        const auto main = [&]() -> Task<> {
            co_await leave_behind(resource, write);
            DeviceTicket gate = resource.acquire();
            polled.executor.spawn(take_turn(resource.acquire_shared(), "r1", log)).detach();
            polled.executor.spawn(take_turn(resource.acquire_shared(), "r2", log)).detach();
            polled.executor.spawn(take_turn(resource.acquire(), "w", log)).detach();
        };
        polled.executor.spawn(main()).detach();
        polled.settle();
        CHECK(log.empty());
    }
    CHECK(resource.idle());
    CHECK_FALSE(resource.poisoned());
    write.complete();
}

// ---- races --------------------------------------------------------------------------------------

CO_TEST_CASE("of tickets in a race only the winner takes the value") {
    Resource<int> first{1};
    Resource<int> second{2};
    Writer holds_first = co_await first.acquire();
    Writer holds_second = co_await second.acquire();
    const auto races = [&]() -> Task<std::size_t> {
        auto taken = co_await juggle::when_any(first.acquire_shared(), second.acquire());
        const std::size_t index = taken.index();
        if (index == 0) {
            std::get<0>(taken).ready();
        } else {
            std::get<1>(taken).ready();
        }
        co_return index;
    };
    const JoinHandle<std::size_t> race = executor.spawn(races());
    co_await yield_times(2);
    holds_second.ready();
    holds_first.ready();  // in the same turn: both have their turn, one takes it
    const std::size_t winner = co_await race;
    CHECK(winner == 1);
    CHECK(first.idle());
    CHECK(second.idle());
    CHECK_FALSE(first.poisoned());
    CHECK_FALSE(second.poisoned());
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("groups of readers allocate nothing in the steady state") {
    DeviceResource resource{0};
    ManualEvent complete;
    complete.complete();
    ManualQueue queue;
    const auto cycle = [&]() -> Task<> {
        SharedTicket first = resource.acquire_shared();
        SharedTicket second = co_await resource.acquire_shared();
        DeviceTicket writer = resource.acquire();
        co_await first.wait_events();
        first.track(complete);
        first.ready(complete);
        second.ready(complete);
        co_await writer.wait_events();
        writer.ready(complete);
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
