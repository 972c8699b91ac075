#pragma once

#include <juggle/config.hpp>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// Waits until all that the stream was given has ended. A driver that refuses is asked again and
/// again for a while, unless its context is over.
[[nodiscard]] CUresult synchronize(CUcontext context, CUstream stream) noexcept;

}  // namespace juggle::cuda::detail
