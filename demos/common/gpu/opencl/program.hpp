#pragma once

#include "common/gpu/opencl/types.hpp"

#include <string>
#include <vector>

namespace common::on_opencl {

using Program = cl::Program;

/// Compiles OpenCL C. `definitions`: those of macros, such as "WIDTH=4". Throws common::Error with
/// what the compiler says if it refuses the source.
[[nodiscard]] Program build_program(const Context& context, const Device& device,
                                    const std::string& source,
                                    const std::vector<std::string>& definitions = {});

}  // namespace common::on_opencl
