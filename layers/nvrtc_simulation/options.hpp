#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace layer::nvrtc {

/// What the options of a program mean to the compiler of the host.
struct Options {
    std::vector<std::string> preprocessor;  // -D, -U, -I, -include
    std::string standard = "-std=c++17";
    std::string contraction = "-ffp-contract=fast";
    std::string architecture;  // of the device, its number; empty: the least of all
    bool is_virtual = true;    // compute_..., not sm_...
    std::string refusal;       // a line for the log; empty: none
};

/// The numbers of all architectures that there are, such as 80.
[[nodiscard]] const std::vector<int>& architectures();

[[nodiscard]] Options parse_options(int count, const char* const* options);

}  // namespace layer::nvrtc
