#pragma once

#include "pipeline.hpp"
#include "ring.hpp"

#include <juggle/opencl.hpp>

#include <cstddef>
#include <vector>

namespace triple {

// [buffers]
using HostBuffer = juggle::opencl::Resource<std::vector<float>>;
using DeviceBuffer = juggle::opencl::Resource<cl::Buffer>;
using HostTicket = HostBuffer::Allocation;
using DeviceTicket = DeviceBuffer::Allocation;

/// All memory that chunks travel through, each piece with its line of chunks that want it.
struct Buffers {
    Buffers(Pipeline& p, std::size_t count)
        : h_in{count, [&] { return HostBuffer{"host input", p.host_buffer()}; }},
          h_out{count, [&] { return HostBuffer{"host output", p.host_buffer()}; }},
          d_in{count, [&] { return DeviceBuffer{"device input", p.device_buffer()}; }},
          d_out{count, [&] { return DeviceBuffer{"device output", p.device_buffer()}; }} {}

    Ring<HostBuffer> h_in;
    Ring<HostBuffer> h_out;
    Ring<DeviceBuffer> d_in;
    Ring<DeviceBuffer> d_out;
};
// [/buffers]

}  // namespace triple
