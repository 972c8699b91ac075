// Bringing a new kind of device event: what a specialisation of EventTraits gives.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/steady_state.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <vector>

using juggle::JoinHandle;
using juggle::Task;
using support::exception_of;
using support::ForeignEvent;
using support::is;
using support::ManualEvent;
using support::ManualQueue;

static_assert(juggle::DeviceEvent<ManualEvent>);
static_assert(juggle::DeviceEvent<ForeignEvent>);
static_assert(!juggle::DeviceEvent<int>);
static_assert(juggle::DeviceQueueFor<ManualQueue, ManualEvent>);
static_assert(!juggle::DeviceQueueFor<int, ManualEvent>);
static_assert(!juggle::DeviceQueueFor<ManualQueue, ForeignEvent>);

namespace {

template <class Event>
Task<> await_event(Event event) {
    co_await event;
}

template <class Event>
Task<> await_twice_at_once(juggle::Executor& executor) {
    Event event;
    const JoinHandle<> first = executor.spawn(await_event(event));
    const JoinHandle<> second = executor.spawn(await_event(event));
    co_await juggle::yield();
    co_await juggle::yield();
    CHECK_FALSE(first.done());
    CHECK_FALSE(second.done());
    event.complete();
    CHECK_FALSE(first.done());
    co_await first;
    co_await second;
}

template <class Event>
Task<> await_failure(juggle::Executor& executor) {
    Event event;
    const JoinHandle<> waiting = executor.spawn(await_event(event));
    co_await juggle::yield();
    event.fail();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<support::EventFailed>(error));
    const std::exception_ptr again = co_await exception_of(await_event(event));
    CHECK(is<support::EventFailed>(again));
}

}  // namespace

CO_TEST_CASE("any device event can be awaited, by several tasks at once") {
    co_await await_twice_at_once<ManualEvent>(executor);
    co_await await_twice_at_once<ForeignEvent>(executor);
}

CO_TEST_CASE("awaiting an event that has failed throws what its traits throw") {
    co_await await_failure<ManualEvent>(executor);
    co_await await_failure<ForeignEvent>(executor);
}

CO_TEST_CASE("an event can be awaited as a variable, a constant or a temporary") {
    ManualEvent event;
    event.complete();
    co_await event;
    const ManualEvent& constant = event;
    co_await constant;
    const auto make = [&event] { return event; };
    const ManualEvent copy = make();
    co_await copy;
    ForeignEvent foreign;
    foreign.complete();
    co_await foreign;
    co_await std::move(foreign);
}

CO_TEST_CASE("awaiting an event whose wait is the library's own can be cancelled") {
    ManualEvent event;
    const JoinHandle<> waiting = executor.spawn(await_event(event));
    co_await juggle::yield();
    waiting.request_stop();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<juggle::Cancelled>(error));
    CHECK(event.status() == juggle::EventStatus::pending);
}

CO_TEST_CASE("awaiting an event whose wait is foreign ends when the event has settled") {
    ForeignEvent event;
    const JoinHandle<> waiting = executor.spawn(await_event(event));
    co_await juggle::yield();
    waiting.request_stop();
    co_await juggle::yield();
    CHECK_FALSE(waiting.done());
    event.complete();
    co_await waiting;
}

CO_TEST_CASE("awaiting an event that is complete allocates nothing in the steady state") {
    ManualEvent event;
    event.complete();
    ForeignEvent foreign;
    foreign.complete();
    const auto cycle = [&]() -> Task<> {
        co_await event;
        co_await foreign;
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
