#pragma once

#include "common/cuda_driver.hpp"

#include <string>

namespace common::on_cuda {

/// What the calls of the programs' own throw.
using Error = CudaError;

[[nodiscard]] inline std::string description(const Error& error) { return error.what(); }

}  // namespace common::on_cuda
