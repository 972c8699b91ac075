#pragma once

#include <juggle/cuda/detail/events_awaiter.hpp>
#include <juggle/cuda/record.hpp>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda {

/// `co_await finish(stream)` goes on when everything given to `stream` before this call has ended;
/// `cuStreamSynchronize`, but the thread does other things meanwhile.
///
/// Throws what `record` throws, and `Error` if the work fails.
[[nodiscard]] inline detail::OwnEventAwaiter finish(CUstream stream) {
    return detail::OwnEventAwaiter{record(stream)};
}

}  // namespace juggle::cuda
