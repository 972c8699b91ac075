#pragma once

#include <CL/opencl.hpp>

#include <string>

namespace common {

/// The device that `--platform` and `--device` name: each is an index as `clinfo -l` counts, a part
/// of the name (upper and lower case are the same), or empty for any. Among several the first GPU
/// is taken, else the first device. Throws Error if there is none.
[[nodiscard]] cl::Device find_device(const std::string& platform, const std::string& device);

}  // namespace common
