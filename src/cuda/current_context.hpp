#pragma once

#include "driver.hpp"

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// Makes a context the thread's own while it lives, and leaves the thread as it was: with the
/// context that was current before, or none. Meanwhile the thread may ask and create what it likes
/// though a graph is being captured, by itself or by another thread: that ends such a capture
/// otherwise, and nothing that is done here belongs to it.
class CurrentContext {
public:
    CurrentContext(const Driver& driver, CUcontext context) noexcept
        : driver_{driver}, relaxed_{exchange_mode()}, code_{driver.cuCtxGetCurrent(&before_)} {
        if (code_ == CUDA_SUCCESS && before_ != context) {
            code_ = driver.cuCtxPushCurrent(context);
            pushed_ = code_ == CUDA_SUCCESS;
        }
    }
    CurrentContext(const CurrentContext&) = delete;
    CurrentContext& operator=(const CurrentContext&) = delete;
    ~CurrentContext() {
        CUcontext mine = nullptr;
        if (pushed_ && driver_.cuCtxPopCurrent(&mine) != CUDA_SUCCESS &&
            driver_.cuCtxPopCurrent(&mine) != CUDA_SUCCESS) {
            (void)driver_.cuCtxSetCurrent(before_);  // it is current, if one deeper in the stack
        }
        if (relaxed_ && !exchange_mode()) {
            (void)exchange_mode();
        }
    }

    /// Whether it is; if not, why.
    [[nodiscard]] CUresult code() const noexcept { return code_; }

private:
    [[nodiscard]] bool exchange_mode() noexcept {
        return driver_.cuThreadExchangeStreamCaptureMode(&mode_) == CUDA_SUCCESS;
    }

    const Driver& driver_;
    CUstreamCaptureMode mode_ = CU_STREAM_CAPTURE_MODE_RELAXED;  // the other one
    bool relaxed_;
    CUcontext before_ = nullptr;
    CUresult code_;
    bool pushed_ = false;
};

}  // namespace juggle::cuda::detail
