#pragma once

// The devices that this program can be built for.

#include "common/gpu/opencl_device.hpp"

#ifdef DEMOS_CUDA
#include "common/gpu/cuda_device.hpp"
#endif

/// Instantiates a class template for each of them, behind its members' definitions.
#ifdef DEMOS_CUDA
#define COMMON_GPU_INSTANTIATE(Class)                \
    template class Class<common::gpu::OpenClDevice>; \
    template class Class<common::gpu::CudaDevice>
#else
#define COMMON_GPU_INSTANTIATE(Class) template class Class<common::gpu::OpenClDevice>
#endif
