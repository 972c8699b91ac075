#include "driver.hpp"

#include <juggle/cuda/error.hpp>

namespace juggle::inline JUGGLE_ABI::cuda {

namespace {

/// ": unspecified launch failure"; nothing if the driver has no words for it.
std::string explanation(CUresult code) {
    const detail::Driver* const driver = detail::loaded_driver();
    const char* text = nullptr;
    if (driver == nullptr || driver->cuGetErrorString(code, &text) != CUDA_SUCCESS ||
        text == nullptr) {
        return {};
    }
    return std::string{": "} + text;
}

}  // namespace

const char* error_name(CUresult code) noexcept {
    // Those that say that there is no driver to ask.
    if (code == CUDA_ERROR_SHARED_OBJECT_INIT_FAILED) {
        return "CUDA_ERROR_SHARED_OBJECT_INIT_FAILED";
    }
    if (code == CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND) {
        return "CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND";
    }
    const detail::Driver* const driver = detail::loaded_driver();
    const char* name = nullptr;
    return driver == nullptr || driver->cuGetErrorName(code, &name) != CUDA_SUCCESS ||
                   name == nullptr
               ? "unknown error"
               : name;
}

Error::Error(CUresult code, const std::string& call)
    : std::runtime_error{"CUDA: " + call + ": " + error_name(code) + " (" +
                         std::to_string(static_cast<int>(code)) + ")" + explanation(code)},
      code_{code}, call_{call} {}

}  // namespace juggle::cuda
