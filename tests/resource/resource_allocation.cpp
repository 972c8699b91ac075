// Every way to wait for an allocation, to use it and to give it up.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/resources.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <cstdio>
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
using support::ForeignEvent;
using support::inherited;
using support::is;
using support::leave_behind;
using support::ManualEvent;
using support::ManualQueue;
using support::note;
using support::TestExecutor;
using support::Ticket;
using support::wait;
using support::wait_device;
using support::wait_events;
using support::yield_times;

static_assert(!std::is_copy_constructible_v<Ticket>);
static_assert(std::is_nothrow_move_constructible_v<Ticket>);
static_assert(std::is_nothrow_move_assignable_v<Ticket>);
static_assert(std::is_nothrow_default_constructible_v<Ticket>);

// ---- its life -----------------------------------------------------------------------------------

CO_TEST_CASE("an allocation is waiting, then granted, then held, then released") {
    Resource<int> resource{0};
    Ticket first = resource.acquire();
    Ticket ticket = resource.acquire();
    CHECK(ticket);
    CHECK_FALSE(ticket.granted());
    CHECK_FALSE(ticket.held());

    co_await first.wait();
    first.ready();
    CHECK(ticket.granted());
    CHECK_FALSE(ticket.held());

    co_await ticket.wait();
    CHECK(ticket.granted());
    CHECK(ticket.held());

    ticket.ready();
    CHECK_FALSE(ticket);
    CHECK_FALSE(ticket.granted());
    CHECK_FALSE(ticket.held());
}

CO_TEST_CASE("the value is there while the allocation is held, and only then") {
    Resource<std::string> resource{"value"};
    ResourceAllocation<std::string> mine = resource.acquire();
    CHECK_THROWS_AS(*mine, std::logic_error);
    CHECK_THROWS_AS(mine->size(), std::logic_error);
    CHECK_THROWS_AS(mine.value(), std::logic_error);
    co_await mine.wait();
    CHECK(*mine == "value");
    CHECK(mine->size() == 5);
    CHECK(mine.value() == "value");
    mine.ready();
    CHECK_THROWS_AS(*mine, std::logic_error);
    CHECK_THROWS_AS(mine.value(), std::logic_error);
}

// ---- waiting ------------------------------------------------------------------------------------

CO_TEST_CASE("a wait for one's turn that has come does not suspend") {
    DeviceResource resource{0};
    DeviceTicket mine = resource.acquire();
    bool other_ran = false;
    executor.spawn(note(other_ran)).detach();
    ManualQueue queue;
    co_await mine.wait();
    co_await mine.wait_events();
    co_await mine.wait_device(queue);
    mine.ready();
    DeviceTicket again = co_await resource.acquire();
    again.ready();
    CHECK_FALSE(other_ran);
}

CO_TEST_CASE("wait hands over the events without waiting for them") {
    DeviceResource resource{0};
    ManualEvent a;
    ManualEvent b;
    co_await leave_behind(resource, a, b);

    DeviceTicket mine = resource.acquire();
    const std::span<const ManualEvent> events = co_await mine.wait();
    CHECK(copy(events) == std::vector{a, b});
    CHECK(a.waits() == 0);
    CHECK(a.status() == juggle::EventStatus::pending);
    mine.ready();
}

CO_TEST_CASE("the events of wait stay valid until the release, whatever is tracked") {
    DeviceResource resource{0};
    ManualEvent a;
    co_await leave_behind(resource, a);
    DeviceTicket mine = resource.acquire();
    const std::span<const ManualEvent> events = co_await mine.wait();
    for (int index = 0; index < 100; ++index) {
        mine.track(ManualEvent{});
    }
    CHECK(copy(events) == std::vector{a});
    mine.ready(events);  // may be given on as they are
    const std::vector<ManualEvent> next = co_await inherited(resource);
    CHECK(next.size() == 101);
    CHECK(next.back() == a);
}

CO_TEST_CASE("wait_events goes on only when the events are complete on the host") {
    DeviceResource resource{42};
    ManualEvent a;
    ManualEvent b;
    co_await leave_behind(resource, a, b);

    DeviceTicket mine = resource.acquire();
    const JoinHandle<> waiting = executor.spawn(wait_events(mine));
    co_await yield_times(5);
    CHECK_FALSE(mine.held());
    b.complete();
    co_await yield_times(5);
    CHECK_FALSE(mine.held());
    a.complete();
    co_await waiting;
    CHECK(mine.held());
    int& value = co_await mine.wait_events();
    CHECK(value == 42);
    mine.ready();
}

CO_TEST_CASE("wait_events waits first for the turn and then for the events") {
    DeviceResource resource{0};
    ManualEvent event;
    DeviceTicket first = co_await resource.acquire();
    DeviceTicket second = resource.acquire();
    const JoinHandle<> waiting = executor.spawn(wait_events(second));
    co_await yield_times(3);
    first.ready(event);
    co_await yield_times(5);
    CHECK(second.granted());
    CHECK_FALSE(second.held());
    CHECK(event.waits() == 1);
    event.complete();
    co_await waiting;
    CHECK(second.held());
    second.ready();
}

