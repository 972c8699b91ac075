#include "correlator/options.hpp"

#include "common/command_line.hpp"
#include "common/error.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

namespace correlator {
namespace {

using common::CommandLine;
using common::Error;

constexpr std::size_t max_antennas = 512;
// A sum over a chunk stays within 32 bits; see correlate.cl.
constexpr std::size_t max_spectra = 65536;
// What a row is the sum of stays within 53 bits, which is what a NumPy complex holds exactly.
constexpr std::uint64_t max_integrate = 1'000'000;
constexpr double max_delay = 1000;

/// "DELAY", "DELAY,POWER" or "DELAY,POWER,DRIFT".
std::optional<Source> source_from(std::string_view text) {
    std::array<double, 3> numbers{0, 1, 0};
    for (std::size_t i = 0;; ++i) {
        const std::size_t comma = text.find(',');
        const auto number = common::number_from(std::string(text.substr(0, comma)));
        if (i == numbers.size() || !number || !(std::abs(*number) <= max_delay)) {
            return std::nullopt;
        }
        numbers[i] = *number;
        if (comma == std::string_view::npos) {
            break;
        }
        text.remove_prefix(comma + 1);
    }
    const Source source{.delay = numbers[0], .power = numbers[1], .drift = numbers[2]};
    return source.power >= 0 ? std::optional{source} : std::nullopt;
}

bool read_baseline(const std::string& text, Options& options) {
    const std::size_t comma = text.find(',');
    if (comma == std::string::npos) {
        return false;
    }
    const auto first = common::count_from(text.substr(0, comma));
    const auto second = common::count_from(text.substr(comma + 1));
    if (!first || !second || *first > *second || *second >= max_antennas) {
        return false;
    }
    options.first = static_cast<std::size_t>(*first);
    options.second = static_cast<std::size_t>(*second);
    return true;
}

void add_input_options(CommandLine& line, Options& options) {
    line.begin_group("Input");
    line.add_repeated({.names = "-i,--input",
                       .value = "FILE",
                       .help = "File of int8 samples, real and imaginary part: one for each\n"
                               "antenna, or one of int8[sample][antenna][2]; without: a\n"
                               "simulated sky",
                       .wanted = "the name of a file",
                       .read = [&options](const std::string& text) {
                           options.inputs.push_back(text);
                           return !text.empty();
                       }});
    line.add_count("-a,--antennas", options.antennas, 1, max_antennas,
                   "Antennas, or inputs: two for one with two polarisations");
    line.add_repeated({.names = "--source",
                       .value = "DELAY[,POWER[,DRIFT]]",
                       .help = "A simulated source; may be given several times. DELAY:\n"
                               "samples from one antenna to the next. POWER: that of an\n"
                               "antenna's noise is 1 [1]. DRIFT: of the delay, samples a\n"
                               "million samples [0]. Two of them if none is given",
                       .wanted = "DELAY[,POWER[,DRIFT]], numbers up to 1000, no power below zero",
                       .read = [&options](const std::string& text) {
                           const auto source = source_from(text);
                           options.sources.push_back(source.value_or(Source{}));
                           return source.has_value();
                       }});
    line.add_count("--seed", options.seed, 0, std::numeric_limits<std::uint64_t>::max() - 1,
                   "Variant of the simulated noise");
    line.add({.names = "--chunks",
              .value = "N",
              .help = "Chunks, at most; 0: to the end of the files, or until\n"
                      "Ctrl-C [128 of a simulated sky, else 0]",
              .wanted = "a whole number",
              .read = [&options](const std::string& text) {
                  options.chunks = common::count_from(text);
                  return options.chunks.has_value();
              }});
    line.add_number("--sample-rate", options.sample_rate, 1, 1e12,
                    "Samples a second, for the picture");
}

void add_correlation_options(CommandLine& line, Options& options) {
    line.begin_group("Correlation");
    line.add_power_of_two("--channels", options.channels, 16, 8192, "Channels");
    line.add_count("--taps", options.taps, 1, 64, "Filter length, in blocks of that many samples");
    line.add({.names = "--window",
              .value = "hamming|hann",
              .help = "Window over the sinc",
              .wanted = "one of hamming|hann",
              .read =
                  [&options](const std::string& text) {
                      options.window =
                          text == "hann" ? filter_bank::Window::hann : filter_bank::Window::hamming;
                      return text == "hann" || text == "hamming";
                  },
              .initial = "hamming"});
    line.add_number("--gain", options.gain, 0, 1e6,
                    "How much larger noise is behind the filter bank, where\n"
                    "values are rounded to 8 bits");
    line.add_power_of_two("--chunk", options.spectra, 8, max_spectra,
                          "Spectra that travel together");
    line.add_count("--integrate", options.integrate, 1, max_integrate,
                   "Chunks that a row of visibilities is the sum of");
    line.add_count("--in-flight", options.in_flight, 1, 64, "Chunks on their way at one time");
    line.add_flag("--blocking", options.blocking,
                  "One chunk at a time, and one stage at a time, to compare");
    line.add_device_choice(options.platform, options.device);
}

void add_output_options(CommandLine& line, Options& options) {
    line.begin_group("Output");
    line.add_text({.names = "-o,--output",
                   .value = "PREFIX",
                   .help = "Write PREFIX.npy, complex128[row][channel][baseline], and\n"
                           "PREFIX.png",
                   .initial = options.output},
                  options.output);
    line.add({.names = "--baseline",
              .value = "I,J",
              .help = "The antennas whose visibilities the picture shows",
              .wanted = "two antennas, the lower number first, such as 0,1",
              .read = [&options](const std::string& text) { return read_baseline(text, options); },
              .initial = "0,1"});
    line.add_timeline(options.timeline,
                      "Write what happened when: a picture (.svg), a page\n"
                      "to zoom (.html) or a trace for Perfetto (.json); of\n"
                      "all ranks");
}

void check_together(Options& options, const CommandLine& line) {
    if (options.inputs.size() == 1 && !line.was_given("--antennas")) {
        throw Error("--antennas is needed: there is one file for all of them");
    }
    if (options.inputs.size() > 1) {
        if (line.was_given("--antennas") && options.antennas != options.inputs.size()) {
            throw Error("--antennas: " + std::to_string(options.antennas) +
                        " is not one for each of the " + std::to_string(options.inputs.size()) +
                        " files, nor is there one for all");
        }
        if (options.inputs.size() > max_antennas) {
            throw Error("--input: " + std::to_string(options.inputs.size()) +
                        " files are more than there may be antennas, " +
                        std::to_string(max_antennas));
        }
        options.antennas = options.inputs.size();
    }
    if (!options.inputs.empty() && !options.sources.empty()) {
        throw Error("--source: there is no simulated sky with --input");
    }
    if (options.inputs.empty() && options.sources.empty()) {
        options.sources = {{.delay = 0.6, .power = 0.5, .drift = 0.3},
                           {.delay = -2.2, .power = 0.25, .drift = -0.2}};
    }
    if (options.antennas == 1 && !line.was_given("--baseline")) {
        options.second = 0;
    }
    if (options.second >= options.antennas) {
        throw Error("--baseline: there is no antenna " + std::to_string(options.second) + " of " +
                    std::to_string(options.antennas) + ", which begin with 0");
    }
    if (options.output.empty() || options.output.back() == '/') {
        throw Error("--output: '" + options.output + "' does not name a file");
    }
    constexpr std::uint64_t simulated_chunks = 128;
    if (!options.chunks) {
        options.chunks = options.inputs.empty() ? simulated_chunks : 0;
    }
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    CommandLine line{
        "correlator",
        "An FX correlator: each rank divides the samples of its antennas into channels,\n"
        "the ranks exchange them, and each correlates all antennas in its channels.\n"
        "    mpiexec -n 4 correlator --antennas 16\n"
        "Ctrl-C ends the input of all ranks, and what there is is written; a second\n"
        "one ends at once.",
        36};
    add_input_options(line, options);
    add_correlation_options(line, options);
    add_output_options(line, options);
    if (!line.parse(argc, argv)) {
        return std::nullopt;
    }
    check_together(options, line);
    return options;
}

}  // namespace correlator
