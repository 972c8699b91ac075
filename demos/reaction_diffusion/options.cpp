#include "options.hpp"

#include "common/command_line.hpp"

#include <cstdint>

namespace reaction_diffusion {
namespace {

bool read_mode(const std::string& text, Options& options) {
    options.plain = text != "juggled";
    options.juggled = text != "plain";
    return text == "plain" || text == "juggled" || text == "both";
}

bool read_output(const std::string& text, Options& options) {
    options.output = text;
    return !text.empty() && text.back() != '/';
}

void add_options(common::CommandLine& line, Options& options, bool& no_png) {
    line.add({.names = "--mode",
              .value = "MODE",
              .help = "Which way to work:\n"
                      "plain    steps, read back, write, one by one\n"
                      "juggled  frames are written while steps go on\n"
                      "both     one after the other, to compare",
              .wanted = "one of plain, juggled, both",
              .read = [&options](const std::string& text) { return read_mode(text, options); },
              .initial = "both"});
    line.add_count("--size", options.size, 16, 16'384, "Cells along each side of the square");
    line.add_count("--steps", options.plan.steps, 1, 1'000'000'000, "Steps of the simulation");
    line.add_count("--every", options.plan.every, 1, 1'000'000'000,
                   "A frame of the first state and after each N-th\nstep");
    line.add({.names = "--output",
              .value = "PREFIX",
              .help = "Frames are PREFIX-00000.png, PREFIX-00001.png\n"
                      "and so on; older ones are replaced",
              .wanted = "the beginning of a file's name (--no-png writes none)",
              .read = [&options](const std::string& text) { return read_output(text, options); },
              .initial = options.output.value_or("")});
    line.add_flag("--no-png", no_png, "Read the frames back, but write no files");
    line.exclude("--no-png", "--output");
    line.add_count("--in-flight", options.plan.in_flight, 1, 64,
                   "Frames on their way together, if juggled");
    line.add_number("--feed", options.rates.feed, 0, 1, "Rate at which u is fed");
    line.add_number("--kill", options.rates.kill, 0, 1, "Rate at which v is removed");
    line.add_count("--seed", options.plan.seed, 0, UINT64_MAX,
                   "Another one, other places of the first spots");
    line.add_device_choice(options.platform, options.device);
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    bool no_png = false;
    common::CommandLine line{
        "reaction_diffusion",
        "Lets a Gray-Scott reaction run on an OpenCL device and writes pictures of it, in a plain\n"
        "way and in an overlapping one, and compares their times. The exit status is 130 after\n"
        "Ctrl-C, which ends the run early, with whole pictures.",
        26};
    add_options(line, options, no_png);
    if (!line.parse(argc, argv)) {
        return std::nullopt;
    }
    if (no_png) {
        options.output.reset();
    }
    return options;
}

}  // namespace reaction_diffusion
