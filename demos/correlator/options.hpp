#pragma once

#include "filter_bank/window.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace correlator {

/// A simulated source; see SimulatedSky.
struct Source {
    double delay = 0;  ///< samples from one antenna to the next
    double power = 1;  ///< that of an antenna's own noise is 1
    double drift = 0;  ///< of the delay, in samples a million samples
};

/// What the command line says; every value has been checked.
struct Options {
    std::vector<std::string> inputs;  ///< none: simulated
    std::size_t antennas = 4;
    std::vector<Source> sources;
    std::uint64_t seed = 0;
    std::optional<std::uint64_t> chunks;  ///< at most
    double sample_rate = 1e6;             ///< hertz

    std::size_t channels = 256;
    std::size_t taps = 8;
    filter_bank::Window window = filter_bank::Window::hamming;
    double gain = 1;
    std::size_t spectra = 256;    ///< in a chunk
    std::uint64_t integrate = 4;  ///< chunks
    std::size_t in_flight = 3;    ///< chunks
    bool blocking = false;

    std::string output = "correlator";
    std::size_t first = 0;  ///< antennas of the baseline in the picture
    std::size_t second = 1;
    std::string timeline;
    std::string platform;
    std::string device;

    /// Seconds.
    [[nodiscard]] double row_time() const {
        return static_cast<double>(channels) * static_cast<double>(spectra) *
               static_cast<double>(integrate) / sample_rate;
    }
};

/// Reads the command line. Returns nothing when it asked for help, which has then been printed.
/// Throws common::Error that names the argument and the value.
[[nodiscard]] std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace correlator
