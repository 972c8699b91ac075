#pragma once

#include <complex>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fengine {

/// A line that somebody has sent to the control port.
struct Command {
    struct Help {};
    struct Streams {};
    struct GetGains {
        std::string stream;
        std::size_t polarisation;
    };
    struct SetGains {
        std::string stream;
        std::size_t polarisation;
        std::vector<std::complex<float>> gains;  ///< one for all channels, or one for each
    };
    struct Mistake {
        std::string text;
    };

    std::variant<Help, Streams, GetGains, SetGains, Mistake> what;
};

/// What a line means, without its end. Names of streams and numbers of channels are not looked at.
[[nodiscard]] Command command_from(std::string_view line);

}  // namespace fengine
