#pragma once

#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/detail/calls.hpp>
#include <juggle/opencl/detail/handles.hpp>

#include <array>
#include <concepts>
#include <span>

namespace juggle::inline JUGGLE_ABI::opencl {

/// Makes commands that are enqueued to `queue` from now on wait, on the device, for the events.
/// Returns at once; whatever is in the queue already does not wait.
///
/// The queues of the events' commands are flushed. Events that have completed, and those of `queue`
/// itself if it is in-order, need no waiting; if none is left nothing is enqueued. No events: does
/// nothing (unlike an empty wait list in OpenCL, which means everything so far).
///
/// Throws `Error`, with nothing enqueued, if an event has failed (with its status), is null, or is
/// of another context than the queue. May be called from any thread.
inline void wait_on(const cl::CommandQueue& queue, std::span<const cl::Event> events) {
    detail::wait_on(queue(), detail::handles(events));
}

template <std::derived_from<cl::Event>... Events>
void wait_on(const cl::CommandQueue& queue, const Events&... events) {
    const std::array<cl_event, sizeof...(Events)> list{events()...};
    detail::wait_on(queue(), list);
}

}  // namespace juggle::opencl
