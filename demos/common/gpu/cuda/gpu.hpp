#pragma once

// What common/gpu/opencl/gpu.hpp is for OpenCL.

#include "common/cuda_driver.hpp"
#include "common/error.hpp"
#include "common/gpu/cuda_device.hpp"
#include "common/gpu/enqueue.hpp"

#include <juggle/cuda.hpp>

#include <string>

#define ON_GPU on_cuda

namespace common::on_cuda {

using Device = gpu::CudaDevice;
using Queue = Device::Queue;
using Commands = Device::Commands;
using Event = Device::Event;
using Kernel = Device::Kernel;
using Memory = Device::Memory;
template <class Element>
using HostBuffer = Device::HostBuffer<Element>;
using Error = CudaError;

/// As CudaDevice's constructor; there are no platforms, so `platform` has to be empty.
[[nodiscard]] inline Device find_device(const std::string& platform, const std::string& device) {
    if (!platform.empty()) {
        throw common::Error("--platform: '" + platform + "': CUDA has no platforms");
    }
    return Device{device};
}

[[nodiscard]] inline std::string description(const Error& error) { return error.what(); }

using gpu::enqueue;
using juggle::cuda::finish;
using juggle::cuda::FinishAtEnd;
using juggle::cuda::record;
using juggle::cuda::Resource;
using juggle::cuda::wait_on;

inline constexpr const char* host_functions = "host functions";

}  // namespace common::on_cuda

namespace gpu = common::on_cuda;
