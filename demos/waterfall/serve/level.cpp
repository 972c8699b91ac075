#include "serve/level.hpp"

#include <algorithm>
#include <cmath>

namespace waterfall {

std::uint8_t level_of(float power) {
    if (!(power > 0)) {
        return 1;
    }
    constexpr auto per_decade = static_cast<float>(10 / level_step);
    constexpr auto zero = static_cast<float>(-level_floor / level_step);
    const float level = std::log10(power) * per_decade + zero + 0.5F;
    return static_cast<std::uint8_t>(std::clamp(level, 1.0F, 255.0F));
}

}  // namespace waterfall
