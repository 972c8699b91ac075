#pragma once

#include "common/backend.hpp"
#include "common/host_and_port.hpp"
#include "filter_bank/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fengine {

/// One output: a filter bank of its own, over the input that all share.
struct StreamOptions {
    std::string name;
    std::size_t channels = 1024;
    std::size_t taps = 8;
    filter_bank::Window window = filter_bank::Window::hamming;
    std::size_t spectra = 32;             ///< in a heap
    double gain = 127;                    ///< of all channels at first
    std::vector<common::HostAndPort> to;  ///< each gets its share of the channels

    [[nodiscard]] std::size_t history() const { return (taps - 1) * channels; }
    [[nodiscard]] filter_bank::Shape bank_shape(filter_bank::SampleFormat format) const {
        return {.format = format, .channels = channels, .taps = taps, .window = window};
    }
};

/// What the command line says; every value has been checked.
struct Options {
    common::HostAndPort listen;
    std::size_t receive_buffer = 32 << 20;  ///< bytes
    filter_bank::SampleFormat format = filter_bank::SampleFormat::ci8;
    std::size_t heap_samples = 4096;
    double silence = 1;  ///< seconds

    std::vector<StreamOptions> streams;
    std::size_t max_datagram = 1472;  ///< bytes
    double send_rate = 0;             ///< Gb/s of each stream; 0: as fast as can be
    std::uint64_t antenna = 0;

    std::size_t chunk = 262'144;  ///< samples of each polarisation that travel together
    std::size_t in_flight = 3;    ///< chunks on their way through the device
    std::optional<common::HostAndPort> control;
    std::optional<common::HostAndPort> metrics;
    std::string timeline;
    common::Backend backend = common::default_backend();
    std::string platform;
    std::string device;
};

/// Reads the command line. Returns nothing when it asked for help, which has then been printed.
/// Throws common::Error that names the argument and the value.
[[nodiscard]] std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace fengine
