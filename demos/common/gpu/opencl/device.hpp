#pragma once

#include "common/gpu/group_limits.hpp"
#include "common/gpu/opencl/types.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace common::on_opencl {

[[nodiscard]] std::string name(const Device& device);
/// Whose driver it is.
[[nodiscard]] std::string platform_name(const Device& device);

[[nodiscard]] std::uint64_t memory_bytes(const Device& device);
/// Of one buffer.
[[nodiscard]] std::uint64_t most_bytes(const Device& device);
/// What `sleep` is there.
inline constexpr const char* host_functions = "native kernels";
[[nodiscard]] bool has_host_functions(const Device& device);
/// How many neighbours a work-item had better compute, in floats.
[[nodiscard]] std::size_t vector_width(const Device& device);
[[nodiscard]] GroupLimits group_limits(const Kernel& kernel, const Device& device);

[[nodiscard]] Buffer make_buffer(const Context& context, std::size_t bytes);
/// What kernels only read.
[[nodiscard]] Buffer make_table(const Context& context, std::span<const float> values);

}  // namespace common::on_opencl
