#pragma once

// The device of a program that is written once for OpenCL and CUDA: what it needs of either, under
// the same names, as `gpu`. Its sources are compiled once for each (cmake/JuggleGpu.cmake), in a
// namespace ON_GPU of their own. This is OpenCL's; common/gpu/cuda has CUDA's.

#include "common/find_device.hpp"
#include "common/gpu/opencl/commands.hpp"
#include "common/gpu/opencl/device.hpp"
#include "common/gpu/opencl/host_memory.hpp"
#include "common/gpu/opencl/program.hpp"
#include "common/gpu/opencl/types.hpp"
#include "common/opencl.hpp"

#include <juggle/opencl.hpp>

#define ON_GPU on_opencl

namespace common::on_opencl {

using common::description;
using common::find_device;
using common::make_queue;
using juggle::opencl::enqueue;
using juggle::opencl::finish;
using juggle::opencl::FinishAtEnd;
using juggle::opencl::Resource;
using juggle::opencl::wait_on;

/// Completes when all that has been given to the queue so far has ended.
[[nodiscard]] inline Event record(const Queue& queue) { return juggle::opencl::marker(queue); }

}  // namespace common::on_opencl

namespace gpu = common::on_opencl;