CO_TEST_CASE("wait_events on events that are complete already does not suspend") {
    DeviceResource resource{0};
    ManualEvent event;
    event.complete();
    co_await leave_behind(resource, event);
    DeviceTicket mine = resource.acquire();
    bool other_ran = false;
    executor.spawn(note(other_ran)).detach();
    co_await mine.wait_events();
    CHECK_FALSE(other_ran);
    CHECK(event.waits() == 0);
    mine.ready();
}

CO_TEST_CASE("co_await acquire waits for the events, too") {
    DeviceResource resource{0};
    ManualEvent event;
    co_await leave_behind(resource, event);
    const auto acquire = [&resource]() -> Task<> {
        DeviceTicket mine = co_await resource.acquire();
        mine.ready();
    };
    const JoinHandle<> handle = executor.spawn(acquire());
    co_await yield_times(5);
    CHECK_FALSE(handle.done());
    event.complete();
    co_await handle;
}

CO_TEST_CASE("wait_events works with events that are waited for in a foreign way") {
    Resource<int, ForeignEvent> resource{0};
    for (const bool turn_comes_later : {false, true}) {
        ForeignEvent a;
        ForeignEvent b;
        ResourceAllocation<int, ForeignEvent> first = co_await resource.acquire();
        ResourceAllocation<int, ForeignEvent> second = resource.acquire();
        const auto wait = [&second]() -> Task<> { co_await second.wait_events(); };
        if (!turn_comes_later) {
            first.ready(a, b);
        }
        const JoinHandle<> waiting = executor.spawn(wait());
        co_await yield_times(3);
        if (turn_comes_later) {
            first.ready(a, b);
            co_await yield_times(3);
        }
        a.complete();
        co_await yield_times(3);
        CHECK_FALSE(second.held());
        b.complete();
        CHECK_FALSE(second.held());
        co_await waiting;
        CHECK(second.held());
        second.ready();
    }
}

CO_TEST_CASE("a failed event makes wait_events throw and leaves the ticket in its place") {
    DeviceResource resource{0};
    ManualEvent failed_before;
    failed_before.fail();
    co_await leave_behind(resource, failed_before);
    DeviceTicket mine = resource.acquire();
    const std::exception_ptr at_once = co_await exception_of(wait_events(mine));
    CHECK(is<support::EventFailed>(at_once));
    CHECK(mine.granted());
    CHECK_FALSE(mine.held());

    // Handed over instead, it can be looked at.
    const std::span<const ManualEvent> events = co_await mine.wait();
    CHECK(events.size() == 1);
    mine.ready();

    ManualEvent fails_later;
    co_await leave_behind(resource, fails_later);
    DeviceTicket next = resource.acquire();
    const JoinHandle<> waiting = executor.spawn(wait_events(next));
    co_await yield_times(3);
    fails_later.fail();
    const std::exception_ptr later = co_await exception_of(waiting);
    CHECK(is<support::EventFailed>(later));
    CHECK(next.granted());
}

CO_TEST_CASE("an event that has failed guards the value until clear_poison") {
    DeviceResource resource{0};
    ManualEvent failed;
    ManualEvent pending;
    failed.fail();
    co_await leave_behind(resource, failed, pending);
    for (int round = 0; round < 2; ++round) {
        DeviceTicket mine = resource.acquire();
        ManualQueue queue;
        const std::exception_ptr error = co_await exception_of(wait_device(mine, queue));
        CHECK(is<support::EventFailed>(error));
    }
    resource.clear_poison();
    const std::vector<ManualEvent> left = co_await inherited(resource);
    CHECK(left == std::vector{pending});
    pending.complete();
}

CO_TEST_CASE("wait_device tells the queue to wait for the events and goes on at once") {
    DeviceResource resource{42};
    ManualEvent a;
    ManualEvent b;
    co_await leave_behind(resource, a, b);
    DeviceTicket mine = resource.acquire();
    ManualQueue queue;
    int& value = co_await mine.wait_device(queue);
    CHECK(value == 42);
    CHECK(mine.held());
    CHECK(queue.wait_lists.size() == 1);
    CHECK(queue.wait_lists.at(0) == std::vector{a, b});
    CHECK(a.status() == juggle::EventStatus::pending);
    CHECK(a.waits() == 0);
    mine.ready();
}

