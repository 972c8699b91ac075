#pragma once

#include <string>
#include <vector>

namespace common {

/// Compiles CUDA C++ while the program runs, by NVRTC: libnvrtc.so, of CUDA 11.2 or later, or what
/// the environment variable `JUGGLE_NVRTC_LIBRARY` names. Gives code for the device itself if NVRTC
/// knows the architecture, as 90 of compute capability 9.0, else PTX for the latest before it,
/// which the driver compiles. `options` are the others. Throws Error if there is no NVRTC, if it
/// knows no such architecture, or if it refuses the source, with what it says.
[[nodiscard]] std::string compile_by_nvrtc(const std::string& source,
                                           std::vector<std::string> options, int architecture);

}  // namespace common
