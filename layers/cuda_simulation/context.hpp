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
    CUdevice device = 0;
    bool is_primary = false;
    bool is_destroyed = false;
    CUresult error = CUDA_SUCCESS;  // sticky

    // Made when they are first used.
    StreamPtr legacy;
    std::map<std::thread::id, StreamPtr> per_thread;
};
using ContextPtr = std::shared_ptr<Context>;

/// An event, as far as it is not the place in a stream where it was recorded last.
struct Event {
    ContextPtr context;
    unsigned flags = 0;
    PointPtr recorded;  // null before the first time
    Captured captured;  // if it was recorded last in a capture
};
using EventPtr = std::shared_ptr<Event>;

}  // namespace layer::cuda
