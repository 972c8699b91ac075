#include "options.hpp"

#include "common/options.hpp"
#include "error.hpp"

#include <bit>
#include <cmath>
#include <concepts>
#include <limits>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

namespace waterfall {
namespace {

using common::add_count;
using common::number_from;
using common::refuse;
using common::shown;

/// A finite number; `into` may be a double or an optional one.
template <class Into>
CLI::Option* add_real(CLI::App& app, const char* name, Into& into, bool positive,
                      const char* help) {
    const auto read = [name, &into, positive](const std::string& text) {
        const auto number = number_from<double>(text);
        if (!number || !std::isfinite(*number) || (positive && *number <= 0)) {
            refuse(name, text, positive ? "a number above zero" : "a finite number");
        }
        const double value = *number;
        into = value;
    };
    return app.add_option_function<std::string>(name, read, help);
}

template <class Value>
CLI::Option* add_choice(CLI::App& app, const char* name, Value& into,
                        const std::vector<std::pair<std::string, Value>>& choices,
                        const char* help) {
    std::string list;
    for (const auto& [word, value] : choices) {
        list += (list.empty() ? "" : "|") + word;
    }
    const auto read = [name, &into, choices, list](const std::string& text) {
        for (const auto& [word, value] : choices) {
            if (word == text) {
                into = value;
                return;
            }
        }
        refuse(name, text, "one of " + list);
    };
    CLI::Option* option = app.add_option_function<std::string>(name, read, help)->type_name(list);
    for (const auto& [word, value] : choices) {
        if (value == into) {
            option->default_str(word);
        }
    }
    return option;
}

constexpr std::size_t least_channels = 16;
constexpr std::size_t max_channels = 8192;

void read_channels(const std::string& text, std::size_t& into) {
    const auto number = number_from<std::size_t>(text);
    if (!number || *number < least_channels || *number > max_channels ||
        !std::has_single_bit(*number)) {
        refuse("--channels", text,
               "a power of two from " + shown(least_channels) + " to " + shown(max_channels));
    }
    into = *number;
}

void add_input_options(CLI::App& app, Options& options) {
    const auto group = "Input";
    auto* input =
        app.add_option("-i,--input", options.input, "File of I/Q samples; - is standard input")
            ->type_name("FILE")
            ->group(group);
    add_real(app, "--generate", options.generate, true,
             "Instead of a file: a built-in scene of this length")
        ->type_name("SECONDS")
        ->excludes(input)
        ->group(group);
    add_count<std::uint64_t>(app, "--seed", options.seed, 0,
                             std::numeric_limits<std::uint64_t>::max(), "Variant of the scene")
        ->group(group);
    add_choice<SampleFormat>(
        app, "--format", options.format,
        {{"cu8", SampleFormat::cu8}, {"ci16", SampleFormat::ci16}, {"cf32", SampleFormat::cf32}},
        "Format of the samples")
        ->group(group);
    add_real(app, "--sample-rate", options.sample_rate, true, "Samples a second")
        ->type_name("HZ")
        ->default_str("2e6")
        ->group(group);
    add_real(app, "--centre,--center", options.centre, false, "Frequency in the middle of the band")
        ->type_name("HZ")
        ->default_str("0")
        ->group(group);
}

void add_filter_options(CLI::App& app, Options& options) {
    const auto group = "Filter bank";
    app.add_option_function<std::string>(
           "--channels",
           [&options](const std::string& text) { read_channels(text, options.channels); },
           "Channels: a power of two from 16 to 8192")
        ->type_name("C")
        ->default_str(shown(options.channels))
        ->group(group);
    add_count<std::size_t>(app, "--taps", options.taps, 1, 1024,
                           "Filter length, in blocks of C samples")
        ->group(group);
    add_choice<Window>(app, "--window", options.window,
                       {{"hamming", Window::hamming}, {"hann", Window::hann}},
                       "Window over the sinc")
        ->group(group);
    add_count<std::size_t>(app, "--integrate", options.integrate, 1, 1'000'000'000,
                           "Spectra averaged into one row")
        ->group(group);
}

void add_output_options(CLI::App& app, Options& options) {
    const auto group = "Output";
    app.add_option("-o,--output", options.output,
                   "Write PREFIX.npy, float32 of shape [time, channel],\n"
                   "lowest frequency first, and PREFIX.png")
        ->type_name("PREFIX")
        ->default_str(options.output)
        ->group(group);
    add_real(app, "--db-min", options.db_min, false,
             "Dark end of the colour scale, in dBFS [from the data]")
        ->type_name("DB")
        ->group(group);
    add_real(app, "--db-max", options.db_max, false, "Bright end of it [from the data]")
        ->type_name("DB")
        ->group(group);
    add_choice<Reduction>(app, "--reduce", options.reduction,
                          {{"peak", Reduction::peak}, {"mean", Reduction::mean}},
                          "What the picture shows where cells share a dot")
        ->group(group);
}

void add_device_options(CLI::App& app, Options& options) {
    const auto group = "Pipeline";
    add_count<std::size_t>(app, "--chunk", options.chunk, 1, std::size_t{1} << 26,
                           "Samples that travel together")
        ->group(group);
    add_count<std::size_t>(app, "--in-flight", options.in_flight, 1, 64,
                           "Chunks in the pipeline at one time")
        ->group(group);
    common::add_timeline(app, options.timeline,
                         "Write what happened when: a picture (.svg), a page\n"
                         "to zoom (.html) or a trace for Perfetto (.json)",
                         group);
    common::add_device_choice(app, options.platform, options.device, group);
}

void check_together(const Options& options) {
    if (options.input.empty() && !options.generate) {
        throw Error("--input or --generate is needed (see --help)");
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

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    CLI::App app{
        "Streaming spectrometer: a polyphase filter bank on an OpenCL device.\n"
        "Ctrl-C finishes the chunks in flight and writes what there is; a second "
        "one ends at once.",
        "waterfall"};
    app.formatter(std::make_shared<common::HelpFormatter>(36));
    add_input_options(app, options);
    add_filter_options(app, options);
    add_output_options(app, options);
    add_device_options(app, options);
    if (!common::parse(app, argc, argv)) {
        return std::nullopt;
    }
    check_together(options);
    return options;
}

}  // namespace waterfall
