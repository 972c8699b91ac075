#pragma once

#include "common/backend.hpp"
#include "limits.hpp"
#include "mode.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace triple {

/// What the command line says; every value has been checked.
struct Options {
    std::vector<Mode> modes;  ///< in the talk's order
    std::uint64_t chunks = 1000;
    std::size_t chunk = 65'536;  ///< floats in one
    Limits limits;
    std::chrono::nanoseconds stage{0};  ///< zero: as long as the work takes
    std::string timeline;               ///< a file for what happened; empty: none
    bool small_timeline = false;
    common::Backend backend = common::default_backend();
    std::string platform;  ///< index, or part of the name
    std::string device;
};

/// Reads the command line. Returns nothing when it asked for help, which has then been printed.
/// Throws Error that names the argument and the value.
[[nodiscard]] std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace triple
