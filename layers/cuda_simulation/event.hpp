#pragma once

#include "cuda_simulation/capture.hpp"
#include "cuda_simulation/command.hpp"
#include "cuda_simulation/context.hpp"

#include <memory>

namespace layer::cuda {

/// An event, as far as it is not the place in a stream where it was recorded last.
struct Event {
    ContextPtr context;
    unsigned flags = 0;
    PointPtr recorded;  // null before the first time
    Captured captured;  // if it was recorded last in a capture
};
using EventPtr = std::shared_ptr<Event>;

}  // namespace layer::cuda
