#pragma once

#include <CL/opencl.hpp>

#include <string>

namespace common {

/// "<call> failed with <name of the status> (<status>)"
[[nodiscard]] std::string description(const cl::Error& error);

/// Throws Error with what the device's compiler says if it refuses the source.
[[nodiscard]] cl::Program build_program(const cl::Context& context, const cl::Device& device,
                                        const std::string& source, const std::string& options = "");

/// Waits on the host until all that was enqueued has ended, for what it uses is to go. So a driver
/// that refuses is asked again and again for a while; what it said in the end is returned.
cl_int finish(const cl::CommandQueue& queue) noexcept;
/// The same; throws cl::Error if the driver refuses to the end.
void finish_or_throw(const cl::CommandQueue& queue);

}  // namespace common