CO_TEST_CASE("wait_device waits for the turn on the host") {
    DeviceResource resource{0};
    ManualEvent event;
    DeviceTicket first = co_await resource.acquire();
    DeviceTicket second = resource.acquire();
    ManualQueue queue;
    const JoinHandle<> waiting = executor.spawn(wait_device(second, queue));
    co_await yield_times(3);
    CHECK(queue.wait_lists.empty());
    first.ready(event);
    co_await waiting;
    CHECK(queue.wait_lists.size() == 1);
    CHECK(queue.wait_lists.at(0) == std::vector{event});
    second.ready();
}

CO_TEST_CASE("wait_device on no events tells the queue nothing") {
    DeviceResource resource{0};
    DeviceTicket mine = resource.acquire();
    ManualQueue queue;
    co_await mine.wait_device(queue);
    CHECK(queue.wait_lists.empty());
    mine.ready();
}

CO_TEST_CASE("a failed event makes wait_device throw, with nothing enqueued and the turn kept") {
    DeviceResource resource{0};
    ManualEvent good;
    ManualEvent bad;
    bad.fail();
    co_await leave_behind(resource, good, bad);
    DeviceTicket mine = resource.acquire();
    ManualQueue queue;
    const std::exception_ptr error = co_await exception_of(wait_device(mine, queue));
    CHECK(is<support::EventFailed>(error));
    CHECK(queue.wait_lists.empty());
    CHECK(mine.granted());
    CHECK_FALSE(mine.held());
}

CO_TEST_CASE("several waits may be made on one allocation") {
    DeviceResource resource{0};
    ManualEvent event;
    co_await leave_behind(resource, event);
    DeviceTicket mine = resource.acquire();
    ManualQueue upload;
    ManualQueue compute;
    co_await mine.wait_device(upload);
    co_await mine.wait_device(compute);
    CHECK(upload.wait_lists.size() == 1);
    CHECK(compute.wait_lists.size() == 1);
    event.complete();
    co_await mine.wait_events();
    mine.ready();
}

CO_TEST_CASE("try_wait is wait if the turn has come, else nothing, and never suspends") {
    DeviceResource resource{0};
    ManualEvent event;
    DeviceTicket first = resource.acquire();
    DeviceTicket second = resource.acquire();
    CHECK_FALSE(second.try_wait().has_value());
    CHECK_FALSE(second.held());
    const auto no_events = first.try_wait();
    REQUIRE(no_events.has_value());
    CHECK(no_events->empty());
    CHECK(first.held());
    first.ready(event);
    const auto events = second.try_wait();
    REQUIRE(events.has_value());
    CHECK(copy(*events) == std::vector{event});
    CHECK(second.held());
    second.ready();
    co_return;
}

// ---- releasing ----------------------------------------------------------------------------------

CO_TEST_CASE("the next holder inherits tracked events and those given to ready") {
    DeviceResource resource{0};
    ManualEvent tracked;
    ManualEvent given;
    DeviceTicket mine = resource.acquire();
    co_await mine.wait();
    mine.track(tracked);
    mine.ready(given);
    const std::vector<ManualEvent> events = co_await inherited(resource);
    CHECK(events == std::vector{tracked, given});
}

CO_TEST_CASE("a holder sees what it has tracked") {
    DeviceResource resource{0};
    ManualEvent before;
    ManualEvent first;
    ManualEvent second;
    DeviceTicket other = resource.acquire();
    DeviceTicket mine = resource.acquire();
    CHECK_THROWS_AS(mine.tracked(), std::logic_error);
    co_await other.wait();
    other.ready(before);
    co_await mine.wait();
    CHECK(mine.tracked().empty());
    mine.track(first);
    mine.track(second);
    const std::vector<ManualEvent> events{mine.tracked().begin(), mine.tracked().end()};
    CHECK(events == std::vector{first, second});
    mine.ready();
    CHECK_THROWS_AS(mine.tracked(), std::logic_error);
}

CO_TEST_CASE("ready takes any number of events, or a span of them") {
    DeviceResource resource{0};
    ManualEvent a;
    ManualEvent b;
    ManualEvent c;
    co_await leave_behind(resource, a, b, c);
    std::vector<ManualEvent> events = co_await inherited(resource);
    CHECK(events == std::vector{a, b, c});
    DeviceTicket mine = resource.acquire();
    co_await mine.wait();
    mine.ready(std::span<const ManualEvent>{events}.subspan(1));
    events = co_await inherited(resource);
    CHECK(events == std::vector{b, c});
    co_await leave_behind(resource);
    events = co_await inherited(resource);
    CHECK(events.empty());
}

CO_TEST_CASE("events are inherited once: the holder after next respects only the next one's") {
    DeviceResource resource{0};
    ManualEvent a;
    ManualEvent b;
    co_await leave_behind(resource, a);
    co_await leave_behind(resource, b);
    const std::vector<ManualEvent> events = co_await inherited(resource);
    CHECK(events == std::vector{b});
}

