#pragma once

#include "driver.hpp"
#include "pushed_context.hpp"

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// Makes a context the thread's own, as `PushedContext` does. Meanwhile the thread may ask and
/// create what it likes though a graph is being captured, by itself or by another thread: that ends
/// such a capture otherwise, and nothing that is done here belongs to it.
class CurrentContext {
public:
    CurrentContext(const Driver& driver, CUcontext context) noexcept
        : relaxed_{driver}, pushed_{driver, context} {}

    /// Whether it is; if not, why.
    [[nodiscard]] CUresult code() const noexcept { return pushed_.code(); }
    /// The driver's function that says so.
    [[nodiscard]] const char* call() const noexcept { return pushed_.call(); }

private:
    class Relaxed {
    public:
        explicit Relaxed(const Driver& driver) noexcept : driver_{driver}, done_{exchange()} {}
        Relaxed(const Relaxed&) = delete;
        Relaxed& operator=(const Relaxed&) = delete;
        ~Relaxed() {
            if (done_ && !exchange()) {
                (void)exchange();
            }
        }

    private:
        [[nodiscard]] bool exchange() noexcept {
            return driver_.cuThreadExchangeStreamCaptureMode(&mode_) == CUDA_SUCCESS;
        }

        const Driver& driver_;
        CUstreamCaptureMode mode_ = CU_STREAM_CAPTURE_MODE_RELAXED;  // the other one
        bool done_;
    };

    Relaxed relaxed_;
    PushedContext pushed_;
};

}  // namespace juggle::cuda::detail
