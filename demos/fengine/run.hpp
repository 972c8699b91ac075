#pragma once

#include "fengine/options.hpp"

namespace fengine {

// The program, of which there is one for each kind of device: until its end. Throws what has a
// message for the user.

namespace on_opencl {
void run(const Options& options);
}  // namespace on_opencl

namespace on_cuda {
void run(const Options& options);
}  // namespace on_cuda

}  // namespace fengine
