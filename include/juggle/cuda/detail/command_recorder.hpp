#pragma once

#include <juggle/cuda/detail/export.hpp>
#include <juggle/cuda/event.hpp>

#include <string_view>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI {
class Observer;
}

namespace juggle::inline JUGGLE_ABI::cuda::detail {

JUGGLE_CUDA_EXPORT void name_stream(Observer& observer, CUstream stream,
                                    std::string_view name) noexcept;

/// Shows what an event that guards a resource stands for; not if it is shown otherwise.
JUGGLE_CUDA_EXPORT void record_guard(Observer& observer, const Event& event) noexcept;

}  // namespace juggle::cuda::detail
