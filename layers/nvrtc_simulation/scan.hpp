#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace layer::nvrtc {

/// A preprocessed program, made ready for a C++ compiler.
struct Scanned {
    std::string text;                  // without __global__
    std::vector<std::string> kernels;  // each once
    std::string refusal;               // a line for the log: what the simulation has not; or empty
};

[[nodiscard]] Scanned scan(std::string_view preprocessed);

}  // namespace layer::nvrtc
