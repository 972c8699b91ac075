#pragma once

#include "cuda_simulation/stream.hpp"

#include <map>
#include <memory>
#include <thread>

#include <cuda.h>

namespace layer::cuda {

/// The driver's mutex guards all members that change.
struct Context {
    CUcontext handle = nullptr;
    unsigned long long id = 0;  // of no other context, before or after
    CUdevice device = 0;
    bool is_primary = false;
    bool is_destroyed = false;
    CUresult error = CUDA_SUCCESS;  // sticky

    // Made when they are first used.
    StreamPtr legacy;
    std::map<std::thread::id, StreamPtr> per_thread;
};
using ContextPtr = std::shared_ptr<Context>;

}  // namespace layer::cuda
