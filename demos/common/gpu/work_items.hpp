#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

namespace common::gpu {

/// How the work-items of a kernel are grouped: columns, and rows, of which there are as many more
/// as fill the last group.
struct WorkItems {
    std::size_t columns;       ///< a multiple of group_width
    std::size_t group_width;   ///< columns in a group
    std::size_t group_height;  ///< rows in a group

    [[nodiscard]] std::size_t groups_across() const { return columns / group_width; }
    [[nodiscard]] std::size_t groups_down(std::size_t rows) const {
        return (rows + group_height - 1) / group_height;
    }
};

/// Groups of up to `size` work-items, a power of two, with all the columns that there are, a power
/// of two, too, as far as they go into one; the rest is rows.
[[nodiscard]] inline WorkItems work_items(std::size_t columns, std::size_t size,
                                          std::size_t max_width, std::size_t max_height) {
    const std::size_t width = std::min({columns, size, std::bit_floor(max_width)});
    return {.columns = columns,
            .group_width = width,
            .group_height = std::min(size / width, std::bit_floor(max_height))};
}

}  // namespace common::gpu
