#pragma once

#include <cstdint>

namespace common {

/// The colour (0xRRGGBB) at `position` on a perceptually even scale: 0 is the dark end,
/// 1 the bright end. Positions beyond an end take its colour; NaN is dark.
[[nodiscard]] std::uint32_t colour_of(double position);

}  // namespace common
