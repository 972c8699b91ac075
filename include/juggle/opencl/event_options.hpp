#pragma once

#include <juggle/duration.hpp>
#include <juggle/opencl/detail/export.hpp>

#include <chrono>

namespace juggle::inline JUGGLE_ABI {
class Executor;
}

namespace juggle::inline JUGGLE_ABI::opencl {

/// How an executor watches the events that its tasks await.
///
/// Callbacks do the work; the sweep is there for drivers that do not call back. PoCL before 7.0
/// does not when the command fails, and such a wait would never end.
struct EventOptions {
    /// The status of an awaited event is looked at for the first time after this long, ...
    ///
    /// More than a tick of most kernels (4 ms): to sleep for less they program a timer, which on a
    /// virtual machine adds some 5 microseconds to every wait.
    Duration first_sweep = std::chrono::milliseconds{5};
    /// ... then after twice as long each time, up to this.
    Duration longest_sweep = std::chrono::milliseconds{50};
    /// How long the executor's destructor lets commands whose wait was cancelled settle.
    Duration drain = std::chrono::seconds{2};
};

/// Sets them for an executor, from its own thread. `std::invalid_argument`, with nothing changed,
/// if one is negative or a sweep interval zero.
JUGGLE_OPENCL_EXPORT void set_event_options(Executor& executor, const EventOptions& options);

}  // namespace juggle::opencl
