#pragma once

#include <juggle/config.hpp>
#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/detail/export.hpp>

#include <utility>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

/// The work of a `FinishAtEnd`: what was enqueued to a queue, which it keeps. Throws `Error` if
/// the queue is null.
class QueueToFinish {
public:
    explicit QueueToFinish(cl::CommandQueue queue) : queue_{std::move(queue)} {
        check_queue(queue_());
    }

    /// Waits until all that was enqueued has ended, for what it uses is to go. So a driver that
    /// refuses is asked again and again for a while; false, after a report, if it has refused to
    /// the end.
    [[nodiscard]] bool finish() const noexcept { return finish(queue_()); }

private:
    JUGGLE_OPENCL_EXPORT static void check_queue(cl_command_queue queue);
    [[nodiscard]] JUGGLE_OPENCL_EXPORT static bool finish(cl_command_queue queue) noexcept;

    cl::CommandQueue queue_;
};

}  // namespace juggle::opencl::detail