CO_TEST_CASE("ready returns before the next holder runs") {
    Resource<int> resource{0};
    Ticket first = co_await resource.acquire();
    Ticket second = resource.acquire();
    bool went_on = false;
    const auto waits = [&]() -> Task<> {
        co_await second.wait();
        went_on = true;
        second.ready();
    };
    const JoinHandle<> handle = executor.spawn(waits());
    co_await juggle::yield();
    first.ready();
    CHECK_FALSE(went_on);
    co_await handle;
    CHECK(went_on);
}

CO_TEST_CASE("ready before the allocation is held is a logic error and changes nothing") {
    DeviceResource resource{0};
    ManualEvent event;
    DeviceTicket first = resource.acquire();
    DeviceTicket second = resource.acquire();
    CHECK_THROWS_AS(first.ready(), std::logic_error);
    CHECK_THROWS_AS(first.ready(event), std::logic_error);
    CHECK_THROWS_AS(first.track(event), std::logic_error);
    CHECK_THROWS_AS(first.fail(nullptr), std::logic_error);
    CHECK_THROWS_AS(second.ready(event), std::logic_error);
    CHECK(first.granted());
    CHECK_FALSE(second.granted());
    const std::span<const ManualEvent> events = co_await first.wait();
    CHECK(events.empty());
    first.ready();
    const std::span<const ManualEvent> next = co_await second.wait();
    CHECK(next.empty());
    second.ready();
}

CO_TEST_CASE("ready twice is a logic error and changes nothing") {
    DeviceResource resource{0};
    ManualEvent event;
    DeviceTicket first = co_await resource.acquire();
    DeviceTicket second = resource.acquire();
    DeviceTicket third = resource.acquire();
    first.ready();
    CHECK_THROWS_AS(first.ready(event), std::logic_error);
    CHECK_THROWS_AS(first.fail(nullptr), std::logic_error);
    CHECK(second.granted());
    CHECK_FALSE(third.granted());
    CHECK_FALSE(resource.poisoned());
    const std::span<const ManualEvent> events = co_await second.wait();
    CHECK(events.empty());
    second.ready();
}

CO_TEST_CASE("waiting for an allocation that was released is a logic error that names it") {
    Resource<int> resource{"buffer", 0};
    const std::string line = std::to_string(__LINE__ + 1);
    Ticket mine = resource.acquire();
    co_await mine.wait();
    mine.ready();
    const std::exception_ptr error = co_await exception_of(wait(mine));
    CHECK(is<std::logic_error>(error));
    CHECK_THAT(support::text_of(error), Catch::Contains("'buffer'"));
    CHECK_THAT(support::text_of(error), Catch::Contains("resource_allocation.cpp:" + line));
    CHECK_THROWS_AS(mine.wait_events(), std::logic_error);
    CHECK_THROWS_AS(mine.try_wait(), std::logic_error);
}

CO_TEST_CASE("an empty allocation is false, and all that it can do is a logic error") {
    Ticket empty;
    CHECK_FALSE(empty);
    CHECK_FALSE(empty.granted());
    CHECK_FALSE(empty.held());
    CHECK_THROWS_AS(empty.wait(), std::logic_error);
    CHECK_THROWS_AS(empty.wait_events(), std::logic_error);
    CHECK_THROWS_AS(empty.try_wait(), std::logic_error);
    CHECK_THROWS_AS(empty.value(), std::logic_error);
    CHECK_THROWS_AS(empty.ready(), std::logic_error);
    CHECK_THROWS_AS(empty.fail(nullptr), std::logic_error);
    co_return;
}

CO_TEST_CASE("an allocation that another task waits for cannot be waited for") {
    Resource<int> resource{0};
    Ticket first = co_await resource.acquire();
    Ticket second = resource.acquire();
    const JoinHandle<> waiting = executor.spawn(wait(second));
    co_await juggle::yield();
    const std::exception_ptr error = co_await exception_of(wait(second));
    CHECK(is<std::logic_error>(error));
    first.ready();
    co_await waiting;
    second.ready();
}

// ---- dropping -----------------------------------------------------------------------------------

CO_TEST_CASE("an allocation whose events another task waits for cannot be waited for") {
    DeviceResource resource{0};
    const ManualEvent pending;
    co_await leave_behind(resource, pending);
    DeviceTicket mine = resource.acquire();
    const JoinHandle<> first = executor.spawn(wait_events(mine));
    co_await juggle::yield();
    const std::exception_ptr second = co_await exception_of(wait_events(mine));
    CHECK(is<std::logic_error>(second));
    CHECK(support::contains(support::text_of(second), "another task waits"));
    pending.complete();
    co_await first;
    CHECK(mine.held());
    mine.ready();
}

CO_TEST_CASE("an allocation dropped before its turn leaves the line in order") {
    Resource<int> resource{0};
    Ticket first = co_await resource.acquire();
    std::optional<Ticket> second{resource.acquire()};
    Ticket third = resource.acquire();
    second.reset();
    CHECK_FALSE(third.granted());
    first.ready();
    CHECK(third.granted());
}

