#pragma once

#include <chrono>
#include <optional>

namespace producer_consumer {

/// What the command line says; every value has been checked.
struct Options {
    unsigned form = 0;  ///< 1 to 3; 0: all
    unsigned items = 4;
    std::chrono::milliseconds length{1000};
    bool real_time = false;
};

/// Reads the command line. Returns nothing when it asked for help, which has then been printed.
/// Throws Error that names the argument and the value.
[[nodiscard]] std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace producer_consumer
