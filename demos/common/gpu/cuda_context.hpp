#pragma once

#include "common/cuda_driver.hpp"

#include <memory>
#include <string>

#include <cuda.h>

namespace common::gpu {

/// The primary context of a device, as long as there is something in it.
class CudaContext {
public:
    /// Throws CudaError.
    explicit CudaContext(CUdevice device) : device_{device} {
        COMMON_CUDA(cuDevicePrimaryCtxRetain, &context_, device);
    }
    CudaContext(const CudaContext&) = delete;
    CudaContext& operator=(const CudaContext&) = delete;
    ~CudaContext() { static_cast<void>(cuda_driver().cuDevicePrimaryCtxRelease(device_)); }

    [[nodiscard]] CUdevice device() const noexcept { return device_; }
    [[nodiscard]] CUcontext native() const noexcept { return context_; }

    /// Gives something in it back: calls the function with the driver while the context is current.
    /// A context that is over has taken all along.
    template <class Function>
    void give_back(Function function) const noexcept {
        const CudaDriver& driver = cuda_driver();
        if (driver.cuCtxPushCurrent(context_) == CUDA_SUCCESS) {
            function(driver);
            CUcontext popped = nullptr;
            static_cast<void>(driver.cuCtxPopCurrent(&popped));
        }
    }

private:
    CUdevice device_;
    CUcontext context_ = nullptr;
};

using CudaContextPtr = std::shared_ptr<const CudaContext>;

/// Throws CudaError.
[[nodiscard]] std::string name_of(CUdevice device);

/// The device that `--device` names, an index or a part of the name (upper and lower case are the
/// same), or empty for the first. Throws Error if there is none; CudaError.
[[nodiscard]] CUdevice find_cuda_device(const std::string& device);

}  // namespace common::gpu