CO_TEST_CASE("an allocation dropped before it was held passes on its predecessor's events") {
    DeviceResource resource{0};
    ManualEvent event;
    DeviceTicket first = co_await resource.acquire();
    std::optional<DeviceTicket> second{resource.acquire()};
    DeviceTicket third = resource.acquire();
    first.ready(event);
    CHECK(second->granted());
    second.reset();
    const std::span<const ManualEvent> events = co_await third.wait();
    CHECK(copy(events) == std::vector{event});
    third.ready();
}

CO_TEST_CASE("assigning to an allocation drops the one that it was") {
    Resource<int> resource{0};
    Ticket mine = resource.acquire();
    mine = resource.acquire();
    CHECK(mine.granted());
    mine = {};
    CHECK(resource.idle());
    co_return;
}

TEST_CASE("an allocation dropped while held is reported, and released with its events") {
    TestExecutor test;
    DeviceResource resource{"forgotten", 0};
    ManualEvent inherited_event;
    ManualEvent tracked;
    std::string line;
    const auto main = [&]() -> Task<> {
        co_await leave_behind(resource, inherited_event);
        {
            line = std::to_string(__LINE__ + 1);
            DeviceTicket mine = resource.acquire();
            co_await mine.wait();
            mine.track(tracked);
        }
        CHECK_FALSE(resource.poisoned());
        const std::vector<ManualEvent> events = co_await inherited(resource);
        CHECK(events == std::vector{inherited_event, tracked});
    };
    test.executor.run(main());
    REQUIRE(test.reports.diagnostics.size() == 1);
    const std::string& report = test.reports.diagnostics.front();
    CHECK_THAT(report, Catch::Contains("'forgotten'"));
    CHECK_THAT(report, Catch::Contains("resource_allocation.cpp:" + line));
    CHECK_THAT(report, Catch::Contains("was not made ready"));
    CHECK(test.reports.unhandled.empty());
}

TEST_CASE("an allocation that is forgotten while memory has run out is reported without its name") {
    if (!support::sees_allocations()) {
        return;
    }
    TestExecutor test;
    Resource<int> resource{"forgotten", 0};
    const auto forgets = [&]() -> Task<> {
        std::optional<support::FailingAllocations> failing;
        const Ticket mine = co_await resource.acquire();
        failing.emplace(1, support::FailingAllocations::Which::one);
    };
    test.executor.run(forgets());
    REQUIRE(test.reports.diagnostics.size() == 1);
    CHECK_THAT(test.reports.diagnostics.front(),
               Catch::Contains("was not made ready") && Catch::Contains("no memory"));
    CHECK_FALSE(resource.poisoned());
    CHECK(resource.idle());
}

TEST_CASE("an allocation that is a parameter of a task and was forgotten there is reported") {
    TestExecutor test;
    Resource<int> resource{0};
    const auto forgets = [](Ticket ticket) -> Task<> { co_await ticket.wait(); };
    test.executor.run(forgets(resource.acquire()));
    CHECK(test.reports.diagnostics.size() == 1);
    CHECK_FALSE(resource.poisoned());
    CHECK(resource.idle());
}

// ---- moving -------------------------------------------------------------------------------------

TEST_CASE("an allocation dropped while held is reported outside of all tasks, too") {
    if (!support::can_fork) {
        return;
    }
    const support::ProcessEnd end = support::run_in_child([] {
        Resource<int> resource{"lamp", 0};
        Ticket mine = resource.acquire();
        (void)mine.try_wait();
    });
    CHECK_FALSE(end.aborted);
    CHECK(support::contains(end.errors, "resource 'lamp'"));
    CHECK(support::contains(end.errors, "was not made ready"));
}

TEST_CASE("an allocation that a failed run has left behind was not forgotten") {
    if (!support::can_fork) {
        return;
    }
    const support::ProcessEnd end = support::run_in_child([] {
        Resource<int> resource{"lamp", 0};
        juggle::Channel<Ticket> channel{2};
        const auto fails = [&]() -> Task<> {
            Ticket mine = co_await resource.acquire();
            co_await channel.push(std::move(mine));
            throw std::runtime_error{"elsewhere"};
        };
        juggle::Executor executor;
        try {
            executor.run(fails());
        } catch (const std::runtime_error&) {
            while (channel.try_pop()) {}
        }
        if (!resource.poisoned()) {
            std::fputs("not poisoned", stderr);
        }
        resource.clear_poison();
        const auto forgets = [&]() -> Task<> {
            co_await channel.push(co_await resource.acquire());
        };
        executor.run(forgets());
        while (channel.try_pop()) {}
    });
    CHECK_FALSE(end.aborted);
    CHECK_THAT(end.errors, Catch::StartsWith("juggle: resource 'lamp', acquired at"));
    CHECK(std::ranges::count(end.errors, '\n') == 1);
}

