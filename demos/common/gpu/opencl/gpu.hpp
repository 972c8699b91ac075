#pragma once

// OpenCL for sources that are written once for OpenCL and CUDA, and compiled once for each
// (juggle_on_each_gpu in cmake/JugglePrograms.cmake): `gpu` has the same names for either, and
// ON_GPU is the namespace of what is compiled. common/gpu/cuda/gpu.hpp is its like.

#include "common/gpu/enqueue.hpp"
#include "common/gpu/opencl_device.hpp"
#include "common/opencl.hpp"

#include <juggle/opencl.hpp>

#include <string>

#define ON_GPU on_opencl

namespace common::on_opencl {

using Device = gpu::OpenClDevice;
using Queue = Device::Queue;
using Commands = Device::Commands;
using Event = Device::Event;
using Kernel = Device::Kernel;
using Memory = Device::Memory;
template <class Element>
using HostBuffer = Device::HostBuffer<Element>;
/// What their calls throw.
using Error = cl::Error;

/// As OpenClDevice's constructor.
[[nodiscard]] inline Device find_device(const std::string& platform, const std::string& device) {
    return {platform, device};
}

using common::description;
using gpu::enqueue;
using juggle::opencl::finish;
using juggle::opencl::FinishAtEnd;
using juggle::opencl::Resource;
using juggle::opencl::wait_on;

/// Completes when all that has been given to the queue so far has ended.
[[nodiscard]] inline Event record(const Queue& queue) {
    return juggle::opencl::marker(queue.native());
}

/// What `sleep` of Commands is.
inline constexpr const char* host_functions = "native kernels";

}  // namespace common::on_opencl

namespace gpu = common::on_opencl;
