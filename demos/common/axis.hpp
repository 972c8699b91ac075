#pragma once

#include <string>
#include <vector>

namespace common {

/// Round values to mark on an axis, and the unit that keeps them short.
struct Axis {
    struct Tick {
        double value;  ///< in the axis' own base unit
        std::string label;
    };
    std::string unit;
    std::vector<Tick> ticks;
};

/// About `wanted` ticks at multiples of 1, 2 or 5 times a power of ten in [from, to].
[[nodiscard]] Axis frequency_axis(double from, double to, int wanted);
[[nodiscard]] Axis time_axis(double from, double to, int wanted);
[[nodiscard]] Axis decibel_axis(double from, double to, int wanted);
/// Of what has no unit.
[[nodiscard]] Axis plain_axis(double from, double to, int wanted);

}  // namespace common
