// OneOf: events of several kinds that guard one value.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <array>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::EventStatus;
using juggle::Executor;
using juggle::OneOf;
using juggle::Task;
using support::EventFailed;
using support::exception_of;
using support::is;
using support::ManualEvent;
using support::ManualQueue;

namespace {

/// Another kind, of which no queue knows.
struct OtherEvent {
    ManualEvent inner{};
    friend bool operator==(const OtherEvent&, const OtherEvent&) = default;
};

}  // namespace

template <>
struct juggle::EventTraits<OtherEvent> {
    static EventStatus status(const OtherEvent& event) noexcept { return event.inner.status(); }
    static Task<> wait(std::span<const OtherEvent> events) {
        for (const OtherEvent& event : events) {
            co_await event.inner.settled();
        }
        for (const OtherEvent& event : events) {
            if (event.inner.status() == EventStatus::failed) {
                throw std::runtime_error{"the other kind failed"};
            }
        }
    }
    static bool wait_on_host(std::span<const OtherEvent> events) noexcept {
        for (const OtherEvent& event : events) {
            event.inner.wait_on_host();
        }
        return true;
    }
};

namespace {

using Event = OneOf<ManualEvent, OtherEvent>;
using Resource = juggle::Resource<int, Event>;
using Allocation = juggle::ResourceAllocation<int, Event>;
using Traits = juggle::EventTraits<Event>;

static_assert(juggle::DeviceEvent<Event>);
static_assert(juggle::DeviceQueueFor<ManualQueue, Event>);
static_assert(!juggle::DeviceQueueFor<int, Event>);
static_assert(!juggle::DeviceQueueFor<ManualQueue, OneOf<OtherEvent>>);

/// A resource whose value these events guard.
template <class... Events>
Task<> guard(Resource& resource, Events... events) {
    Allocation held = co_await resource.acquire();
    held.ready(events...);
}

Task<int> wait_events(Allocation ticket) {
    const int value = co_await ticket.wait_events();
    ticket.ready();
    co_return value;
}

Task<int> wait_device(Allocation ticket, ManualQueue& queue) {
    const int value = co_await ticket.wait_device(queue);
    ticket.ready();
    co_return value;
}

Task<> wait_both(Allocation first, Allocation second, ManualQueue& queue) {
    juggle::AllocationSet set{std::move(first), std::move(second)};
    (void)co_await set.wait_device(queue);
    std::get<0>(set).ready();
    std::get<1>(set).ready();
}

}  // namespace

CO_TEST_CASE("one of: its status is that of the event that it is") {
    const ManualEvent first;
    const OtherEvent second;
    CHECK(Traits::status(Event{first}) == EventStatus::pending);
    first.complete();
    second.inner.fail();
    CHECK(Traits::status(Event{first}) == EventStatus::complete);
    CHECK(Traits::status(Event{second}) == EventStatus::failed);
    CHECK(Traits::is_valid(Event{second}));
    co_return;
}

CO_TEST_CASE("one of: it can be awaited, whichever it is") {
    const OtherEvent event;
    const Event either{event};
    auto waits = executor.spawn([](const Event& awaited) -> Task<> { co_await awaited; }(either));
    co_await support::yield_times(3);
    CHECK_FALSE(waits.done());
    event.inner.complete();
    co_await waits;
}

CO_TEST_CASE("one of: wait_events waits for all kinds, whatever the order") {
    for (const bool other_first : {false, true}) {
        Resource resource{4};
        const ManualEvent one;
        const OtherEvent other;
        co_await guard(resource, one, other);
        auto waits = executor.spawn(wait_events(resource.acquire()));
        co_await support::yield_times(5);
        CHECK(one.waits() == 1);  // it waits for both at once
        CHECK(other.inner.waits() == 1);
        (other_first ? other.inner : one).complete();
        co_await support::yield_times(5);
        CHECK_FALSE(waits.done());
        (other_first ? one : other.inner).complete();
        const int value = co_await waits;
        CHECK(value == 4);
    }
}

CO_TEST_CASE("one of: complete events are not waited for") {
    Resource resource{4};
    const ManualEvent one;
    const OtherEvent other;
    one.complete();
    other.inner.complete();
    co_await guard(resource, one, other);
    Allocation ticket = resource.acquire();
    const int value = co_await ticket.wait_events();
    CHECK(value == 4);
    CHECK(one.waits() + other.inner.waits() == 0);
    ticket.ready();
}

