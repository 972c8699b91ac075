#pragma once

#include "modes.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace reaction_diffusion {

/// The result, on standard output, line by line as the modes end.
class Table {
public:
    /// Prints the head.
    Table();

    /// Prints a line. The speed-up is that over the first line, by the time of a step.
    void add(std::string_view mode, const Done& done, double seconds, std::uint64_t checksum);

private:
    std::optional<double> first_rate_;
};

}  // namespace reaction_diffusion
