#pragma once

#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <string>
#include <string_view>

namespace common {

/// "<call> failed with <name of the status> (<status>)"
[[nodiscard]] std::string description(const cl::Error& error);

/// Throws Error with what the device's compiler says if it refuses the source.
[[nodiscard]] cl::Program build_program(const cl::Context& context, const cl::Device& device,
                                        const std::string& source, const std::string& options = "");

/// In order. If a timeline is to show it, it has a name there. It keeps the device's own times
/// then, and if it is `timed`.
[[nodiscard]] cl::CommandQueue make_queue(const cl::Context& context, const cl::Device& device,
                                          juggle::Timeline* timeline, std::string_view name,
                                          bool timed = false);

}  // namespace common
