#pragma once

#include "common/backend.hpp"
#include "common/host_and_port.hpp"
#include "filter_bank/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace waterfall {

using filter_bank::SampleFormat;
using filter_bank::Window;

/// How neighbouring cells become one where there are more of them than picture dots.
enum class Reduction { peak, mean };

/// What the command line says; every value has been checked.
struct Options {
    std::string input;               ///< a file, or "-" for standard input; empty when generated
    std::optional<double> generate;  ///< seconds of the built-in scene
    std::optional<common::HostAndPort> rtl_tcp;  ///< a server of this protocol
    std::optional<common::HostAndPort> tcp;      ///< a server that sends nothing but samples
    std::optional<common::HostAndPort> udp;      ///< where datagrams of samples come to
    bool reconnect = false;
    std::optional<double> gain;  ///< decibels; unset: automatic
    std::uint64_t seed = 1;
    SampleFormat format = SampleFormat::cu8;
    double sample_rate = 2e6;   ///< samples a second
    double centre = 0;          ///< frequency in the middle of the band, in hertz
    bool centre_given = false;  ///< so that a receiver can be tuned to it

    std::size_t channels = 256;
    std::size_t taps = 8;
    Window window = Window::hamming;
    std::size_t integrate = 16;  ///< spectra in a row

    std::string output = "waterfall";          ///< `.npy` and `.png` are added; empty: no files
    std::optional<common::HostAndPort> serve;  ///< where browsers find it
    std::optional<double> db_min;  ///< ends of the colour scale; chosen from the data if unset
    std::optional<double> db_max;
    Reduction reduction = Reduction::peak;

    std::size_t chunk = 262'144;  ///< samples that travel together
    std::size_t in_flight = 4;    ///< chunks between reading and writing at one time
    std::string timeline;         ///< a file for what happened; empty: none
    common::Backend backend = common::default_backend();
    std::string platform;  ///< index, or part of the name
    std::string device;

    [[nodiscard]] bool receives() const { return rtl_tcp || tcp || udp; }
    [[nodiscard]] filter_bank::Shape bank_shape() const {
        return {.format = format, .channels = channels, .taps = taps, .window = window};
    }
};

/// Whether the program was built with what it takes to receive and to serve.
[[nodiscard]] bool has_network();

/// Reads the command line. Returns nothing when it asked for help, which has then been printed.
/// Throws Error that names the argument and the value.
[[nodiscard]] std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace waterfall
