#pragma once

#include <cstddef>

namespace common {

/// How large a group of work-items, which CUDA calls a block of threads, may be.
struct GroupLimits {
    std::size_t size;
    std::size_t width;
    std::size_t height;
};

}  // namespace common
