#pragma once

#include "driver.hpp"

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// Makes a context the thread's own while it lives, and leaves the thread as it was: with the
/// context that was current before, or none.
class PushedContext {
public:
    PushedContext(const Driver& driver, CUcontext context) noexcept
        : driver_{driver}, code_{driver.cuCtxGetCurrent(&before_)} {
        if (code_ == CUDA_SUCCESS && before_ != context) {
            call_ = "cuCtxPushCurrent";
            code_ = driver.cuCtxPushCurrent(context);
            pushed_ = code_ == CUDA_SUCCESS;
        }
    }
    PushedContext(const PushedContext&) = delete;
    PushedContext& operator=(const PushedContext&) = delete;
    ~PushedContext() {
        CUcontext mine = nullptr;
        if (pushed_ && driver_.cuCtxPopCurrent(&mine) != CUDA_SUCCESS &&
            driver_.cuCtxPopCurrent(&mine) != CUDA_SUCCESS) {
            (void)driver_.cuCtxSetCurrent(before_);  // it is current, if one deeper in the stack
        }
    }

    /// Whether it is; if not, why.
    [[nodiscard]] CUresult code() const noexcept { return code_; }
    /// The driver's function that says so.
    [[nodiscard]] const char* call() const noexcept { return call_; }

private:
    const Driver& driver_;
    CUcontext before_ = nullptr;
    const char* call_ = "cuCtxGetCurrent";
    CUresult code_;
    bool pushed_ = false;
};

}  // namespace juggle::cuda::detail
