#include "fengine/options.hpp"

#include "common/command_line.hpp"
#include "common/error.hpp"
#include "fengine/gains.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <string_view>

namespace fengine {
namespace {

using common::CommandLine;
using common::Error;

constexpr std::size_t max_streams = 16;
constexpr std::size_t max_destinations = 1024;
constexpr std::size_t max_chunk = std::size_t{1} << 26;
constexpr std::size_t largest_datagram = 65'507;
constexpr std::uint16_t last_port = std::numeric_limits<std::uint16_t>::max();

std::optional<std::uint64_t> count_within(const std::string& text, std::uint64_t least,
                                          std::uint64_t most) {
    const auto number = common::count_from(text);
    return number && *number >= least && *number <= most ? number : std::nullopt;
}

std::optional<std::size_t> power_of_two_from(const std::string& text, std::size_t least,
                                             std::size_t most) {
    const auto number = count_within(text, least, most);
    return number && std::has_single_bit(*number) ? number : std::nullopt;
}

void add_place(CommandLine& line, const std::string& names, const std::string& address,
               const std::function<void(const common::HostAndPort&)>& store,
               const std::string& help) {
    const auto read = [address, store](const std::string& text) {
        const auto place = common::address_and_port_from(text, address);
        if (place) {
            store(*place);
        }
        return place.has_value();
    };
    line.add({.names = names,
              .value = "[ADDRESS:]PORT",
              .help = help,
              .wanted = "a port, or ADDRESS:PORT",
              .read = read});
}

/// "HOST:PORT", or "HOST:PORT+N" for it and the next N ports.
bool read_destinations(std::string_view text, std::vector<common::HostAndPort>& into) {
    const std::size_t plus = text.find('+');
    std::uint64_t more = 0;
    if (plus != std::string_view::npos) {
        const auto count = common::count_from(std::string(text.substr(plus + 1)));
        if (!count || *count >= max_destinations) {
            return false;
        }
        more = *count;
    }
    const auto first = common::host_and_port_from(text.substr(0, plus));
    if (!first || first->port + more > last_port) {
        return false;
    }
    for (std::uint64_t i = 0; i <= more; ++i) {
        into.push_back({.host = first->host, .port = static_cast<std::uint16_t>(first->port + i)});
    }
    return into.size() <= max_destinations;
}

/// The settings of one stream: NAME=VALUE each.
class StreamReader {
public:
    explicit StreamReader(std::vector<StreamOptions>& streams) : streams_{streams} {}

    void read(std::string_view text) {
        while (true) {
            const std::size_t comma = text.find(',');
            read_one(std::string(text.substr(0, comma)));
            if (comma == std::string_view::npos) {
                return;
            }
            text.remove_prefix(comma + 1);
        }
    }

private:
    void read_one(const std::string& text) {
        const std::size_t sign = text.find('=');
        if (sign == std::string::npos) {
            throw Error("--stream: '" + text + "' is not NAME=VALUE");
        }
        const std::string key = text.substr(0, sign);
        const std::string value = text.substr(sign + 1);
        if (key == "name") {
            begin(value);
        } else if (streams_.empty()) {
            throw Error("--stream: '" + text + "' comes before name=...");
        } else {
            set(streams_.back(), key, value);
        }
    }

