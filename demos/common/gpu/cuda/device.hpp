#pragma once

#include "common/gpu/group_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

#include <cuda.h>

namespace common::on_cuda {

class Kernel;

struct Device {
    CUdevice handle = 0;
};

/// The device that `--device` names: an index as `nvidia-smi -L` counts, a part of the name (upper
/// and lower case are the same), or empty for the first one. There are no platforms: `--platform`
/// has to be empty. Throws common::Error if there is none.
[[nodiscard]] Device find_device(const std::string& platform, const std::string& device);

[[nodiscard]] std::string name(const Device& device);
/// The driver's: "CUDA 12.4".
[[nodiscard]] std::string platform_name(const Device& device);

[[nodiscard]] std::uint64_t memory_bytes(const Device& device);
/// Of one buffer.
[[nodiscard]] inline std::uint64_t most_bytes(const Device& device) { return memory_bytes(device); }
/// What `sleep` is there.
inline constexpr const char* host_functions = "host functions";
[[nodiscard]] inline bool has_host_functions(const Device& /*device*/) { return true; }
/// How many neighbours a work-item had better compute, in floats.
[[nodiscard]] inline std::size_t vector_width(const Device& /*device*/) { return 1; }
[[nodiscard]] GroupLimits group_limits(const Kernel& kernel, const Device& device);

}  // namespace common::on_cuda
