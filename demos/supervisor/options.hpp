#pragma once

#include "supervisor.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace supervisor {

/// What the command line says; every value has been checked.
struct Options {
    std::size_t jobs = 100;
    Limits limits;
    std::size_t max_cores = 4;  ///< that a job may need; never more than there are
    double cancel = 0.3;        ///< how likely a user is to cancel a job
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;  ///< so many runs, with this seed and those that follow
    bool log = false;
};

/// Reads the command line. Returns nothing when it asked for help, which has then been printed.
/// Throws common::Error that names the argument and the value.
[[nodiscard]] std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace supervisor
