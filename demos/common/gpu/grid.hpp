#pragma once

#include <cstddef>

namespace common {

/// The work-items of a kernel, in groups that fill it: CUDA calls them threads and blocks.
struct Grid {
    std::size_t width;  ///< a multiple of the groups'
    std::size_t height;
    std::size_t group_width;
    std::size_t group_height;
};

}  // namespace common
