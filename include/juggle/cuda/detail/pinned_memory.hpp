#pragma once

#include <juggle/config.hpp>
#include <juggle/cuda/detail/export.hpp>

#include <cstddef>
#include <utility>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// Page-locked host memory, of the context that was current when it was made.
class PinnedMemory {
public:
    PinnedMemory() noexcept = default;
    /// `Error` if the driver refuses, or if no context is current.
    JUGGLE_CUDA_EXPORT PinnedMemory(std::size_t count, std::size_t element_bytes);
    PinnedMemory(PinnedMemory&& other) noexcept
        : memory_{std::exchange(other.memory_, nullptr)}, context_{other.context_} {}
    PinnedMemory& operator=(PinnedMemory&& other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(context_, other.context_);
        return *this;
    }
    ~PinnedMemory() {
        if (memory_ != nullptr) {
            free();
        }
    }

    [[nodiscard]] void* get() const noexcept { return memory_; }

private:
    JUGGLE_CUDA_EXPORT void free() noexcept;

    void* memory_ = nullptr;
    CUcontext context_ = nullptr;
};

}  // namespace juggle::cuda::detail
