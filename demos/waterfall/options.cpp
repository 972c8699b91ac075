#include "options.hpp"

#include "common/command_line.hpp"
#include "error.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace waterfall {
namespace {

using common::CommandLine;
using common::shown;

/// A finite number; `into` may be a double or an optional one.
template <class Into>
void add_real(CommandLine& line, common::Option option, Into& into, bool positive) {
    option.wanted = positive ? "a number above zero" : "a finite number";
    option.read = [&into, positive](const std::string& text) {
        const auto number = common::number_from(text);
        if (!number || !std::isfinite(*number) || (positive && *number <= 0)) {
            return false;
        }
        const double value = *number;
        into = value;
        return true;
    };
    line.add(option);
}

template <class Value>
void add_choice(CommandLine& line, const std::string& name, Value& into,
                const std::vector<std::pair<std::string, Value>>& choices,
                const std::string& help) {
    std::string list;
    std::string initial;
    for (const auto& [word, value] : choices) {
        list += (list.empty() ? "" : "|") + word;
        if (value == into) {
            initial = word;
        }
    }
    const auto read = [&into, choices](const std::string& text) {
        for (const auto& [word, value] : choices) {
            if (word == text) {
                into = value;
                return true;
            }
        }
        return false;
    };
    line.add({.names = name,
              .value = list,
              .help = help,
              .wanted = "one of " + list,
              .read = read,
              .initial = initial});
}

bool read_channels(const std::string& text, std::size_t& into) {
    const auto number = common::count_from(text);
    if (!number || *number < 16 || *number > 8192 || !std::has_single_bit(*number)) {
        return false;
    }
    into = static_cast<std::size_t>(*number);
    return true;
}

void add_place(CommandLine& line, common::Option option, std::optional<common::HostAndPort>& into,
               const std::function<std::optional<common::HostAndPort>(const std::string&)>& from) {
    option.read = [&into, from](const std::string& text) {
        into = from(text);
        return into.has_value();
    };
    line.add(option);
}

void add_network_inputs(CommandLine& line, Options& options) {
    add_place(line,
              {.names = "--rtl-tcp",
               .value = "HOST[:PORT]",
               .help = "Receive from an rtl_tcp server; port 1234 if none is given",
               .wanted = "a host, or a host and a port, such as radio:1234 or [::1]:1234"},
              options.rtl_tcp,
              [](const std::string& text) { return common::host_and_port_from(text, 1234); });
    add_place(line,
              {.names = "--tcp",
               .value = "HOST:PORT",
               .help = "Receive from a server that sends nothing but samples",
               .wanted = "a host and a port, such as radio:5000 or [::1]:5000"},
              options.tcp,
              [](const std::string& text) { return common::host_and_port_from(text); });
    add_place(line,
              {.names = "--udp",
               .value = "[ADDRESS:]PORT",
               .help = "Receive datagrams of whole samples",
               .wanted = "a port from 1 to 65535, or an address and a port"},
              options.udp, [](const std::string& text) {
                  auto place = common::address_and_port_from(text, "127.0.0.1");
                  return place && place->port != 0 ? place : std::nullopt;
              });
    line.add_flag("--reconnect", options.reconnect,
                  "Connect again, each second, where the server is not there");
    line.add({.names = "--gain",
              .value = "DB|auto",
              .help = "Gain of the receiver behind --rtl-tcp",
              .wanted = "auto, or a number of decibels from -100 to 100",
              .read =
                  [&options](const std::string& text) {
                      options.gain = common::number_from(text);
                      return text == "auto" || (options.gain && std::abs(*options.gain) <= 100);
                  },
              .initial = "auto"});
}

void add_input_options(CommandLine& line, Options& options) {
    line.begin_group("Input");
    line.add_text({.names = "-i,--input",
                   .value = "FILE",
                   .help = "File of I/Q samples; - is standard input"},
                  options.input);
    add_real(line,
             {.names = "--generate",
              .value = "SECONDS",
              .help = "Instead of a file: a built-in scene of this length"},
             options.generate, true);
    add_network_inputs(line, options);
    const std::vector<std::string> inputs{"--input", "--generate", "--rtl-tcp", "--tcp", "--udp"};
    for (std::size_t i = 1; i < inputs.size(); ++i) {
        for (std::size_t other = 0; other < i; ++other) {
            line.exclude(inputs[i], inputs[other]);
        }
    }
    line.add_count("--seed", options.seed, 0, std::numeric_limits<std::uint64_t>::max(),
                   "Variant of the scene");
    add_choice<SampleFormat>(line, "--format", options.format,
                             {{"cu8", SampleFormat::cu8},
                              {"ci8", SampleFormat::ci8},
                              {"ci16", SampleFormat::ci16},
                              {"cf32", SampleFormat::cf32}},
                             "Format of the samples");
    add_real(
        line,
        {.names = "--sample-rate", .value = "HZ", .help = "Samples a second", .initial = "2e6"},
        options.sample_rate, true);
    add_real(line,
             {.names = "--centre,--center",
              .value = "HZ",
              .help = "Frequency in the middle of the band",
              .initial = "0"},
             options.centre, false);
}

void add_filter_options(CommandLine& line, Options& options) {
    line.begin_group("Filter bank");
    line.add(
        {.names = "--channels",
         .value = "C",
         .help = "Channels: a power of two from 16 to 8192",
         .wanted = "a power of two from 16 to 8192",
         .read =
             [&options](const std::string& text) { return read_channels(text, options.channels); },
         .initial = std::to_string(options.channels)});
    line.add_count("--taps", options.taps, 1, 1024, "Filter length, in blocks of C samples");
    add_choice<Window>(line, "--window", options.window,
                       {{"hamming", Window::hamming}, {"hann", Window::hann}},
                       "Window over the sinc");
    line.add_count("--integrate", options.integrate, 1, 1'000'000'000,
                   "Spectra averaged into one row");
}

void add_output_options(CommandLine& line, Options& options) {
    line.begin_group("Output");
    line.add_text({.names = "-o,--output",
                   .value = "PREFIX",
                   .help = "Write PREFIX.npy, float32 of shape [time, channel],\n"
                           "lowest frequency first, and PREFIX.png; with --serve\n"
                           "only if it is given",
                   .initial = options.output},
                  options.output);
    add_place(line,
              {.names = "--serve",
               .value = "[ADDRESS:]PORT",
               .help = "Show it live in browsers on this machine, or wherever\n"
                       "ADDRESS is reached from; port 0: one that is free",
               .wanted = "a port, or an address and a port, such as 0.0.0.0:8080"},
              options.serve, [](const std::string& text) {
                  return common::address_and_port_from(text, "127.0.0.1");
              });
    add_real(line,
             {.names = "--db-min",
              .value = "DB",
              .help = "Dark end of the colour scale, in dBFS [from the data]"},
             options.db_min, false);
    add_real(line, {.names = "--db-max", .value = "DB", .help = "Bright end of it [from the data]"},
             options.db_max, false);
    add_choice<Reduction>(line, "--reduce", options.reduction,
                          {{"peak", Reduction::peak}, {"mean", Reduction::mean}},
                          "What the picture shows where cells share a dot");
}

void add_pipeline_options(CommandLine& line, Options& options) {
    line.begin_group("Pipeline");
    line.add_count("--chunk", options.chunk, 1, std::size_t{1} << 26,
                   "Samples that travel together");
    line.add_count("--in-flight", options.in_flight, 1, 64, "Chunks in the pipeline at one time");
    line.add_timeline(options.timeline,
                      "Write what happened when: a picture (.svg), a page\n"
                      "to zoom (.html) or a trace for Perfetto (.json)");
    line.add_gpu_choice(options.backend, options.platform, options.device);
}

bool is_number_of_protocol(double value) { return value >= 0 && value <= 0xffffffffU; }

void check_network(const CommandLine& line, const Options& options) {
    for (const char* name : {"--rtl-tcp", "--tcp", "--udp", "--serve"}) {
        if (line.was_given(name) && !has_network()) {
            throw Error(std::string(name) +
                        ": this waterfall was built without Boost.Asio and Beast (Debian: "
                        "libboost1.81-dev)");
        }
    }
    if (options.reconnect && !options.rtl_tcp && !options.tcp) {
        throw Error("--reconnect: there is no connection without --rtl-tcp or --tcp");
    }
    if (line.was_given("--gain") && !options.rtl_tcp) {
        throw Error("--gain: there is no receiver without --rtl-tcp");
    }
    if (!options.rtl_tcp) {
        return;
    }
    if (options.format != SampleFormat::cu8) {
        throw Error("--format: '" + std::string(name_of(options.format)) +
                    "' is not what comes by --rtl-tcp, which is cu8");
    }
    if (options.sample_rate < 1 || !is_number_of_protocol(options.sample_rate)) {
        throw Error("--sample-rate: " + shown(options.sample_rate) +
                    " cannot be sent to a receiver: 1 to 4294967295");
    }
    if (!is_number_of_protocol(options.centre)) {
        throw Error("--centre: " + shown(options.centre) +
                    " cannot be sent to a receiver: 0 to 4294967295");
    }
}

void check_together(const Options& options) {
    if (options.input.empty() && !options.generate && !options.receives()) {
        throw Error("--input or --generate, --rtl-tcp, --tcp or --udp is needed (see --help)");
    }
    if (options.output.empty() || options.output.back() == '/') {
        throw Error("--output: '" + options.output + '\'' + " does not name a file");
    }
    if (options.db_min && options.db_max && *options.db_min >= *options.db_max) {
        throw Error("--db-min: " + shown(*options.db_min) + " is not below --db-max " +
                    shown(*options.db_max));
    }
    if (options.generate && *options.generate * options.sample_rate > 1e18) {
        throw Error("--generate: " + shown(*options.generate) + " s at " +
                    shown(options.sample_rate) + " samples a second are too many samples");
    }
}

/// Of what comes at its own pace a chunk is about 30 ms: what is seen is not much later than what
/// is received, and there are few enough of them to cost little.
std::size_t chunk_for(double sample_rate) {
    const double samples = std::clamp(sample_rate * 0.03, 1024.0, 262'144.0);
    return std::bit_ceil(static_cast<std::size_t>(samples));
}

}  // namespace

bool has_network() {
#ifdef WATERFALL_NETWORK
    return true;
#else
    return false;
#endif
}

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    common::CommandLine line{
        "waterfall",
        "Streaming spectrometer: a polyphase filter bank on an OpenCL or CUDA device.\n"
        "Ctrl-C finishes the chunks in flight and writes what there is; a second "
        "one ends at once.",
        36};
    add_input_options(line, options);
    add_filter_options(line, options);
    add_output_options(line, options);
    add_pipeline_options(line, options);
    if (!line.parse(argc, argv)) {
        return std::nullopt;
    }
    options.centre_given = line.was_given("--centre");
    check_network(line, options);
    check_together(options);
    if (options.serve && !line.was_given("--output")) {
        options.output.clear();
    }
    if (options.receives() && !line.was_given("--chunk")) {
        options.chunk = chunk_for(options.sample_rate);
    }
    return options;
}

}  // namespace waterfall
