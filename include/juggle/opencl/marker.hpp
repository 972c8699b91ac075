#pragma once

#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/detail/calls.hpp>

namespace juggle::inline JUGGLE_ABI::opencl {

/// An event that completes when all commands enqueued to `queue` so far have: what to give to
/// `ResourceAllocation::ready`. The queue is flushed, so that whoever waits for the event, on
/// whatever queue, does not wait forever.
///
/// Throws `Error` if OpenCL refuses. May be called from any thread.
[[nodiscard]] inline cl::Event marker(const cl::CommandQueue& queue) {
    return cl::Event{detail::enqueue_marker(queue())};
}

}  // namespace juggle::opencl