CO_TEST_CASE("an allocation assigned to itself stays what it is") {
    Resource<int> resource{0};
    Ticket mine = co_await resource.acquire();
    Ticket& same = mine;
    mine = std::move(same);
    CHECK(mine.held());
    mine.ready();
    CHECK(resource.idle());
}

CO_TEST_CASE("an allocation can be moved in each of its states and keeps its place") {
    Resource<int> resource{1};
    Ticket first = resource.acquire();
    Ticket waiting = resource.acquire();
    Ticket third = resource.acquire();

    Ticket moved = std::move(waiting);
    CHECK_FALSE(waiting);  // NOLINT(bugprone-use-after-move)
    Ticket granted = std::move(first);
    co_await granted.wait();
    Ticket held = std::move(granted);
    CHECK(*held == 1);
    CHECK_THROWS_AS(granted.ready(), std::logic_error);
    CHECK_FALSE(moved.granted());
    held.ready();
    CHECK(moved.granted());
    CHECK_FALSE(third.granted());
}

CO_TEST_CASE("an allocation can be moved while a task waits for its turn") {
    Resource<int> resource{0};
    Ticket first = co_await resource.acquire();
    auto second = std::make_unique<Ticket>(resource.acquire());
    const JoinHandle<> waiting = executor.spawn(wait(*second));
    co_await juggle::yield();
    Ticket moved = std::move(*second);
    second.reset();
    first.ready();
    co_await waiting;
    CHECK(moved.held());
    moved.ready();
}

CO_TEST_CASE("an allocation can be moved between the grant of its turn and the waiter's going on") {
    DeviceResource resource{0};
    ManualQueue queue;
    for (int kind = 0; kind < 3; ++kind) {
        DeviceTicket first = co_await resource.acquire();
        auto second = std::make_unique<DeviceTicket>(resource.acquire());
        const JoinHandle<> waiting = executor.spawn(kind == 0   ? wait(*second)
                                                    : kind == 1 ? wait_events(*second)
                                                                : wait_device(*second, queue));
        co_await juggle::yield();
        first.ready();
        DeviceTicket moved = std::move(*second);
        second.reset();
        co_await waiting;
        CHECK(moved.held());
        moved.ready();
    }
}

CO_TEST_CASE("an allocation can be moved while a task waits for its events") {
    DeviceResource resource{0};
    ManualEvent event;
    co_await leave_behind(resource, event);
    auto mine = std::make_unique<DeviceTicket>(resource.acquire());
    const JoinHandle<> waiting = executor.spawn(wait_events(*mine));
    co_await yield_times(3);
    DeviceTicket moved = std::move(*mine);
    mine.reset();
    event.complete();
    co_await waiting;
    CHECK(moved.held());
    moved.ready();
}

CO_TEST_CASE("a wait ends with a logic error when its allocation is dropped by another task") {
    DeviceResource resource{0};
    ManualEvent event;
    for (const bool turn_has_come : {false, true}) {
        DeviceTicket first = co_await resource.acquire();
        auto second = std::make_unique<DeviceTicket>(resource.acquire());
        const JoinHandle<> waiting = executor.spawn(wait_events(*second));
        co_await juggle::yield();
        if (turn_has_come) {
            first.ready();
        }
        second.reset();
        const std::exception_ptr error = co_await exception_of(waiting);
        CHECK(is<std::logic_error>(error));
        if (!turn_has_come) {
            first.ready();
        }
        CHECK(resource.idle());
    }
}

// ---- cancellation -------------------------------------------------------------------------------

CO_TEST_CASE("a cancelled wait leaves the ticket in its place, and it can be waited for again") {
    Resource<int> resource{0};
    Ticket first = co_await resource.acquire();
    Ticket second = resource.acquire();
    Ticket third = resource.acquire();
    const JoinHandle<> waiting = executor.spawn(wait(second));
    co_await juggle::yield();
    waiting.request_stop();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<Cancelled>(error));
    CHECK(second);
    first.ready();
    CHECK(second.granted());
    CHECK_FALSE(third.granted());
    co_await second.wait();
    second.ready();
    CHECK(third.granted());
}

CO_TEST_CASE("the ticket of a task that was cancelled passes its turn on") {
    Resource<int> resource{0};
    Ticket first = co_await resource.acquire();
    const auto acquires = [&resource]() -> Task<> {
        Ticket mine = co_await resource.acquire();
        mine.ready();
    };
    const JoinHandle<> second = executor.spawn(acquires());
    co_await juggle::yield();
    Ticket third = resource.acquire();
    second.request_stop();
    const std::exception_ptr error = co_await exception_of(second);
    CHECK(is<Cancelled>(error));
    first.ready();
    CHECK(third.granted());
    CHECK_FALSE(resource.poisoned());
}

