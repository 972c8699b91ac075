#pragma once

#include "common/cuda_driver.hpp"

#include <memory>
#include <string>

#include <cuda.h>

namespace common::gpu {

/// The primary context of a device, while there is something of it.
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
