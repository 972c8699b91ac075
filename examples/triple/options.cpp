#include "options.hpp"

#include "common/options.hpp"
#include "error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

namespace triple {
namespace {

using common::add_count;
using common::number_from;
using common::refuse;

void read_stage(const std::string& text, std::chrono::nanoseconds& into) {
    constexpr double least = 0.001;
    constexpr double most = 10'000;
    const auto milliseconds = number_from<double>(text);
    if (!milliseconds || !(*milliseconds >= least && *milliseconds <= most)) {
        refuse("--stage-ms", text, "a number from 0.001 to 10000");
    }
    into = std::chrono::nanoseconds{std::llround(*milliseconds * 1e6)};
}

void read_modes(const std::vector<std::string>& words, std::vector<Mode>& into) {
    std::string list;
    for (const auto& [word, mode] : modes) {
        list += (list.empty() ? "" : ", ") + std::string{word};
    }
    into.clear();
    for (const std::string& wanted : words) {
        const auto* found = std::ranges::find(modes, wanted, &decltype(modes)::value_type::first);
        if (found == modes.end()) {
            refuse("--mode", wanted, "one of " + list);
        }
        into.push_back(found->second);
    }
    std::ranges::sort(into);
    const auto twice = std::ranges::unique(into);
    into.erase(twice.begin(), twice.end());
}

void add_options(CLI::App& app, Options& options) {
    app.add_option_function<std::vector<std::string>>(
           "--mode",
           [&options](const std::vector<std::string>& words) { read_modes(words, options.modes); },
           "One or several of these, run in this order [all]:\n"
           "sync      one queue, and a thread that waits for it\n"
           "async     the same, awaited: the thread is free\n"
           "race      chunks overlap, buffers unguarded: WRONG\n"
           "resource  chunks overlap, host-side hand-over\n"
           "device    chunks overlap, device-side hand-over")
        ->type_name("MODE,...")
        ->delimiter(',');
    add_count<std::uint64_t>(app, "--chunks", options.chunks, 1, 1'000'000'000,
                             "Chunks in each mode");
    add_count<std::size_t>(app, "--chunk", options.chunk, 1, std::size_t{1} << 30,
                           "Floats in a chunk");
    add_count<std::size_t>(app, "--in-flight", options.limits.in_flight, 1, 1024,
                           "Chunks on their way together, where they overlap");
    add_count<std::size_t>(app, "--buffers", options.limits.buffers, 1, 1024,
                           "Buffers of each kind, used in turn; if there is one\n"
                           "for each chunk in flight even race shares none");
    app.add_option_function<std::string>(
           "--stage-ms", [&options](const std::string& text) { read_stage(text, options.stage); },
           "Make each stage take MS milliseconds, by a native\n"
           "kernel that sleeps: for CPU devices. Sets\n"
           "POCL_MAX_PTHREAD_COUNT=4 unless it is set, so that\n"
           "PoCL overlaps three stages on any machine")
        ->type_name("MS");
    common::add_timeline(app, options.timeline,
                         "Write what happened when: a picture (.svg), a page to\n"
                         "zoom (.html) or a trace for Perfetto (.json); of\n"
                         "several modes one file each: run.device.svg");
    app.add_flag("--small-timeline", options.small_timeline,
                 "With --timeline FILE.svg: a picture without axis and\n"
                 "legend, to stand beside text");
    common::add_device_choice(app, options.platform, options.device);
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    for (const auto& [word, mode] : modes) {
        options.modes.push_back(mode);
    }
    CLI::App app{
        "Sends chunks through upload, multiplication by three and download on an OpenCL\n"
        "device, in five ways, and checks each result. The exit status is 1 if a chunk is\n"
        "wrong in any mode but race, and 130 after Ctrl-C, which ends the run early.",
        "triple"};
    app.formatter(std::make_shared<common::HelpFormatter>(26));
    add_options(app, options);
    if (!common::parse(app, argc, argv)) {
        return std::nullopt;
    }
    if (options.small_timeline && !options.timeline.ends_with(".svg")) {
        throw Error("--small-timeline: needs a picture, which is --timeline FILE.svg");
    }
    return options;
}

}  // namespace triple
