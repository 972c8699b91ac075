#pragma once

#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/detail/events_awaiter.hpp>
#include <juggle/opencl/detail/handles.hpp>

#include <array>
#include <concepts>
#include <span>

namespace juggle::inline JUGGLE_ABI::opencl {

/// `co_await wait_for_events(a, b, ...)` goes on, on the task's executor, when the commands of all
/// the events have ended; at once if they have already, or if there are none.
///
/// Throws `Error` with the status of the first in the list that failed, after all have settled.
/// Their queues are flushed first. The events must stay where they are while they are awaited. A
/// stop request (`Cancelled`) ends the wait; the commands go on.
[[nodiscard]] inline detail::EventsAwaiter wait_for_events(
    std::span<const cl::Event> events) noexcept {
    return detail::EventsAwaiter{detail::handles(events)};
}

template <std::derived_from<cl::Event>... Events>
[[nodiscard]] detail::EventArrayAwaiter<sizeof...(Events)> wait_for_events(
    const Events&... events) noexcept {
    return detail::EventArrayAwaiter<sizeof...(Events)>{{events()...}};
}

}  // namespace juggle::opencl
