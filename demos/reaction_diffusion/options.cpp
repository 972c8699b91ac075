#include "options.hpp"

#include "common/options.hpp"

#include <memory>

namespace reaction_diffusion {
namespace {

using common::add_count;
using common::add_number;
using common::refuse;

void read_mode(const std::string& text, Options& options) {
    if (text != "plain" && text != "juggled" && text != "both") {
        refuse("--mode", text, "one of plain, juggled, both");
    }
    options.plain = text != "juggled";
    options.juggled = text != "plain";
}

void read_output(const std::string& text, Options& options) {
    if (text.empty() || text.back() == '/') {
        refuse("--output", text, "the beginning of a file's name (--no-png writes none)");
    }
    options.output = text;
}

void add_options(CLI::App& app, Options& options) {
    app.add_option_function<std::string>(
           "--mode", [&options](const std::string& text) { read_mode(text, options); },
           "Which way to work:\n"
           "plain    steps, read back, write, one by one\n"
           "juggled  frames are written while steps go on\n"
           "both     one after the other, to compare")
        ->type_name("MODE")
        ->default_str("both");
    add_count<std::size_t>(app, "--size", options.size, 16, 16'384,
                           "Cells along each side of the square");
    add_count<std::uint64_t>(app, "--steps", options.plan.steps, 1, 1'000'000'000,
                             "Steps of the simulation");
    add_count<std::uint64_t>(app, "--every", options.plan.every, 1, 1'000'000'000,
                             "A frame of the first state and after each N-th\nstep");
    CLI::Option* const output =
        app.add_option_function<std::string>(
               "--output", [&options](const std::string& text) { read_output(text, options); },
               "Frames are PREFIX-00000.png, PREFIX-00001.png\nand so on; older ones are replaced")
            ->type_name("PREFIX")
            ->default_str(options.output.value_or(""));
    app.add_flag_callback(
           "--no-png", [&options] { options.output.reset(); },
           "Read the frames back, but write no files")
        ->excludes(output);
    add_count<std::size_t>(app, "--in-flight", options.plan.in_flight, 1, 64,
                           "Frames on their way together, if juggled");
    add_number(app, "--feed", options.rates.feed, 0, 1, "Rate at which u is fed");
    add_number(app, "--kill", options.rates.kill, 0, 1, "Rate at which v is removed");
    add_count<std::uint64_t>(app, "--seed", options.plan.seed, 0, UINT64_MAX,
                             "Another one, other places of the first spots");
    common::add_device_choice(app, options.platform, options.device);
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    CLI::App app{
        "Lets a Gray-Scott reaction run on an OpenCL device and writes pictures of it, in a plain\n"
        "way and in an overlapping one, and compares their times. The exit status is 130 after\n"
        "Ctrl-C, which ends the run early, with whole pictures.",
        "reaction_diffusion"};
    app.formatter(std::make_shared<common::HelpFormatter>(26));
    add_options(app, options);
    if (!common::parse(app, argc, argv)) {
        return std::nullopt;
    }
    return options;
}

}  // namespace reaction_diffusion
