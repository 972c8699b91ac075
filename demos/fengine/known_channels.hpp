#pragma once

#include "fengine/options.hpp"
#include "fengine/stream_kernels.hpp"
#include "gpu.hpp"

namespace fengine::ON_GPU {

/// Takes known samples through the kernels, in `compute`, and compares what comes out with the same
/// computed here in double. Throws common::Error that names the device if it is not the same: a
/// driver's compiler may be wrong. It also has the kernels compiled before the first packet comes.
void check_known_channels(StreamKernels& kernels, const Options& options,
                          const StreamOptions& stream, const InputLayout& input,
                          const gpu::Device& device, const gpu::Queue& compute);

}  // namespace fengine::ON_GPU