    void begin(const std::string& name) {
        const bool good = !name.empty() && std::ranges::all_of(name, [](char letter) {
            return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                   (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
        });
        check("name", name, good, "letters, digits, _ and -");
        const bool is_new =
            std::ranges::find(streams_, name, &StreamOptions::name) == streams_.end();
        check("name", name, is_new, "another name than those of the other streams");
        check("name", name, streams_.size() < max_streams,
              "one of at most " + std::to_string(max_streams) + " streams");
        streams_.emplace_back().name = name;
    }

    static void set(StreamOptions& stream, const std::string& key, const std::string& value) {
        if (key == "channels") {
            stream.channels = known(key, value, power_of_two_from(value, 16, 8192),
                                    "a power of two from 16 to 8192");
        } else if (key == "taps") {
            stream.taps = static_cast<std::size_t>(
                known(key, value, count_within(value, 1, 1024), "a whole number from 1 to 1024"));
        } else if (key == "window") {
            check(key, value, value == "hamming" || value == "hann", "hamming or hann");
            stream.window =
                value == "hann" ? filter_bank::Window::hann : filter_bank::Window::hamming;
        } else if (key == "spectra") {
            stream.spectra = known(key, value, power_of_two_from(value, 1, 65536),
                                   "a power of two from 1 to 65536");
        } else if (key == "gain") {
            const auto gain = common::number_from(value);
            stream.gain =
                known(key, value, gain && *gain >= 0 && *gain <= max_gain ? gain : std::nullopt,
                      "a number from 0 to " + common::shown(max_gain));
        } else if (key == "to") {
            check(key, value, read_destinations(value, stream.to),
                  "HOST:PORT, or HOST:PORT+N for N more ports");
        } else {
            throw Error("--stream: '" + key +
                        "' is none of name, channels, taps, window, spectra, gain, to");
        }
    }

    static void check(const std::string& key, const std::string& value, bool good,
                      const std::string& wanted) {
        if (!good) {
            throw Error("--stream: " + key + ": '" + value + "' is not " + wanted);
        }
    }

    template <class Number>
    static Number known(const std::string& key, const std::string& value,
                        const std::optional<Number>& number, const std::string& wanted) {
        check(key, value, number.has_value(), wanted);
        return number.value_or(Number{});
    }

    std::vector<StreamOptions>& streams_;
};

void add_input_options(CommandLine& line, Options& options) {
    line.begin_group("Input");
    add_place(
        line, "-l,--listen", "127.0.0.1",
        [&options](const common::HostAndPort& place) { options.listen = place; },
        "Where the samples come in, by UDP; a multicast group is\njoined. Needed");
    line.add({.names = "--format",
              .value = "ci8|ci16|cu8|cf32",
              .help = "Format of the samples",
              .wanted = "one of ci8|ci16|cu8|cf32",
              .read =
                  [&options](const std::string& text) {
                      using filter_bank::SampleFormat;
                      for (const SampleFormat format : {SampleFormat::ci8, SampleFormat::ci16,
                                                        SampleFormat::cu8, SampleFormat::cf32}) {
                          if (text == name_of(format)) {
                              options.format = format;
                              return true;
                          }
                      }
                      return false;
                  },
              .initial = std::string(name_of(options.format))});
    line.add_power_of_two("--heap-samples", options.heap_samples, 16, max_chunk,
                          "Samples in a heap that comes in");
    line.add_count("--receive-buffer", options.receive_buffer, 4096, std::size_t{1} << 30,
                   "Bytes that the system is to keep for the socket");
    line.add_number("--silence", options.silence, 0.001, 3600,
                    "After so many seconds without a packet what there is\ngoes on its way");
}

void add_output_options(CommandLine& line, Options& options, StreamReader& streams) {
    line.begin_group("Output");
    line.add_repeated({.names = "-s,--stream",
                       .value = "SETTING,...",
                       .help = "A filter bank and its output; may be given several times.\n"
                               "name=NAME       what it is called; first\n"
                               "channels=N      16 to 8192, a power of two [1024]\n"
                               "taps=N          length of the filter, in N-channel blocks [8]\n"
                               "window=NAME     hamming or hann, over the sinc [hamming]\n"
                               "spectra=N       in a heap, a power of two [32]\n"
                               "gain=X          of all channels at first [127]\n"
                               "to=HOST:PORT+N  an X-engine, and those at the next N ports;\n"
                               "                each gets its share of the channels",
                       .wanted = "NAME=VALUE,...",
                       .read = [&streams](const std::string& text) {
                           streams.read(text);
                           return true;
                       }});
    line.add_count("--packet", options.max_datagram, 256, largest_datagram,
                   "Bytes in a datagram, at most");
    line.add_number("--rate", options.send_rate, 0, 1000,
                    "Gb/s that a stream is limited to; 0: not limited");
    line.add_count("--antenna", options.antenna, 0, (std::uint64_t{1} << 48) - 1,
                   "Number of the antenna, in each heap");
}

void add_pipeline_options(CommandLine& line, Options& options) {
    line.begin_group("Pipeline");
    line.add_power_of_two("--chunk", options.chunk, 16, max_chunk,
                          "Samples of a polarisation that travel together");
    line.add_count("--in-flight", options.in_flight, 1, 64, "Chunks in the device at one time");
    line.add_timeline(options.timeline,
                      "Write what happened when: a picture (.svg), a page\n"
                      "to zoom (.html) or a trace for Perfetto (.json)");
    line.add_gpu_choice(options.backend, options.platform, options.device);
    line.begin_group("While it runs");
    add_place(
        line, "--control", "127.0.0.1",
        [&options](const common::HostAndPort& place) { options.control = place; },
        "Where commands are taken, by TCP: 'help' lists them");
    add_place(
        line, "--metrics", "127.0.0.1",
        [&options](const common::HostAndPort& place) { options.metrics = place; },
        "Where Prometheus finds /metrics");
}

void check_stream(const Options& options, const StreamOptions& stream) {
    const std::string who = "--stream: name=" + stream.name + ": ";
    const auto must_fit = [&](std::size_t samples, const std::string& what) {
        if (samples > options.chunk) {
            throw Error(who + what + " are " + std::to_string(samples) +
                        " samples, more than --chunk " + std::to_string(options.chunk));
        }
    };
    must_fit(stream.channels * stream.spectra, "the spectra of a heap");
    must_fit(stream.history(), "what the filter needs of the chunk before");
    if (stream.to.empty()) {
        throw Error(who + "no destination is given (to=HOST:PORT)");
    }
    if (stream.channels % stream.to.size() != 0) {
        throw Error(who + std::to_string(stream.channels) + " channels cannot be divided among " +
                    std::to_string(stream.to.size()) + " destinations");
    }
}

void check_together(const Options& options) {
    if (options.listen.host.empty()) {
        throw Error("--listen is needed (see --help)");
    }
    if (options.streams.empty()) {
        throw Error("--stream is needed (see --help)");
    }
    if (options.heap_samples > options.chunk) {
        throw Error("--heap-samples: " + std::to_string(options.heap_samples) +
                    " is more than --chunk " + std::to_string(options.chunk));
    }
    for (const StreamOptions& stream : options.streams) {
        check_stream(options, stream);
    }
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    CommandLine line{
        "fengine",
        "A telescope's F-engine: samples of two polarisations come in as SPEAD heaps;\n"
        "polyphase filter banks on an OpenCL device make channels of them, which go\n"
        "to X-engines. Ctrl-C ends the input and lets what is on its way arrive; a\n"
        "second one ends at once.",
        36};
    StreamReader streams{options.streams};
    add_input_options(line, options);
    add_output_options(line, options, streams);
    add_pipeline_options(line, options);
    if (!line.parse(argc, argv)) {
        return std::nullopt;
    }
    check_together(options);
    return options;
}

}  // namespace fengine
