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

/// In order. If a timeline is to show it, it has a name there, and keeps the device's own times.
[[nodiscard]] cl::CommandQueue make_queue(const cl::Context& context, const cl::Device& device,
                                          juggle::Timeline* timeline, std::string_view name);

/// Waits on the host until all that was enqueued has ended, for what it uses is to go. So a driver
/// that refuses is asked again and again for a while; what it said in the end is returned.
cl_int finish(const cl::CommandQueue& queue) noexcept;
/// The same; throws cl::Error if the driver refuses to the end.
void finish_or_throw(const cl::CommandQueue& queue);

}  // namespace common
