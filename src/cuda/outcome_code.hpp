#pragma once

#include "stream_context.hpp"

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// The driver cannot be asked here and now, and has said nothing of the commands: a thread captures
/// a graph, or this is a host function of a stream's.
[[nodiscard]] constexpr bool is_refusal(CUresult code) noexcept {
    return is_of_capture(code) || code == CUDA_ERROR_NOT_PERMITTED;
}

/// The context was destroyed, or the driver is at its end, and nothing of it runs any more. Another
/// failure of a context says nothing of what else it is at: a kernel or a copy may go on for a
/// while.
[[nodiscard]] constexpr bool is_gone(CUresult code) noexcept {
    return code == CUDA_ERROR_INVALID_CONTEXT ||  // which has been one
           code == CUDA_ERROR_CONTEXT_IS_DESTROYED || code == CUDA_ERROR_DEINITIALIZED;
}

/// The context can be used no more: cuda.h says of these that every further call returns the same.
[[nodiscard]] constexpr bool ends_context(CUresult code) noexcept {
    // CUDA_ERROR_CONTAINED, _TENSOR_MEMORY_LEAK, _EXTERNAL_DEVICE, which older headers do not have.
    if (code == CUresult(226) || code == CUresult(721) || code == CUresult(911)) {
        return true;
    }
    switch (code) {
        case CUDA_ERROR_ECC_UNCORRECTABLE:
        case CUDA_ERROR_ILLEGAL_ADDRESS:
        case CUDA_ERROR_LAUNCH_TIMEOUT:
        case CUDA_ERROR_ASSERT:
        case CUDA_ERROR_HARDWARE_STACK_ERROR:
        case CUDA_ERROR_ILLEGAL_INSTRUCTION:
        case CUDA_ERROR_MISALIGNED_ADDRESS:
        case CUDA_ERROR_INVALID_ADDRESS_SPACE:
        case CUDA_ERROR_INVALID_PC:
        case CUDA_ERROR_LAUNCH_FAILED:
        case CUDA_ERROR_MPS_CLIENT_TERMINATED:
            return true;
        default:
            return is_gone(code);
    }
}

}  // namespace juggle::cuda::detail
