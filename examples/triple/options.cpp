#include "options.hpp"

#include "common/command_line.hpp"
#include "error.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace triple {
namespace {

bool read_stage(const std::string& text, std::chrono::nanoseconds& into) {
    const auto milliseconds = common::number_from(text);
    if (!milliseconds || !(*milliseconds >= 0.001 && *milliseconds <= 10'000)) {
        return false;
    }
    into = std::chrono::nanoseconds{std::llround(*milliseconds * 1e6)};
    return true;
}

bool read_mode(const std::string& text, std::set<Mode>& into) {
    const auto* found = std::ranges::find(modes, text, &decltype(modes)::value_type::first);
    if (found == modes.end()) {
        return false;
    }
    into.insert(found->second);
    return true;
}

std::string list_of_modes() {
    std::string list;
    for (const auto& [word, mode] : modes) {
        list += (list.empty() ? "" : ", ") + std::string{word};
    }
    return list;
}

void add_options(common::CommandLine& line, Options& options, std::set<Mode>& chosen) {
    line.add_list({.names = "--mode",
                   .value = "MODE,...",
                   .help = "One or several of these, run in this order [all]:\n"
                           "sync      one queue, and a thread that waits for it\n"
                           "async     the same, awaited: the thread is free\n"
                           "race      chunks overlap, buffers unguarded: WRONG\n"
                           "resource  chunks overlap, host-side hand-over\n"
                           "device    chunks overlap, device-side hand-over",
                   .wanted = "one of " + list_of_modes(),
                   .read = [&chosen](const std::string& text) { return read_mode(text, chosen); }});
    line.add_count("--chunks", options.chunks, 1, 1'000'000'000, "Chunks in each mode");
    line.add_count("--chunk", options.chunk, 1, std::size_t{1} << 30, "Floats in a chunk");
    line.add_count("--in-flight", options.limits.in_flight, 1, 1024,
                   "Chunks on their way together, where they overlap");
    line.add_count("--buffers", options.limits.buffers, 1, 1024,
                   "Buffers of each kind, used in turn; if there is one\n"
                   "for each chunk in flight even race shares none");
    line.add(
        {.names = "--stage-ms",
         .value = "MS",
         .help = "Make each stage take MS milliseconds, by a native\n"
                 "kernel that sleeps, on a device that has native\n"
                 "kernels (PoCL's have); with CUDA by a host\n"
                 "function. Sets POCL_MAX_PTHREAD_COUNT=4 unless it\n"
                 "is set, so that PoCL overlaps three stages on any\n"
                 "machine",
         .wanted = "a number from 0.001 to 10000",
         .read = [&options](const std::string& text) { return read_stage(text, options.stage); }});
    line.add_timeline(options.timeline,
                      "Write what happened when: a picture (.svg), a page to\n"
                      "zoom (.html) or a trace for Perfetto (.json); of\n"
                      "several modes one file each: run.device.svg");
    line.add_flag("--small-timeline", options.small_timeline,
                  "With --timeline FILE.svg: a picture without axis and\n"
                  "legend, to stand beside text");
    line.add_gpu_choice(options.backend, options.platform, options.device);
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    std::set<Mode> chosen;
    common::CommandLine line{
        "triple",
        "Sends chunks through upload, multiplication by three and download on a device\n"
        "of OpenCL or CUDA, in five ways, and checks each result. The exit status is 1 if\n"
        "a chunk is wrong in any mode but race, and 130 after Ctrl-C, which ends the run\n"
        "early.",
        26};
    add_options(line, options, chosen);
    if (!line.parse(argc, argv)) {
        return std::nullopt;
    }
    for (const auto& [word, mode] : modes) {
        if (chosen.empty() || chosen.contains(mode)) {
            options.modes.push_back(mode);
        }
    }
    if (options.small_timeline && !options.timeline.ends_with(".svg")) {
        throw Error("--small-timeline: needs a picture, which is --timeline FILE.svg");
    }
    return options;
}

}  // namespace triple