CO_TEST_CASE("one of: what the first kind's wait throws is thrown, when all have settled") {
    Resource resource{4};
    const ManualEvent one;
    const OtherEvent other;
    co_await guard(resource, one, other);
    auto waits = executor.spawn(wait_events(resource.acquire()));
    co_await support::yield_times(3);
    other.inner.fail();
    co_await support::yield_times(5);
    CHECK_FALSE(waits.done());
    one.fail();
    const std::exception_ptr error = co_await exception_of(std::move(waits));
    CHECK(is<EventFailed>(error));
}

CO_TEST_CASE("one of: the failure of any kind is thrown") {
    Resource resource{4};
    const ManualEvent one;
    const OtherEvent other;
    one.complete();
    other.inner.fail();
    co_await guard(resource, one, other);
    const std::exception_ptr error = co_await exception_of(wait_events(resource.acquire()));
    CHECK(support::text_of(error) == "the other kind failed");
}

CO_TEST_CASE("one of: a stop request ends the wait, and the events stay") {
    Resource resource{4};
    const ManualEvent one;
    const OtherEvent other;
    co_await guard(resource, one, other);
    auto waits = executor.spawn(wait_events(resource.acquire()));
    co_await support::yield_times(5);
    waits.request_stop();
    const std::exception_ptr error = co_await exception_of(std::move(waits));
    CHECK(is<Cancelled>(error));
    Allocation next = resource.acquire();
    const auto events = next.try_wait();
    REQUIRE(events);
    CHECK(events->size() == 2);
    next.ready();
    one.complete();
    other.inner.complete();
}

CO_TEST_CASE("one of: wait_device leaves to the queue what it knows, and awaits the rest before") {
    Resource resource{4};
    const ManualEvent one;
    const OtherEvent other;
    ManualQueue queue;
    co_await guard(resource, one, other);
    auto waits = executor.spawn(wait_device(resource.acquire(), queue));
    co_await support::yield_times(5);
    CHECK_FALSE(waits.done());
    CHECK(queue.wait_lists.empty());
    CHECK(one.waits() == 0);
    other.inner.complete();
    const int value = co_await waits;
    CHECK(value == 4);
    REQUIRE(queue.wait_lists.size() == 1);
    CHECK(queue.wait_lists[0] == std::vector<ManualEvent>{one});
    CHECK(one.waits() == 0);
    one.complete();
}

CO_TEST_CASE("one of: wait_device of what the queue knows does not suspend") {
    Resource resource{4};
    const ManualEvent one;
    ManualQueue queue;
    co_await guard(resource, one);
    auto waits = executor.spawn(wait_device(resource.acquire(), queue));
    co_await juggle::yield();
    CHECK(waits.done());
    CHECK(queue.wait_lists.size() == 1);
    one.complete();
}

CO_TEST_CASE("one of: a failure of what the host waits for leaves the queue alone") {
    Resource resource{4};
    const ManualEvent one;
    const OtherEvent other;
    ManualQueue queue;
    co_await guard(resource, one, other);
    auto waits = executor.spawn(wait_device(resource.acquire(), queue));
    co_await support::yield_times(5);
    other.inner.fail();
    const std::exception_ptr error = co_await exception_of(std::move(waits));
    CHECK(support::text_of(error) == "the other kind failed");
    CHECK(queue.wait_lists.empty());
    one.complete();
}

CO_TEST_CASE("one of: a stop request ends a wait_device, and nothing was enqueued") {
    Resource resource{4};
    const OtherEvent other;
    ManualQueue queue;
    co_await guard(resource, other);
    auto waits = executor.spawn(wait_device(resource.acquire(), queue));
    co_await support::yield_times(5);
    waits.request_stop();
    const std::exception_ptr error = co_await exception_of(std::move(waits));
    CHECK(is<Cancelled>(error));
    CHECK(queue.wait_lists.empty());
    other.inner.complete();
}

CO_TEST_CASE("one of: a set waits for the turn and the other kinds of each, then tells the queue") {
    Resource first{1};
    Resource second{2};
    const ManualEvent one;
    const OtherEvent other;
    ManualQueue queue;
    co_await guard(first, one);
    co_await guard(second, other);
    auto waits = executor.spawn(wait_both(first.acquire(), second.acquire(), queue));
    co_await support::yield_times(5);
    CHECK_FALSE(waits.done());
    CHECK(queue.wait_lists.empty());
    other.inner.complete();
    co_await waits;
    CHECK(queue.wait_lists.size() == 1);
    one.complete();
}

CO_TEST_CASE("one of: a resource that is destroyed blocks until all kinds have settled") {
    const ManualEvent one;
    const OtherEvent other;
    {
        Resource resource{4};
        co_await guard(resource, one, other);
    }
    CHECK(one.host_waits() == 1);
    CHECK(other.inner.host_waits() == 1);
}
