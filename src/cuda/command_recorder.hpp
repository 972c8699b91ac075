#pragma once

#include <juggle/cuda/event.hpp>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI {
class Observer;
}

namespace juggle::inline JUGGLE_ABI::cuda::detail {

class StreamContext;

/// The observer, or null if it does not look at the commands of devices.
[[nodiscard]] Observer* if_looks_at_commands(Observer* observer) noexcept;

/// A timed event behind all that the stream was given; none if the driver refuses.
[[nodiscard]] Event record_mark(const StreamContext& context, CUstream stream) noexcept;

/// Around the call of a function that gives work to the stream: what that shows by itself is not
/// shown as the work between the events, too. `begin` may stand for nothing.
void begin_work(Observer& observer, CUstream stream) noexcept;
void record_work(Observer& observer, const Event& begin, const Event& end) noexcept;

}  // namespace juggle::cuda::detail
