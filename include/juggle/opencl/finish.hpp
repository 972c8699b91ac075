#pragma once

#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/detail/events_awaiter.hpp>
#include <juggle/opencl/detail/handles.hpp>
#include <juggle/opencl/marker.hpp>

#include <span>
#include <utility>

namespace juggle::inline JUGGLE_ABI::opencl {

namespace detail {

/// Waits for an event of its own.
class OwnEventAwaiter final : public EventsWaiter {
public:
    explicit OwnEventAwaiter(cl::Event own) noexcept : own_{std::move(own)} {
        wait_for(handles(std::span<const cl::Event>{&own_, 1}));
    }

private:
    cl::Event own_;
};

}  // namespace detail

/// `co_await finish(queue)` goes on when everything enqueued to `queue` before this call has
/// ended; `clFinish`, but the thread does other things meanwhile. The queue is flushed.
///
/// Throws `Error` if OpenCL refuses the marker, or with its status if a command failed where the
/// driver lets that reach the marker.
[[nodiscard]] inline detail::OwnEventAwaiter finish(const cl::CommandQueue& queue) {
    return detail::OwnEventAwaiter{marker(queue)};
}

}  // namespace juggle::opencl
