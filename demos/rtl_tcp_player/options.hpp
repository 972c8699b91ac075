#pragma once

#include "common/host_and_port.hpp"

#include <optional>
#include <string>

namespace rtl_tcp_player {

/// What the command line says; every value has been checked.
struct Options {
    std::string input;
    common::HostAndPort listen{.host = "127.0.0.1", .port = 1234};
    double sample_rate = 2e6;  ///< samples a second, until a client wants another one
    bool repeat = false;
};

/// What a client may ask for.
inline constexpr double least_sample_rate = 1e3;
inline constexpr double most_sample_rate = 1e8;

/// Reads the command line. Returns nothing when it asked for help, which has then been printed.
/// Throws common::Error that names the argument and the value.
[[nodiscard]] std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace rtl_tcp_player
