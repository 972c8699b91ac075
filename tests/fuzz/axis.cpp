// Ticks of an axis over any range: round ones, in order, inside it, and no more than fit.

#include "common/axis.hpp"

#include "input.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace {

using fuzz::require;

void check(const common::Axis& axis, double from, double to, int wanted) {
    require(!axis.unit.empty(), "an axis has a unit");
    require(axis.ticks.size() <= static_cast<std::size_t>(4 * wanted) + 1, "not too many ticks");
    // Far from zero a double is coarser than a tick.
    const double coarse = 8 * std::numeric_limits<double>::epsilon();
    const double slack = (to - from) * 1e-6 + std::max(std::abs(from), std::abs(to)) * coarse;
    double last = -HUGE_VAL;
    for (const common::Axis::Tick& tick : axis.ticks) {
        require(std::isfinite(tick.value) && !tick.label.empty(), "a tick has a place and a label");
        require(tick.value >= from - slack && tick.value <= to + slack, "ticks are in the range");
        require(tick.value >= last, "ticks are in order");
        last = tick.value;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto from = input.take<double>();
    const auto length = input.take<double>();
    const auto wanted = static_cast<int>(input.between(1, 64));
    const double to = from + std::abs(length);
    for (const auto make : {&common::frequency_axis, &common::time_axis, &common::decibel_axis}) {
        check(make(from, to, wanted), from, to, wanted);
    }
    return 0;
}
