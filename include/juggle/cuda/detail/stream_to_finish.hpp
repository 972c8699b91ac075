#pragma once

#include <juggle/config.hpp>
#include <juggle/cuda/detail/export.hpp>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// The work of a `FinishAtEnd`: what a stream was given. Throws what a call that is given the
/// stream throws.
class StreamToFinish {
public:
    JUGGLE_CUDA_EXPORT explicit StreamToFinish(CUstream stream);

    /// Waits until all that it was given has ended, for what that uses is to go. So a driver that
    /// refuses is asked again and again for a while; false, after a report, if it has refused to
    /// the end.
    [[nodiscard]] JUGGLE_CUDA_EXPORT bool finish() const noexcept;

private:
    CUstream stream_;
    CUcontext context_;
};

}  // namespace juggle::cuda::detail
