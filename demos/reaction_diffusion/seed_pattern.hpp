#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace reaction_diffusion {

/// The first state, float[size][size][channels]: u = 1 and v = 0 but for small squares of u = 1/2
/// and v = 1/4 with noise of one per cent, as Pearson has one in the middle. The same `seed` gives
/// the same pattern everywhere.
[[nodiscard]] std::vector<float> seed_pattern(std::size_t size, std::size_t channels,
                                              std::uint64_t seed);

}  // namespace reaction_diffusion
