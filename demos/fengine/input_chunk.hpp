#pragma once

#include "gpu.hpp"

#include <juggle/resource_ring.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fengine::ON_GPU {

/// Where a chunk is received into; see InputLayout.
struct HostInput {
    gpu::HostBuffer<std::byte> samples;
    std::vector<std::uint8_t> present;
};

using HostInputs = juggle::ResourceRing<HostInput, gpu::Event>;
using DeviceInputs = juggle::ResourceRing<gpu::Memory, gpu::Event>;

/// A chunk that has been received, and its memory.
struct InputChunk {
    std::uint64_t timestamp;  ///< of its first sample
    std::size_t missing;      ///< heaps
    HostInputs::Allocation memory;
};

}  // namespace fengine::ON_GPU
