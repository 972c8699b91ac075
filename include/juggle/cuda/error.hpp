#pragma once

#include <juggle/config.hpp>
#include <juggle/cuda/detail/export.hpp>

#include <stdexcept>
#include <string>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda {

/// The name of a code of the driver's, such as "CUDA_ERROR_LAUNCH_FAILED", as the driver gives it;
/// "unknown error" if it knows none, or if there is no driver.
[[nodiscard]] JUGGLE_CUDA_EXPORT const char* error_name(CUresult code) noexcept;

/// A call of the CUDA driver failed, or the work in a stream did. Or there is no driver: the code
/// is `CUDA_ERROR_SHARED_OBJECT_INIT_FAILED` then, or `CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND`
/// if it lacks a function, and the message names what is missing.
class JUGGLE_CUDA_EXCEPTION Error : public std::runtime_error {
public:
    JUGGLE_CUDA_EXPORT Error(CUresult code, const std::string& call);

    [[nodiscard]] CUresult code() const noexcept { return code_; }
    [[nodiscard]] const char* name() const noexcept { return error_name(code_); }
    /// The call that returned the code, or what was waited for.
    [[nodiscard]] const std::string& call() const noexcept { return call_; }

private:
    CUresult code_;
    std::string call_;
};

}  // namespace juggle::cuda
