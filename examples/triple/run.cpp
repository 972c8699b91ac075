#include "run.hpp"

#include "chunks.hpp"
#include "common/signals_held_back.hpp"
#include "common/timeline_file.hpp"
#include "error.hpp"
#include "gpu.hpp"
#include "modes.hpp"
#include "pipeline.hpp"
#include "table.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/stop_signals.hpp>
#include <juggle/timeline.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

namespace triple::ON_GPU {
namespace {

constexpr int interrupted = 128 + SIGINT;

/// That of a mode among several has its name in it: run.device.svg.
std::string timeline_file(const Options& options, Mode mode) {
    std::filesystem::path file{options.timeline};
    if (options.modes.size() > 1) {
        file.replace_extension(std::string{name(mode)} + file.extension().string());
    }
    return file.string();
}

/// What a chunk goes through, from top to bottom; a page to zoom has all there is.
juggle::TimelineRenderOptions picture(const Options& options, Mode mode) {
    juggle::TimelineRenderOptions result;
    result.title = std::string{name(mode)};
    if (options.timeline.ends_with(".svg")) {
        result.lanes = {"fill", "upload", "compute", "download", "use"};
    }
    if (options.small_timeline) {
        result.bare = true;
        result.width = 480;
        result.row_height = 16;
    }
    return result;
}

int run_modes(Pipeline& pipeline, const Options& options, const juggle::StopSignals& signals) {
    int status = EXIT_SUCCESS;
    // Numbers go on from mode to mode, so nothing that an earlier one left behind passes as right.
    std::uint64_t first_chunk = 0;
    Table table;
    for (const Mode mode : options.modes) {
        if (pipeline.timeline != nullptr) {
            pipeline.timeline->clear();
        }
        Chunks chunks{first_chunk, options.chunks, pipeline.timeline};
        const auto start = std::chrono::steady_clock::now();
        try {
            run_mode(mode, pipeline, chunks, options.limits, signals.token());
        } catch (const juggle::Cancelled&) {
            status = interrupted;  // the chunks that have arrived count
        }
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
        table.add(name(mode), chunks.done(), time.count(), chunks.wrong());
        if (!pipeline.finish()) {
            status = failure;
        }
        if (chunks.wrong() != 0 && mode != Mode::race) {
            std::cerr << "triple: error: mode " << name(mode) << ": wrong chunks\n";
            status = failure;
        }
        if (pipeline.timeline != nullptr) {
            common::write_timeline(*pipeline.timeline, timeline_file(options, mode),
                                   picture(options, mode));
        }
        if (signals.token().stop_requested()) {
            std::cerr << "triple: interrupted\n";
            return status == failure ? failure : interrupted;
        }
        first_chunk += options.chunks;
    }
    return status;
}

void check_timeline(const Options& options) {
    if (options.timeline.empty()) {
        return;
    }
    for (const Mode mode : options.modes) {
        common::check_timeline_file(timeline_file(options, mode));
    }
}

/// Throws Error if the device cannot do what the options ask for.
void check_device(const gpu::Device& device, const Options& options) {
    const std::size_t buffers = 2 * options.limits.buffers;
    const std::uint64_t chunk_bytes = options.chunk * sizeof(float);
    if (chunk_bytes > device.most_bytes() || chunk_bytes > device.memory_bytes() / buffers) {
        throw Error("--chunk: '" + std::to_string(options.chunk) +
                    "': the device has no room for " + std::to_string(buffers) +
                    " buffers of so many floats");
    }
    if (options.stage > options.stage.zero() && !device.can_sleep()) {
        throw Error("--stage-ms: the device '" + device.name() + "' has no " + gpu::host_functions);
    }
}

void print_caption(const gpu::Device& device, const Options& options) {
    std::cout << device.name() << " (" << device.platform_name() << ")\n"
              << options.chunk << " floats a chunk, " << options.limits.in_flight
              << " chunks in flight, " << options.limits.buffers << " buffers of each kind";
    if (options.stage > options.stage.zero()) {
        const std::chrono::duration<double, std::milli> stage = options.stage;
        std::cout << ", stages of " << stage.count() << " ms";
    }
    std::cout << "\n\n";
}

int run_on_device(const Options& options) {
    if (options.stage > options.stage.zero()) {
        // PoCL reads it at the first OpenCL call. Its default, one thread for each processor, lets
        // no more stages sleep at one time than there are processors.
        setenv("POCL_MAX_PTHREAD_COUNT", "4", false);
    }
    check_timeline(options);
    const gpu::Device device = gpu::find_device(options.platform, options.device);
    check_device(device, options);
    std::optional<juggle::Timeline> recording;
    juggle::Timeline* timeline = options.timeline.empty() ? nullptr : &recording.emplace();
    std::optional<common::SignalsHeldBack> meanwhile{std::in_place};
    Pipeline pipeline{device, options.chunk, options.stage, timeline};
    const juggle::StopSignals signals;
    meanwhile.reset();
    print_caption(device, options);
    return run_modes(pipeline, options, signals);
}

}  // namespace

int run(const Options& options) {
    try {
        return run_on_device(options);
    } catch (const gpu::Error& error) {
        throw Error(gpu::description(error));
    }
}

}  // namespace triple::ON_GPU
