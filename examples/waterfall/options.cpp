#include "options.hpp"

#include "error.hpp"

#include <CLI/CLI.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <concepts>
#include <iostream>
#include <limits>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

namespace waterfall {
namespace {

std::string quoted(const std::string& text) { return '\'' + text + '\''; }

// CLI11 prefixes the name of the option.
[[noreturn]] void refuse(const char* name, const std::string& value, const std::string& wanted) {
    throw CLI::ValidationError(name, quoted(value) + " is not " + wanted);
}

/// All of `text` as a number. Unlike CLI11's own conversion it takes neither "010" as
/// octal nor "-1" as a huge unsigned number.
template <class Number>
std::optional<Number> number_from(const std::string& text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    return number;
}

template <class Number>
std::string shown(Number number) {
    std::ostringstream text;
    text << number;
    return text.str();
}

template <std::unsigned_integral Number>
CLI::Option* add_count(CLI::App& app, const char* name, Number& into, Number least, Number most,
                       const char* help) {
    const auto read = [name, &into, least, most](const std::string& text) {
        const auto number = number_from<Number>(text);
        if (!number || *number < least || *number > most) {
            refuse(name, text, "a whole number from " + shown(least) + " to " + shown(most));
        }
        into = *number;
    };
    return app.add_option_function<std::string>(name, read, help)
        ->type_name("N")
        ->default_str(shown(into));
}

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
constexpr std::size_t most_channels = 8192;

void read_channels(const std::string& text, std::size_t& into) {
    const auto number = number_from<std::size_t>(text);
    if (!number || *number < least_channels || *number > most_channels ||
        !std::has_single_bit(*number)) {
        refuse("--channels", text,
               "a power of two from " + shown(least_channels) + " to " + shown(most_channels));
    }
    into = *number;
}

/// CLI11's own layout with the default where a reader looks for it: behind the description.
class HelpFormatter : public CLI::Formatter {
public:
    HelpFormatter() { column_width(36); }

    std::string make_option_opts(const CLI::Option* option) const override {
        const std::string type = option->get_type_name();
        return type.empty() ? "" : ' ' + type;
    }
    std::string make_option_desc(const CLI::Option* option) const override {
        const std::string value = option->get_default_str();
        return option->get_description() + (value.empty() ? "" : " [" + value + ']');
    }
};

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
    app.add_option("--platform", options.platform, "OpenCL platform: index or part of its name")
        ->type_name("WHICH")
        ->group(group);
    app.add_option("--device", options.device, "OpenCL device: index or part of its name")
        ->type_name("WHICH")
        ->group(group);
}

void check_together(const Options& options) {
    if (options.input.empty() && !options.generate) {
        throw Error("--input or --generate is needed (see --help)");
    }
    if (options.output.empty() || options.output.back() == '/') {
        throw Error("--output: " + quoted(options.output) + " does not name a file");
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
    app.formatter(std::make_shared<HelpFormatter>());
    add_input_options(app, options);
    add_filter_options(app, options);
    add_output_options(app, options);
    add_device_options(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help() << std::flush;
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw Error(error.what());
    }
    check_together(options);
    return options;
}

}  // namespace waterfall
