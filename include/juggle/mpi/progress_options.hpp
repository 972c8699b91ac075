#pragma once

#include <juggle/duration.hpp>

#include <chrono>

namespace juggle::inline JUGGLE_ABI::mpi {

/// How an executor looks after MPI requests that are outstanding. MPI has no descriptor to sleep
/// on, so somebody has to look: at every turn of the executor while that is busy, and when it is
/// not, at once for a while, then between naps. Device events, sockets, timers and posts end a nap
/// at once.
struct ProgressOptions {
    /// So long it looks at once again when nothing has come; after waits that were longer, down to
    /// a 32nd of it. Zero: never. MPI moves what is long while it is looked at.
    Duration spin = std::chrono::milliseconds{1};
    /// A nap is as long as nothing has come so far, so it adds no more than that to what a message
    /// takes; but not less than this...
    Duration shortest_nap = std::chrono::microseconds{20};
    /// ... and not more than this, which is what an idle process costs: a look each.
    Duration longest_nap = std::chrono::microseconds{375};
    /// How long the executor's destructor lets requests complete that nobody awaits any more,
    /// before it leaves them to MPI.
    Duration drain = std::chrono::seconds{2};
};

}  // namespace juggle::mpi
