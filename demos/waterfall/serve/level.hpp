#pragma once

#include <cstdint>

namespace waterfall {

/// How power travels to browsers, in a byte from 1 to 255: v is
/// `level_floor` + v * `level_step` dBFS. Pages keep 0 for what has not come.
inline constexpr double level_floor = -120;
inline constexpr double level_step = 0.5;

/// Rounded, and clipped at both ends; what is not a number is the least.
[[nodiscard]] std::uint8_t level_of(float power);

}  // namespace waterfall
