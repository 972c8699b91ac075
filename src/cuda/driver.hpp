#pragma once

#include <juggle/config.hpp>

#include <cuda.h>

// The driver's functions that the bridge calls, each by the name and of the version to which cuda.h
// maps it.
#define JUGGLE_CUDA_FUNCTIONS(function) \
    function(cuCtxGetCurrent);          \
    function(cuCtxSetCurrent);          \
    function(cuCtxPushCurrent);         \
    function(cuCtxPopCurrent);          \
    function(cuEventCreate);            \
    function(cuEventDestroy);           \
    function(cuEventElapsedTime);       \
    function(cuEventQuery);             \
    function(cuEventRecord);            \
    function(cuEventSynchronize);       \
    function(cuGetErrorName);           \
    function(cuGetErrorString);         \
    function(cuLaunchHostFunc);         \
    function(cuMemFreeHost);            \
    function(cuMemHostAlloc);           \
    function(cuStreamCreate);           \
    function(cuStreamDestroy);          \
    function(cuStreamGetCtx);           \
    function(cuStreamIsCapturing);      \
    function(cuStreamQuery);            \
    function(cuStreamSynchronize);      \
    function(cuStreamWaitEvent);        \
    function(cuThreadExchangeStreamCaptureMode)

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// The driver, libcuda.so.1, which is loaded when it is first asked for.
struct Driver {
#define JUGGLE_CUDA_DECLARE(name) decltype(&::name) name = nullptr
    JUGGLE_CUDA_FUNCTIONS(JUGGLE_CUDA_DECLARE);
#undef JUGGLE_CUDA_DECLARE
    /// Of CUDA 12; null in a driver before. Tells a context from one that has been at its address.
    CUresult(CUDAAPI* context_id)(CUcontext context, unsigned long long* id) = nullptr;
};

/// Throws `Error`, naming `call` and what is missing, if there is none; it is looked for again the
/// next time. `std::bad_alloc`.
[[nodiscard]] const Driver& driver(const char* call);

/// Null if it has not been loaded.
[[nodiscard]] const Driver* loaded_driver() noexcept;

}  // namespace juggle::cuda::detail
