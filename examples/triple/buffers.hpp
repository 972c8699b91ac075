#pragma once

#include "gpu.hpp"
#include "pipeline.hpp"
#include "ring.hpp"

#include <cstddef>

namespace triple::ON_GPU {

// [buffers]
using HostBuffer = gpu::Resource<gpu::HostBuffer<float>>;
using DeviceBuffer = gpu::Resource<gpu::Memory>;
using HostTicket = HostBuffer::Allocation;
using DeviceTicket = DeviceBuffer::Allocation;

/// All memory that chunks travel through, each piece with its line of chunks that want it.
struct Buffers {
    Buffers(Pipeline& p, std::size_t count)
        : h_in{count, [&] { return HostBuffer{"host input", p.host_buffer()}; }},
          h_out{count, [&] { return HostBuffer{"host output", p.host_buffer()}; }},
          d_in{count, [&] { return DeviceBuffer{"device input", p.device_memory()}; }},
          d_out{count, [&] { return DeviceBuffer{"device output", p.device_memory()}; }} {}

    Ring<HostBuffer> h_in;
    Ring<HostBuffer> h_out;
    Ring<DeviceBuffer> d_in;
    Ring<DeviceBuffer> d_out;
};
// [/buffers]

}  // namespace triple::ON_GPU
