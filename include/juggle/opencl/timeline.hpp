#pragma once

#include <juggle/observer.hpp>
#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/detail/command_recorder.hpp>

#include <string_view>

namespace juggle::inline JUGGLE_ABI::opencl {

/// What the lane of a queue is called in the timeline; otherwise "queue 1" and so on. Before the
/// queue's first command is recorded.
inline void name_queue(Observer& timeline, const cl::CommandQueue& queue,
                       std::string_view name) noexcept {
    detail::name_queue(timeline, queue(), name);
}

/// Shows the event's command on the lane of its queue, once it has ended; under the name of its
/// kind, such as "write buffer", or under yours. Of the running task's chunk. Where queues are not
/// stages, such as one queue for all or a queue a chunk, name the `lane` instead: "upload".
///
/// Events that guard a resource (`ready`, `track`) are recorded by themselves, but for markers and
/// barriers, which are no work: record the commands before those. An event is shown once.
///
/// If its queue has CL_QUEUE_PROFILING_ENABLE, the times are the device's own, of the command's
/// start and end, brought to the host's clock by markers in a queue of the timeline's own: exact to
/// some microseconds. Otherwise it is shown from this call (in a queue that is in order not before
/// the end of the one before) until the host has learnt of its end; so it is, too, if the device's
/// times cannot be. A command that failed is not shown: it may never have run.
///
/// Never throws: what a driver refuses to tell is not shown, and counted as lost.
inline void record(Observer& timeline, const cl::Event& event, std::string_view what = {},
                   std::string_view lane = {}) noexcept {
    detail::record_command(timeline, event(), what, lane);
}

}  // namespace juggle::opencl
