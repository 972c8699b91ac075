#pragma once

#include <cuda.h>

namespace common::on_cuda {

/// What a function takes that `gpu::enqueue` calls, and passes on to the calls that enqueue. There
/// is nothing in it: commands of a stream have neither wait lists nor events of their own.
class Commands {
public:
    Commands() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): that is what a function of enqueue's is given
    Commands(CUstream /*stream*/) noexcept {}
};

}  // namespace common::on_cuda
