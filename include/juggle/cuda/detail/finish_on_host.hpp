#pragma once

#include <juggle/config.hpp>
#include <juggle/cuda/detail/export.hpp>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// A stream to be finished, and its context. Throws what a call that is given the stream throws.
struct StreamToFinish {
    JUGGLE_CUDA_EXPORT explicit StreamToFinish(CUstream to_finish);

    /// Waits until all that it was given has ended, for what that uses is to go. So a driver that
    /// refuses is asked again and again for a while; false, after a report, if it has refused to
    /// the end.
    [[nodiscard]] JUGGLE_CUDA_EXPORT bool finish() const noexcept;

    CUstream stream;
    CUcontext context = nullptr;
};

/// Memory of which nobody knows whether the device still uses it, and which is never freed for
/// that.
class Refuge {
public:
    Refuge() = default;
    Refuge(const Refuge&) = delete;
    Refuge& operator=(const Refuge&) = delete;

    /// It stays forever, in a list, so that leak checkers know that somebody has thought of it.
    JUGGLE_CUDA_EXPORT void keep() noexcept;

protected:
    ~Refuge() = default;

private:
    Refuge* before_ = nullptr;
};

}  // namespace juggle::cuda::detail
