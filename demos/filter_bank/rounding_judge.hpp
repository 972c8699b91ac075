#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace filter_bank {

/// Whether channels that a device has rounded to 8 bits, and limited to -127...127, are those of
/// known samples. Single precision may round a value to its neighbour, now and then.
class RoundingJudge {
public:
    void see(std::int8_t value, double expected) {
        const double difference =
            std::abs(value - std::clamp(std::nearbyint(expected), -127.0, 127.0));
        ++values_;
        neighbours_ += difference == 0 ? 0 : 1;
        is_wrong_ = is_wrong_ || difference > 1;
    }
    [[nodiscard]] bool is_wrong() const { return is_wrong_ || neighbours_ * 100 > values_; }

private:
    std::size_t values_ = 0;
    std::size_t neighbours_ = 0;
    bool is_wrong_ = false;
};

}  // namespace filter_bank
