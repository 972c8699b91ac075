#pragma once

#include "input_state.hpp"

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace waterfall {

/// What the program has done so far, in numbers.
struct Figures {
    struct Lane {
        std::string name;
        double busy = 0;  ///< seconds
    };

    double seconds = 0;  ///< since it began
    std::uint64_t samples = 0;
    std::uint64_t rows = 0;
    InputState input;
    std::uint64_t browsers = 0;
    std::uint64_t skipped = 0;  ///< rows that browsers were too slow for, all together
    std::vector<Lane> lanes;

    /// For Prometheus, in its text format 0.0.4.
    void write_prometheus(std::ostream& stream) const;
};

}  // namespace waterfall
