#pragma once

#include <juggle/bridge/finish_at_end.hpp>
#include <juggle/cuda/detail/stream_to_finish.hpp>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda {

/// For plain memory that knows nothing of the work that uses it: made after the memory, it lets its
/// scope end, by an exception too, only when all that was given to a stream has ended.
///
/// Its destructor blocks the thread, as `cuStreamSynchronize` does. Where tasks wait, `co_await
/// finish(stream)` first, and nothing is left to wait for unless something went wrong; a `Resource`
/// needs neither. The stream must outlive it. `CU_STREAM_PER_THREAD` is that of the thread on which
/// the scope ends.
///
/// The destructor does not throw. If the driver refuses it is asked again for about 100 ms, but not
/// after what ends a context, such as a kernel that went astray; if it refuses to the end that is
/// reported, by `ExecutorOptions::on_diagnostic` in a task and to standard error outside, and the
/// memory that was named to the constructor is moved away and never freed: the device may still
/// write into it. So do not name what the function returns.
template <class... Memory>
class FinishAtEnd : public bridge::FinishAtEnd<detail::StreamToFinish, Memory...> {
public:
    /// For what is given to `stream` before the end of the scope. `Error` if the driver refuses to
    /// say its context, `std::logic_error` if it is being captured into a graph; allocates only if
    /// memory is named.
    [[nodiscard]] explicit FinishAtEnd(CUstream stream, Memory&... memory)
        : bridge::FinishAtEnd<detail::StreamToFinish, Memory...>{detail::StreamToFinish{stream},
                                                                 memory...} {}
};

}  // namespace juggle::cuda
