#include "common/gpu/cuda/context.hpp"

#include "common/cuda_driver.hpp"

namespace common::on_cuda {

struct Context::Retained {
    explicit Retained(CUdevice its_device) : device{its_device} {
        CUcontext context = nullptr;
        COMMON_CUDA(cuDevicePrimaryCtxRetain, &context, device);
        if (const CUresult code = cuda_driver().cuCtxSetCurrent(context); code != CUDA_SUCCESS) {
            cuda_driver().cuDevicePrimaryCtxRelease(device);
            check_cuda(code, "cuCtxSetCurrent");
        }
    }
    Retained(const Retained&) = delete;
    Retained& operator=(const Retained&) = delete;
    ~Retained() {
        cuda_driver().cuCtxSetCurrent(nullptr);
        cuda_driver().cuDevicePrimaryCtxRelease(device);
    }

    CUdevice device;
};

Context::Context(const Device& device)
    : retained_{std::make_shared<const Retained>(device.handle)} {}

}  // namespace common::on_cuda
