#pragma once

#include <juggle/bridge/finish_at_end.hpp>
#include <juggle/opencl/detail/queue_to_finish.hpp>

namespace juggle::inline JUGGLE_ABI::opencl {

/// For plain memory that knows nothing of the commands that use it: made after the memory, it lets
/// its scope end, by an exception too, only when all that was enqueued to a queue has ended.
///
/// Its destructor blocks the thread, as `clFinish` does. Where tasks wait, `co_await finish(queue)`
/// first, and nothing is left to wait for unless something went wrong; a `Resource` needs neither.
///
/// The destructor does not throw. If the driver refuses, it is asked again for about 100 ms; if it
/// refuses to the end that is reported, by `ExecutorOptions::on_diagnostic` in a task and to
/// standard error outside, and the memory that was named to the constructor is moved away and never
/// freed: a command may still write into it. So do not name what the function returns.
template <class... Memory>
class FinishAtEnd : public bridge::FinishAtEnd<detail::QueueToFinish, Memory...> {
public:
    /// For what is enqueued to `queue` before the end of the scope. `Error` with
    /// `CL_INVALID_COMMAND_QUEUE` if it is null; allocates only if memory is named.
    [[nodiscard]] explicit FinishAtEnd(const cl::CommandQueue& queue, Memory&... memory)
        : bridge::FinishAtEnd<detail::QueueToFinish, Memory...>{detail::QueueToFinish{queue},
                                                                memory...} {}
};

}  // namespace juggle::opencl
