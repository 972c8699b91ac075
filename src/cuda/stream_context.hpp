#pragma once

#include "current_context.hpp"

#include <juggle/cuda/error.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// "record" and "cuStreamGetCtx, argument 'stream'".
[[nodiscard]] inline std::string call_name(const char* call, const char* what) {
    return std::string{call} + ": " + what;
}

inline void check(CUresult code, const char* call, const char* what) {
    if (code != CUDA_SUCCESS) [[unlikely]] {
        throw Error{code, call_name(call, what)};
    }
}

/// The stream, or one that it waits for, is being captured into a graph.
[[nodiscard]] constexpr bool is_of_capture(CUresult code) noexcept {
    return code >= CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED &&
           code <= CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
}

/// A stream that may be given commands: its context is current meanwhile, and it is not being
/// captured. Otherwise throws `Error`, or `std::logic_error` for one that is being captured, naming
/// `call`.
class StreamContext {
public:
    StreamContext(const char* call, CUstream stream)
        : StreamContext{call, stream, context_of(call, stream)} {}
    /// `context` is what `context_of` gave for the stream.
    StreamContext(const char* call, CUstream stream, CUcontext context)
        : driver_{detail::driver(call)}, context_{context}, current_{driver_, context_} {
        check(current_.code(), call, current_.call());
        CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
        check_stream(driver_.cuStreamIsCapturing(stream, &status), call, "cuStreamIsCapturing");
        if (status != CU_STREAM_CAPTURE_STATUS_NONE) {
            throw_captured(call);
        }
    }

    [[nodiscard]] const Driver& driver() const noexcept { return driver_; }
    [[nodiscard]] CUcontext context() const noexcept { return context_; }

    /// What the stream is of; the thread's current one for the legacy stream and the thread's own.
    [[nodiscard]] static CUcontext context_of(const char* call, CUstream stream) {
        CUcontext context = nullptr;
        check_stream(detail::driver(call).cuStreamGetCtx(stream, &context), call,
                     "cuStreamGetCtx, argument 'stream'");
        return context;
    }

    [[noreturn]] static void throw_captured(const char* call) {
        throw std::logic_error{"juggle: cuda::" + std::string{call} +
                               ": argument 'stream' is being captured into a graph, or waits for "
                               "one that is: what a graph does can be awaited when it is launched"};
    }

private:
    static void check_stream(CUresult code, const char* call, const char* what) {
        if (is_of_capture(code)) {
            throw_captured(call);
        }
        check(code, call, what);
    }

    const Driver& driver_;
    CUcontext context_;
    CurrentContext current_;
};

}  // namespace juggle::cuda::detail
