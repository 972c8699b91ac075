#pragma once

#include "common/gpu/cuda_context.hpp"

#include <juggle/cuda/pinned_buffer.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace common::gpu {

/// Page-locked memory of the host; the like of HostBuffer.
template <class T>
class CudaHostBuffer {
public:
    /// Throws CudaError, juggle::cuda::Error.
    CudaHostBuffer(CudaContextPtr context, std::size_t size)
        : context_{std::move(context)}, memory_{allocate(*context_, size)},
          span_{memory_.data(), size} {}

    [[nodiscard]] T* data() const noexcept { return span_.data(); }
    [[nodiscard]] std::span<T> span() const noexcept { return span_; }

private:
    static juggle::cuda::PinnedBuffer<T> allocate(const CudaContext& context, std::size_t size) {
        const CudaContextScope current{context.native()};
        return juggle::cuda::PinnedBuffer<T>{size};
    }

    CudaContextPtr context_;
    juggle::cuda::PinnedBuffer<T> memory_;
    std::span<T> span_;
};

}  // namespace common::gpu
