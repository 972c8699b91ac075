#pragma once

// What common/gpu/opencl/gpu.hpp is for OpenCL.

#include "common/gpu/cuda/commands.hpp"
#include "common/gpu/cuda/device.hpp"
#include "common/gpu/cuda/error.hpp"
#include "common/gpu/cuda/host_memory.hpp"
#include "common/gpu/cuda/program.hpp"
#include "common/gpu/cuda/queue.hpp"

#include <juggle/cuda.hpp>

#define ON_GPU on_cuda

namespace common::on_cuda {

using juggle::cuda::enqueue;
using juggle::cuda::Event;
using juggle::cuda::finish;
using juggle::cuda::FinishAtEnd;
using juggle::cuda::record;
using juggle::cuda::Resource;
using juggle::cuda::wait_on;

}  // namespace common::on_cuda

namespace gpu = common::on_cuda;
