#pragma once

#include "common/cuda_program.hpp"
#include "common/gpu/cuda/context.hpp"
#include "common/gpu/cuda/device.hpp"

#include <string>
#include <vector>

namespace common::on_cuda {

using Program = CudaProgram;

/// Compiles OpenCL C, as far as opencl_c.cuh goes. `definitions`: those of macros, such as
/// "WIDTH=1". Throws common::Error with what NVRTC says if it refuses the source, or if there is no
/// NVRTC.
[[nodiscard]] inline Program build_program(const Context& /*context*/, const Device& /*device*/,
                                           const std::string& source,
                                           const std::vector<std::string>& definitions = {}) {
    return CudaProgram{compile_opencl_c(source, definitions, cuda_architecture())};
}

}  // namespace common::on_cuda
