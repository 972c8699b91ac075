#pragma once

#include <juggle/cuda/detail/export.hpp>
#include <juggle/cuda/event.hpp>

#include <array>
#include <concepts>
#include <span>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda {

/// Makes what is given to `stream` from now on wait, on the device, for the events. Returns at
/// once; what is in the stream already does not wait. The events may be of other contexts and
/// devices. Those that have completed, and those that stand for nothing, need no waiting.
///
/// Throws, with nothing enqueued, `Error` if an event has failed, with its code, and
/// `std::logic_error` if the stream is being captured into a graph. `Error` if the driver refuses a
/// wait; the stream may wait for those before it in the list then. May be called from any thread.
///
/// The driver hands no failure on from one context to another: an event of another context that
/// fails later ends the stream's wait. Await it, too, before what depends on it is believed.
JUGGLE_CUDA_EXPORT void wait_on(CUstream stream, std::span<const Event> events);

template <std::same_as<Event>... Events>
void wait_on(CUstream stream, const Events&... events) {
    const std::array<Event, sizeof...(Events)> list{events...};
    wait_on(stream, std::span<const Event>{list});
}

}  // namespace juggle::cuda
