#pragma once

#include "common/host_buffer.hpp"

#include <juggle/opencl/resource.hpp>
#include <juggle/resource_ring.hpp>

#include <CL/opencl.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fengine {

/// Where a chunk is received into; see InputLayout.
struct HostInput {
    common::HostBuffer<std::byte> samples;
    std::vector<std::uint8_t> present;
};

using HostInputs = juggle::ResourceRing<HostInput, cl::Event>;
using DeviceInputs = juggle::ResourceRing<cl::Buffer, cl::Event>;

/// A chunk that has been received, and its memory.
struct InputChunk {
    std::uint64_t timestamp;  ///< of its first sample
    std::size_t missing;      ///< heaps
    HostInputs::Allocation memory;
};

}  // namespace fengine
