#pragma once

#include "gray_scott.hpp"
#include "modes.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace reaction_diffusion {

/// What the command line says; every value has been checked.
struct Options {
    std::size_t size = 256;  ///< cells along each side
    Rates rates;
    Plan plan;
    bool plain = true;
    bool juggled = true;
    std::optional<std::string> output = "reaction_diffusion";  ///< prefix of the frames' names
    std::string platform;                                      ///< index, or part of the name
    std::string device;
};

/// Reads the command line. Returns nothing when it asked for help, which has then been printed.
/// Throws Error that names the argument and the value.
[[nodiscard]] std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace reaction_diffusion
