#pragma once

#include <cstddef>

namespace correlator {

/// Some neighbours of many.
struct Share {
    std::size_t first;
    std::size_t count;
};

/// What a rank has of `total` things that all ranks divide among them: as evenly as can be, in the
/// order of the ranks.
[[nodiscard]] constexpr Share share_of(std::size_t total, std::size_t rank, std::size_t ranks) {
    const std::size_t first = total * rank / ranks;
    return {.first = first, .count = total * (rank + 1) / ranks - first};
}

}  // namespace correlator
