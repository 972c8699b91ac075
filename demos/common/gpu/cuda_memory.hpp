#pragma once

#include "common/gpu/cuda_context.hpp"

#include <cstddef>
#include <memory>

#include <cuda.h>

namespace common::gpu {

/// Memory of a device. A copy is the same memory, which goes with the last of them.
class CudaMemory {
public:
    /// Throws CudaError.
    CudaMemory(const CudaContextPtr& context, std::size_t bytes) {
        const CudaContextScope current{context->native()};
        COMMON_CUDA(cuMemAlloc, &address_, bytes);
        owner_ = {nullptr, [context, address = address_](void*) noexcept {
                      context->give_back([address](const CudaDriver& driver) {
                          static_cast<void>(driver.cuMemFree(address));
                      });
                  }};
    }

    [[nodiscard]] CUdeviceptr address() const noexcept { return address_; }

private:
    CUdeviceptr address_ = 0;
    std::shared_ptr<void> owner_;
};

}  // namespace common::gpu
