#pragma once

// The functions of the CUDA driver that the simulation has, by their names in `cuda.h`, whose
// macros make the versions of them that are exported.
//
//     #define CALL(name, needs, parameters, arguments) ...
//     JUGGLE_CUDA_CALLS(CALL)
//
// `needs` is what is looked into before anything else: nothing; that `cuInit` was called; that
// there is a current context too.

#include <cuda.h>

// clang-format off
#if CUDA_VERSION >= 13000
#define JUGGLE_CUDA_CREATE_CONTEXT(CALL) \
    CALL(cuCtxCreate, init, (CUcontext* a, CUctxCreateParams* b, unsigned int c, CUdevice d), \
         (a, b, c, d))
#else
#define JUGGLE_CUDA_CREATE_CONTEXT(CALL) \
    CALL(cuCtxCreate, init, (CUcontext* a, unsigned int b, CUdevice c), (a, b, c))
#endif
#if CUDA_VERSION >= 12000
#define JUGGLE_CUDA_GET_FUNCTION(CALL) \
    CALL(cuGetProcAddress, nothing, (const char* a, void** b, int c, cuuint64_t d, \
         CUdriverProcAddressQueryResult* e), (a, b, c, d, e))
#define JUGGLE_CUDA_GET_CONTEXT_ID(CALL) \
    CALL(cuCtxGetId, init, (CUcontext a, unsigned long long* b), (a, b))
#else
#define JUGGLE_CUDA_GET_CONTEXT_ID(CALL)
#define JUGGLE_CUDA_GET_FUNCTION(CALL) \
    CALL(cuGetProcAddress, nothing, (const char* a, void** b, int c, cuuint64_t d), (a, b, c, d))
#endif

#define JUGGLE_CUDA_CALLS(CALL) \
    CALL(cuInit, nothing, (unsigned int a), (a)) \
    CALL(cuDriverGetVersion, nothing, (int* a), (a)) \
    CALL(cuGetErrorName, nothing, (CUresult a, const char** b), (a, b)) \
    CALL(cuGetErrorString, nothing, (CUresult a, const char** b), (a, b)) \
    JUGGLE_CUDA_GET_FUNCTION(CALL) \
    CALL(cuDeviceGetCount, init, (int* a), (a)) \
    CALL(cuDeviceGet, init, (CUdevice* a, int b), (a, b)) \
    CALL(cuDeviceGetName, init, (char* a, int b, CUdevice c), (a, b, c)) \
    CALL(cuDeviceGetAttribute, init, (int* a, CUdevice_attribute b, CUdevice c), (a, b, c)) \
    CALL(cuDeviceTotalMem, init, (size_t* a, CUdevice b), (a, b)) \
    CALL(cuDevicePrimaryCtxRetain, init, (CUcontext* a, CUdevice b), (a, b)) \
    CALL(cuDevicePrimaryCtxRelease, init, (CUdevice a), (a)) \
    JUGGLE_CUDA_CREATE_CONTEXT(CALL) \
    CALL(cuCtxDestroy, init, (CUcontext a), (a)) \
    CALL(cuCtxGetCurrent, init, (CUcontext* a), (a)) \
    CALL(cuCtxSetCurrent, init, (CUcontext a), (a)) \
    CALL(cuCtxPushCurrent, init, (CUcontext a), (a)) \
    CALL(cuCtxPopCurrent, init, (CUcontext* a), (a)) \
    CALL(cuCtxGetDevice, context, (CUdevice* a), (a)) \
    JUGGLE_CUDA_GET_CONTEXT_ID(CALL) \
    CALL(cuCtxSynchronize, context, (), ()) \
    CALL(cuStreamCreate, context, (CUstream* a, unsigned int b), (a, b)) \
    CALL(cuStreamCreateWithPriority, context, (CUstream* a, unsigned int b, int c), (a, b, c)) \
    CALL(cuStreamDestroy, context, (CUstream a), (a)) \
    CALL(cuStreamGetCtx, init, (CUstream a, CUcontext* b), (a, b)) \
    CALL(cuStreamQuery, context, (CUstream a), (a)) \
    CALL(cuStreamSynchronize, context, (CUstream a), (a)) \
    CALL(cuStreamWaitEvent, context, (CUstream a, CUevent b, unsigned int c), (a, b, c)) \
    CALL(cuStreamIsCapturing, init, (CUstream a, CUstreamCaptureStatus* b), (a, b)) \
    CALL(cuStreamBeginCapture, context, (CUstream a, CUstreamCaptureMode b), (a, b)) \
    CALL(cuStreamEndCapture, context, (CUstream a, CUgraph* b), (a, b)) \
    CALL(cuThreadExchangeStreamCaptureMode, init, (CUstreamCaptureMode* a), (a)) \
    CALL(cuGraphDestroy, init, (CUgraph a), (a)) \
    CALL(cuLaunchHostFunc, context, (CUstream a, CUhostFn b, void* c), (a, b, c)) \
    CALL(cuModuleLoadData, context, (CUmodule* a, const void* b), (a, b)) \
    CALL(cuModuleUnload, context, (CUmodule a), (a)) \
    CALL(cuModuleGetFunction, context, (CUfunction* a, CUmodule b, const char* c), (a, b, c)) \
    CALL(cuFuncGetAttribute, context, (int* a, CUfunction_attribute b, CUfunction c), (a, b, c)) \
    CALL(cuLaunchKernel, context, (CUfunction a, unsigned int b, unsigned int c, unsigned int d, \
         unsigned int e, unsigned int f, unsigned int g, unsigned int h, CUstream i, void** j, \
         void** k), (a, b, c, d, e, f, g, h, i, j, k)) \
    CALL(cuEventCreate, context, (CUevent* a, unsigned int b), (a, b)) \
    CALL(cuEventDestroy, context, (CUevent a), (a)) \
    CALL(cuEventRecord, context, (CUevent a, CUstream b), (a, b)) \
    CALL(cuEventQuery, init, (CUevent a), (a)) \
    CALL(cuEventSynchronize, context, (CUevent a), (a)) \
    CALL(cuEventElapsedTime, context, (float* a, CUevent b, CUevent c), (a, b, c)) \
    CALL(cuMemAlloc, context, (CUdeviceptr* a, size_t b), (a, b)) \
    CALL(cuMemFree, context, (CUdeviceptr a), (a)) \
    CALL(cuMemGetInfo, context, (size_t* a, size_t* b), (a, b)) \
    CALL(cuMemHostAlloc, context, (void** a, size_t b, unsigned int c), (a, b, c)) \
    CALL(cuMemFreeHost, context, (void* a), (a)) \
    CALL(cuMemcpyHtoDAsync, context, (CUdeviceptr a, const void* b, size_t c, CUstream d), \
         (a, b, c, d)) \
    CALL(cuMemcpyDtoHAsync, context, (void* a, CUdeviceptr b, size_t c, CUstream d), (a, b, c, d)) \
    CALL(cuMemcpyDtoDAsync, context, (CUdeviceptr a, CUdeviceptr b, size_t c, CUstream d), \
         (a, b, c, d)) \
    CALL(cuMemsetD8Async, context, (CUdeviceptr a, unsigned char b, size_t c, CUstream d), \
         (a, b, c, d)) \
    CALL(cuMemsetD32Async, context, (CUdeviceptr a, unsigned int b, size_t c, CUstream d), \
         (a, b, c, d))
// clang-format on
