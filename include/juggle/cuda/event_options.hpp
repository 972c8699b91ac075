#pragma once

#include <juggle/cuda/detail/export.hpp>
#include <juggle/duration.hpp>

#include <chrono>
#include <cstdint>

namespace juggle::inline JUGGLE_ABI {
class Executor;
}

namespace juggle::inline JUGGLE_ABI::cuda {

/// Who tells an executor that an event has settled. Whoever does, it is the driver's answer to
/// `cuEventQuery` that counts.
enum class Wake : std::uint8_t {
    /// A host function, which the driver calls behind the event, in a stream of juggle's own that
    /// waits for nothing else. An executor that has nothing to do sleeps until then.
    host_function,
    /// Nobody: the executor asks at every turn, and every so often when it has nothing to do.
    poll,
    /// Host functions, and the executor asks at every turn while it is busy with other things.
    both,
};

/// How an executor watches the events that its tasks await.
struct EventOptions {
    Wake wake = Wake::both;
    /// With `Wake::poll`: an executor that has nothing to do asks again after this long.
    Duration poll_interval = std::chrono::microseconds{50};
    /// With host functions, which the driver does not call when a context is over: an awaited event
    /// is asked about for the first time after this long, ...
    Duration first_sweep = std::chrono::milliseconds{5};
    /// ... then after twice as long each time, up to this.
    Duration longest_sweep = std::chrono::milliseconds{50};
    /// How long the executor's destructor lets work whose wait was cancelled settle.
    Duration drain = std::chrono::seconds{2};
};

/// Sets them for an executor, from its own thread; for events that are awaited from then on.
/// `std::invalid_argument`, with nothing changed, if a time is negative, or zero where it is no
/// drain, or `wake` is none of the three.
JUGGLE_CUDA_EXPORT void set_event_options(Executor& executor, const EventOptions& options);

}  // namespace juggle::cuda
