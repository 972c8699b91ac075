// What people write for fengine. The first letter says what: 'o' options, one argument a line; else
// lines for the control port. It ends in something that keeps every limit, or in words.

#include "common/error.hpp"
#include "fengine/command.hpp"
#include "fengine/gains.hpp"
#include "fengine/options.hpp"
#include "input.hpp"

#include <bit>
#include <cmath>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace {

using fuzz::require;

template <class Number>
bool within(Number number, Number least, Number most) {
    return number >= least && number <= most;  // false for a NaN
}

void check(const fengine::Options& o) {
    require(std::has_single_bit(o.chunk) && within<std::size_t>(o.chunk, 16, 1 << 26), "--chunk");
    require(std::has_single_bit(o.heap_samples) && o.heap_samples <= o.chunk, "--heap-samples");
    require(within<std::size_t>(o.max_datagram, 256, 65'507), "--packet");
    require(within(o.silence, 0.001, 3600.0) && within(o.send_rate, 0.0, 1000.0), "numbers");
    require(within<std::size_t>(o.in_flight, 1, 64), "--in-flight");
    require(!o.listen.host.empty(), "--listen");
    require(within<std::size_t>(o.streams.size(), 1, 16), "--stream");
    std::set<std::string> names;
    for (const fengine::StreamOptions& stream : o.streams) {
        require(!stream.name.empty() && names.insert(stream.name).second, "name");
        require(std::has_single_bit(stream.channels) &&
                    within<std::size_t>(stream.channels, 16, 8192),
                "channels");
        require(within<std::size_t>(stream.taps, 1, 1024), "taps");
        require(std::has_single_bit(stream.spectra), "spectra");
        require(stream.channels * stream.spectra <= o.chunk && stream.history() <= o.chunk,
                "a chunk has room for a heap, and for the filter");
        require(within(stream.gain, 0.0, fengine::max_gain), "gain");
        require(!stream.to.empty() && stream.channels % stream.to.size() == 0, "to");
        for (const common::HostAndPort& place : stream.to) {
            require(!place.host.empty() && place.port != 0, "a destination");
        }
    }
}

void try_options(fuzz::Input& input) {
    std::vector<std::string> words{"fengine"};
    while (!input.empty() && words.size() < 64) {
        words.push_back(input.text_until('\n'));
    }
    std::vector<const char*> arguments;
    arguments.reserve(words.size());
    for (const std::string& word : words) {
        arguments.push_back(word.c_str());
    }
    try {
        const auto options =
            fengine::parse_options(static_cast<int>(arguments.size()), arguments.data());
        if (options) {
            check(*options);
        }
    } catch (const common::Error& error) {
        require(*error.what() != '\0', "an error has words");
    }
}

void try_command(const std::string& line) {
    const fengine::Command command = fengine::command_from(line);
    if (const auto* set = std::get_if<fengine::Command::SetGains>(&command.what)) {
        require(!set->stream.empty() && set->polarisation < 2 && !set->gains.empty(), "gain");
        for (const std::complex<float> gain : set->gains) {
            require(std::abs(gain.real()) <= fengine::max_gain &&
                        std::abs(gain.imag()) <= fengine::max_gain,
                    "a gain is in its limits");
            require(fengine::gain_from(fengine::shown(gain)) == gain, "and shown as it is read");
        }
    } else if (const auto* mistake = std::get_if<fengine::Command::Mistake>(&command.what)) {
        require(!mistake->text.empty() && mistake->text.size() < 200, "a mistake has some words");
        for (const char letter : mistake->text) {
            require(letter >= ' ' && letter <= '~', "which a line can hold");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static std::ostringstream help;
    std::cout.rdbuf(help.rdbuf());
    help.str({});
    fuzz::Input input(data, size);
    if (input.text_until('\n') == "o") {
        try_options(input);
    } else {
        while (!input.empty()) {
            try_command(input.text_until('\n'));
        }
    }
    return 0;
}