CO_TEST_CASE("nothing is lost when a turn comes and a stop request in the same turn") {
    for (const bool turn_comes_first : {false, true}) {
        Resource<int> resource{0};
        Ticket first = co_await resource.acquire();
        bool held = false;
        const auto acquires = [&]() -> Task<> {
            Ticket mine = co_await resource.acquire();
            held = true;
            mine.ready();
        };
        const JoinHandle<> second = executor.spawn(acquires());
        co_await juggle::yield();
        Ticket third = resource.acquire();
        if (turn_comes_first) {
            first.ready();
            second.request_stop();
        } else {
            second.request_stop();
            first.ready();
        }
        const std::exception_ptr error = co_await exception_of(second);
        CHECK(held == turn_comes_first);
        CHECK(is<Cancelled>(error) != turn_comes_first);
        CHECK(third.granted());
        CHECK_FALSE(resource.poisoned());
    }
}

CO_TEST_CASE("a wait for events that is cancelled abandons the wait, not the events") {
    DeviceResource resource{0};
    ManualEvent event;
    co_await leave_behind(resource, event);
    DeviceTicket mine = resource.acquire();
    const JoinHandle<> waiting = executor.spawn(wait_events(mine));
    co_await yield_times(3);
    waiting.request_stop();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<Cancelled>(error));
    CHECK(mine.granted());
    const std::span<const ManualEvent> events = co_await mine.wait();
    CHECK(copy(events) == std::vector{event});
    CHECK(event.status() == juggle::EventStatus::pending);
    mine.ready(event);
}

CO_TEST_CASE("a stop request between the turn and the events ends the wait for the events") {
    DeviceResource resource{0};
    ManualEvent event;
    DeviceTicket first = co_await resource.acquire();
    DeviceTicket second = resource.acquire();
    const JoinHandle<> waiting = executor.spawn(wait_events(second));
    co_await juggle::yield();
    first.ready(event);
    waiting.request_stop();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<Cancelled>(error));
    CHECK(second.granted());
}

namespace {

/// Three tasks that use one resource one after the other; the one in the middle is stopped.
template <class Wait>
struct InLine {
    explicit InLine(Executor& executor)
        : before{executor.spawn(use(executor, before_used))},
          victim{executor.spawn(use(executor, victim_used))},
          after{executor.spawn(use(executor, after_used))} {}

    Task<> use(Executor& executor, bool& used) {
        DeviceTicket mine = resource.acquire();
        for (bool waiting = true; waiting;) {
            try {
                co_await Wait::wait(mine, queue);
                waiting = false;
            } catch (const ResourcePoisoned&) {
                resource.clear_poison();  // the one before was stopped while it held
            }
        }
        co_await juggle::yield();
        ManualEvent event;
        complete.push_back(executor.spawn(complete_later(event)));
        used = true;
        mine.ready(event);
    }
    void check() const {
        CHECK(before_used);
        CHECK(after_used);
        CHECK((victim_used || victim.done()));
        CHECK(resource.idle());
    }

    DeviceResource resource{0};
    ManualQueue queue;
    std::vector<JoinHandle<>> complete;
    bool before_used = false;
    bool victim_used = false;
    bool after_used = false;
    JoinHandle<> before;
    JoinHandle<> victim;
    JoinHandle<> after;
};

struct ForTurn {
    static Task<> wait(DeviceTicket& ticket, ManualQueue&) { co_await ticket.wait(); }
};
struct ForEvents {
    static Task<> wait(DeviceTicket& ticket, ManualQueue&) { co_await ticket.wait_events(); }
};
struct ForDevice {
    static Task<> wait(DeviceTicket& ticket, ManualQueue& queue) {
        co_await ticket.wait_device(queue);
    }
};

}  // namespace

TEST_CASE("a task in the middle of the line may be stopped at every turn") {
    support::stop_after_every_turn<InLine<ForTurn>>();
    support::stop_after_every_turn<InLine<ForEvents>>();
    support::stop_after_every_turn<InLine<ForDevice>>();
}

// ---- misuse -------------------------------------------------------------------------------------

CO_TEST_CASE("releasing an allocation while another task waits for its events is a logic error") {
    DeviceResource resource{0};
    ManualEvent event;
    co_await leave_behind(resource, event);
    DeviceTicket mine = resource.acquire();
    co_await mine.wait();
    const JoinHandle<> waiting = executor.spawn(wait_events(mine));
    co_await yield_times(3);
    CHECK_THROWS_AS(mine.ready(), std::logic_error);
    CHECK_THROWS_AS(mine.fail(nullptr), std::logic_error);
    CHECK(mine.held());
    event.complete();
    co_await waiting;
    mine.ready();
}

TEST_CASE("a debug build aborts when an allocation is dropped while a task waits for its events") {
    support::check_task_aborts("dropped", [](Executor& executor) -> Task<> {
        DeviceResource resource{0};
        ManualEvent event;
        co_await leave_behind(resource, event);
        auto mine = std::make_unique<DeviceTicket>(resource.acquire());
        const JoinHandle<> waiting = executor.spawn(wait_events(*mine));
        co_await yield_times(3);
        mine.reset();
    });
}

