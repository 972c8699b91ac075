#pragma once

#include <stdexcept>
#include <string>

#include <cuda.h>

// The driver's functions that the programs call themselves, by their names in cuda.h.
#define COMMON_CUDA_FUNCTIONS(function)  \
    function(cuInit);                    \
    function(cuDriverGetVersion);        \
    function(cuDeviceGet);               \
    function(cuDeviceGetCount);          \
    function(cuDeviceGetName);           \
    function(cuDeviceGetAttribute);      \
    function(cuDeviceTotalMem);          \
    function(cuDevicePrimaryCtxRetain);  \
    function(cuDevicePrimaryCtxRelease); \
    function(cuCtxGetCurrent);           \
    function(cuCtxGetDevice);            \
    function(cuCtxSetCurrent);           \
    function(cuCtxPushCurrent);          \
    function(cuCtxPopCurrent);           \
    function(cuStreamCreate);            \
    function(cuStreamDestroy);           \
    function(cuStreamSynchronize);       \
    function(cuEventCreate);             \
    function(cuEventDestroy);            \
    function(cuEventRecord);             \
    function(cuEventElapsedTime);        \
    function(cuFuncGetAttribute);        \
    function(cuModuleLoadData);          \
    function(cuModuleUnload);            \
    function(cuModuleGetFunction);       \
    function(cuLaunchKernel);            \
    function(cuLaunchHostFunc);          \
    function(cuMemAlloc);                \
    function(cuMemFree);                 \
    function(cuMemcpyHtoDAsync);         \
    function(cuMemcpyDtoHAsync);         \
    function(cuMemcpyDtoDAsync);         \
    function(cuMemsetD32Async);          \
    function(cuGetErrorName);            \
    function(cuGetErrorString)

namespace common {

/// libcuda.so.1, which is loaded when it is first asked for, so that one binary runs with and
/// without it; or what the environment variable `JUGGLE_CUDA_LIBRARY` names, as for juggle::cuda.
struct CudaDriver {
#define COMMON_CUDA_DECLARE(name) decltype(&::name) name = nullptr
    COMMON_CUDA_FUNCTIONS(COMMON_CUDA_DECLARE);
#undef COMMON_CUDA_DECLARE
};

/// Throws Error, which says what is missing.
[[nodiscard]] const CudaDriver& cuda_driver();

/// "<call> failed with <name of the code> (<code>): <what the driver says of it>"
class CudaError : public std::runtime_error {
public:
    CudaError(CUresult code, const std::string& call);

    [[nodiscard]] CUresult code() const noexcept { return code_; }

private:
    CUresult code_;
};

/// Throws CudaError unless it is CUDA_SUCCESS. `call` is the driver's function that gave it.
void check_cuda(CUresult code, const char* call);

/// Calls a function of the driver, by its name: COMMON_CUDA(cuMemAlloc, &address, size).
#define COMMON_CUDA(name, ...) \
    ::common::check_cuda(::common::cuda_driver().name(__VA_ARGS__), #name)

/// A context that is the thread's current one for a while.
class CudaContextScope {
public:
    /// Throws CudaError.
    explicit CudaContextScope(CUcontext context) { COMMON_CUDA(cuCtxPushCurrent, context); }
    CudaContextScope(const CudaContextScope&) = delete;
    CudaContextScope& operator=(const CudaContextScope&) = delete;
    ~CudaContextScope() {
        CUcontext popped = nullptr;
        static_cast<void>(cuda_driver().cuCtxPopCurrent(&popped));
    }
};

}  // namespace common
