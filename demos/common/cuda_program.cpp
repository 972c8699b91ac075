#include "common/cuda_program.hpp"

#include "common/cuda_driver.hpp"
#include "common/nvrtc.hpp"
#include "opencl_c_source.hpp"  // opencl_c.cuh as a string, made by CMake

#include <utility>

namespace common {
class CudaModule {
public:
    explicit CudaModule(const std::string& image) {
        COMMON_CUDA(cuCtxGetCurrent, &context_);
        COMMON_CUDA(cuModuleLoadData, &module_, image.c_str());
    }
    CudaModule(const CudaModule&) = delete;
    CudaModule& operator=(const CudaModule&) = delete;
    ~CudaModule() {
        // A context that is over has taken it along.
        const CudaDriver& driver = cuda_driver();
        if (driver.cuCtxPushCurrent(context_) == CUDA_SUCCESS) {
            static_cast<void>(driver.cuModuleUnload(module_));
            CUcontext popped = nullptr;
            static_cast<void>(driver.cuCtxPopCurrent(&popped));
        }
    }

    [[nodiscard]] CUfunction function(const char* name) const {
        CUfunction found = nullptr;
        check_cuda(cuda_driver().cuModuleGetFunction(&found, module_, name),
                   (std::string{"cuModuleGetFunction of "} + name).c_str());
        return found;
    }

private:
    CUcontext context_ = nullptr;
    CUmodule module_ = nullptr;
};

CudaProgram::CudaProgram(const std::string& image)
    : module_{std::make_shared<const CudaModule>(image)} {}

CudaKernel CudaProgram::kernel(const char* name) const {
    return {.module = module_, .function = module_->function(name)};
}

int cuda_architecture() {
    CUdevice device = 0;
    COMMON_CUDA(cuCtxGetDevice, &device);
    int major = 0;
    int minor = 0;
    COMMON_CUDA(cuDeviceGetAttribute, &major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device);
    COMMON_CUDA(cuDeviceGetAttribute, &minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device);
    return 10 * major + minor;
}

std::string compile_opencl_c(std::string_view source, const std::vector<std::string>& macros,
                             int architecture) {
    std::vector<std::string> options{"--device-as-default-execution-space", "--fmad=false"};
    for (const std::string& macro : macros) {
        options.push_back("-D" + macro);
    }
    return compile_by_nvrtc(std::string{opencl_c_source} + std::string{source}, std::move(options),
                            architecture);
}

}  // namespace common
