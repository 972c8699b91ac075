#pragma once

#include <string>
#include <vector>

namespace common {

/// The code that NVRTC makes of a source: for the device itself if it knows the architecture, as 90
/// of compute capability 9.0, else PTX for the latest before it, which the driver compiles.
/// `options` are the others. Throws Error if there is no NVRTC, if it knows none, or if it refuses
/// the source, with what it says.
[[nodiscard]] std::string compile_by_nvrtc(const std::string& source,
                                           std::vector<std::string> options, int architecture);

}  // namespace common
