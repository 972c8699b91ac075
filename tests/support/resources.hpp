#pragma once

#include "support/manual_event.hpp"
#include "support/tasks.hpp"

#include <juggle/resource.hpp>
#include <juggle/task.hpp>

#include <span>
#include <vector>

namespace support {

using Ticket = juggle::ResourceAllocation<int>;
using DeviceResource = juggle::Resource<int, ManualEvent>;
using DeviceTicket = DeviceResource::Allocation;
using SharedTicket = DeviceResource::SharedAllocation;

/// The waits of an allocation as tasks, to be spawned or to be watched failing.
template <class T, class Event>
juggle::Task<> wait(juggle::ResourceAllocation<T, Event>& ticket) {
    co_await ticket.wait();
}

template <class T, class Event>
juggle::Task<> wait_events(juggle::ResourceAllocation<T, Event>& ticket) {
    co_await ticket.wait_events();
}

template <class T>
juggle::Task<> wait_device(juggle::ResourceAllocation<T, ManualEvent>& ticket, ManualQueue& queue) {
    co_await ticket.wait_device(queue);
}

/// The second while it has the first.
inline juggle::Task<> take_both(juggle::Resource<int>& first, juggle::Resource<int>& second) {
    auto one = co_await first.acquire();
    co_await juggle::yield();
    auto two = co_await second.acquire();
    one.ready();
    two.ready();
}

/// Completes an event after two turns.
inline juggle::Task<> complete_later(ManualEvent event) {
    co_await yield_times(2);
    event.complete();
}

/// Leaves these events with the resource.
template <class... Events>
juggle::Task<> leave_behind(DeviceResource& resource, Events... events) {
    DeviceTicket mine = resource.acquire();
    co_await mine.wait();
    mine.ready(events...);
}

inline std::vector<ManualEvent> copy(std::span<const ManualEvent> events) {
    return {events.begin(), events.end()};
}

/// The events that the next holder has to respect; they stay.
inline juggle::Task<std::vector<ManualEvent>> inherited(DeviceResource& resource) {
    DeviceTicket mine = resource.acquire();
    std::vector<ManualEvent> events = copy(co_await mine.wait());
    mine.ready(std::span<const ManualEvent>{events});
    co_return events;
}

/// Notes down whether it ran: spawned before an await, it tells whether that suspended.
inline juggle::Task<> note(bool& ran) {
    ran = true;
    co_return;
}

}  // namespace support
