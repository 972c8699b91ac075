#pragma once

#include <juggle/detail/base/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

namespace juggle::inline JUGGLE_ABI {

/// What an executor has done so far, and what has become of the named things that its tasks share:
/// `Executor::metrics`. For a page that a monitoring system reads; what happened when is a
/// `Timeline`'s business, and why nothing does is said by `Executor::describe`.
struct Metrics {
    /// Those that wait in one function of a thing.
    struct Waits {
        /// "push", "pop" and "join" of a channel, "acquire" of a semaphore, "wait" of a resource or
        /// a job queue.
        std::string operation;
        std::size_t waiting = 0;             ///< now
        std::uint64_t waits = 0;             ///< so far; what need not wait does not count
        std::chrono::nanoseconds waited{0};  ///< all of them together, by the executor's clock
    };

    /// A channel, a job queue, a semaphore or a resource with a name. Several of one kind and name
    /// are added up, with those that are gone.
    struct Object {
        std::string kind;  ///< "channel", "job queue", "semaphore", "resource"
        std::string name;
        /// Elements in the channel, jobs in the queue, permits that are out, tickets that are held.
        std::uint64_t level = 0;
        std::uint64_t capacity = 0;  ///< of a resource 1: shared tickets may be more
        /// Elements that were popped, jobs taken out, permits given back, tickets held, so far.
        std::uint64_t served = 0;
        std::vector<Waits> waits;  ///< where somebody has waited
    };

    std::string executor;           ///< what pages call it; may be set, empty: nothing
    std::uint64_t ticks = 0;        ///< resumptions of tasks, posted functions and the like
    std::uint64_t posts = 0;        ///< what other threads have posted, as far as it has arrived
    std::uint64_t sleeps = 0;       ///< how often its thread has gone to sleep, and so was woken
    std::size_t running_tasks = 0;  ///< now
    std::vector<Object> objects;    ///< by kind and name; none without `ExecutorOptions::metrics`

    /// The same as of one executor.
    JUGGLE_EXPORT void write_prometheus(std::ostream& stream) const;
};

/// Writes a page in Prometheus' text format, version 0.0.4, which is to be served as
/// `text/plain; version=0.0.4; charset=utf-8`. Names are taken for UTF-8.
///
/// `std::invalid_argument`, with nothing written, if two of several executors are called the same.
/// Errors of the stream are in its state.
JUGGLE_EXPORT void write_prometheus(std::ostream& stream, std::span<const Metrics> executors);

}  // namespace juggle