// ---- allocations --------------------------------------------------------------------------------

TEST_CASE("a debug build aborts as well when that is dropped outside of all tasks") {
    support::check_aborts("dropped", [] {
        TestExecutor test;
        DeviceResource resource{0};
        const ManualEvent pending;
        test.executor.run(leave_behind(resource, pending));
        std::optional<DeviceTicket> mine{resource.acquire()};
        const JoinHandle<> waits = test.executor.spawn(wait_events(*mine));
        (void)test.executor.poll();
        mine.reset();
    });
}

TEST_CASE("an executor may be destroyed with one task's allocation and another's wait for it") {
    for (const bool owner_is_first : {true, false}) {
        INFO("owner is first: " << owner_is_first);
        DeviceResource resource{0};
        const ManualEvent pending;
        {
            DeviceTicket* shown = nullptr;
            const auto owns = [&]() -> Task<> {
                DeviceTicket mine = resource.acquire();
                shown = &mine;
                co_await support::never_end(std::make_shared<int>());
            };
            const auto waits = [&]() -> Task<> {
                co_await juggle::yield();
                for (;;) {
                    try {
                        co_await shown->wait_events();
                    } catch (const Cancelled&) {}
                }
            };
            TestExecutor test;
            test.executor.run(leave_behind(resource, pending));
            test.executor.spawn(owner_is_first ? owns() : waits()).detach();
            test.executor.spawn(owner_is_first ? waits() : owns()).detach();
            for (int turn = 0; turn < 3; ++turn) {
                (void)test.executor.poll();
            }
            REQUIRE(pending.waits() == 1);
        }
        CHECK(resource.idle());
        CHECK_FALSE(resource.poisoned());
        pending.complete();
    }
}

CO_TEST_CASE("a cycle of acquiring, waiting and releasing allocates nothing in the steady state") {
    DeviceResource resource{0};
    ManualEvent complete;
    complete.complete();
    ManualEvent also_complete;
    also_complete.complete();
    const auto cycle = [&]() -> Task<> {
        DeviceTicket mine = resource.acquire();
        co_await mine.wait_events();
        mine.track(complete);
        mine.ready(also_complete);
        DeviceTicket next = co_await resource.acquire();
        next.ready(complete);
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}

CO_TEST_CASE("a queued hand-over to a spawned task allocates nothing in the steady state") {
    Resource<int> resource{0};
    const auto use = [](Ticket ticket) -> Task<> {
        ++co_await ticket.wait_events();
        ticket.ready();
    };
    const auto cycle = [&]() -> Task<> {
        Ticket first = co_await resource.acquire();
        const JoinHandle<> second = executor.spawn(use(resource.acquire()));
        co_await juggle::yield();
        first.ready();
        co_await second;
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}

namespace {

/// Whether an await that was made before throws `std::logic_error`.
template <class Awaiter>
Task<bool> is_refused(Awaiter& late) {
    try {
        (void)co_await late;
    } catch (const std::logic_error&) {
        co_return true;
    }
    co_return false;
}

}  // namespace

CO_TEST_CASE("an await made before its allocation was released does not take it again") {
    Resource<int> resource{0};
    Ticket first = resource.acquire();
    auto late = first.wait();
    auto late_for_events = first.wait_events();
    (void)co_await first.wait();
    first.ready();
    const bool refused = co_await is_refused(late);
    CHECK(refused);
    const bool refused_events = co_await is_refused(late_for_events);
    CHECK(refused_events);
    CHECK_FALSE(first.held());
    CHECK(resource.idle());
}

CO_TEST_CASE("an await made before its allocation was moved from is refused") {
    DeviceResource resource{0};
    ManualQueue queue;
    DeviceTicket mine = resource.acquire();
    auto late = mine.wait();
    auto late_for_events = mine.wait_events();
    auto late_for_device = mine.wait_device(queue);
    const DeviceTicket moved = std::move(mine);
    const bool refused = co_await is_refused(late);
    CHECK(refused);
    const bool refused_events = co_await is_refused(late_for_events);
    CHECK(refused_events);
    const bool refused_device = co_await is_refused(late_for_device);
    CHECK(refused_device);
    CHECK(moved.granted());
}

CO_TEST_CASE("a ticket may be destroyed as soon as the wait for it was stopped") {
    Resource<int> resource{0};
    Ticket first = co_await resource.acquire();
    auto second = std::make_unique<Ticket>(resource.acquire());
    const JoinHandle<> waiting = executor.spawn(support::wait(*second));
    co_await yield_times(2);
    waiting.request_stop();
    second.reset();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<Cancelled>(error));
    first.ready();
    CHECK(resource.idle());
}
