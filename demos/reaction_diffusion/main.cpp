// A reaction of two substances on an OpenCL device, filmed: plain.cpp does one thing after the
// other, juggled.cpp the same at one time. See README.md.

#include "checksum.hpp"
#include "common/error.hpp"
#include "common/find_device.hpp"
#include "common/opencl.hpp"
#include "common/signals_held_back.hpp"
#include "frame_writer.hpp"
#include "gray_scott.hpp"
#include "modes.hpp"
#include "options.hpp"
#include "table.hpp"

#include <juggle/opencl.hpp>
#include <juggle/stop_signals.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reaction_diffusion {
namespace {

constexpr int failure = 1;
constexpr int signalled = 128;

using RunMode = Done (*)(GrayScott&, const FrameWriter&, const Plan&, const std::stop_token&);

std::uint64_t checksum_of(const GrayScott& model, const cl::Image2D& state) {
    std::vector<float> values(model.floats());
    model.read(model.make_queue(), state, values);
    return checksum(std::as_bytes(std::span(values)));
}

void print_caption(const cl::Device& device, const Options& options) {
    const cl::Platform platform{device.getInfo<CL_DEVICE_PLATFORM>()};
    std::cout << device.getInfo<CL_DEVICE_NAME>() << " (" << platform.getInfo<CL_PLATFORM_NAME>()
              << ")\n"
              << options.size << " x " << options.size << " cells, feed " << options.rates.feed
              << ", kill " << options.rates.kill << ", a frame every " << options.plan.every
              << " steps, " << options.plan.in_flight << " in flight\n\n";
}

int run_modes(GrayScott& model, const FrameWriter& writer, const Options& options,
              const juggle::StopSignals& signals) {
    std::vector<std::pair<std::string_view, RunMode>> modes;
    if (options.plain) {
        modes.emplace_back("plain", &run_plain);
    }
    if (options.juggled) {
        modes.emplace_back("juggled", &run_juggled);
    }
    std::optional<std::uint64_t> first_sum;
    Table table;
    for (const auto& [name, run_mode] : modes) {
        const auto start = std::chrono::steady_clock::now();
        const Done done = run_mode(model, writer, options.plan, signals.token());
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
        const std::uint64_t sum = checksum_of(model, done.last);
        table.add(name, done, time.count(), sum);
        if (const int signal = signals.signal(); signal != 0) {
            std::cerr << "reaction_diffusion: interrupted\n";
            return signalled + signal;
        }
        if (sum != first_sum.value_or(sum)) {
            throw common::Error("the modes do not agree");
        }
        first_sum = sum;
    }
    return EXIT_SUCCESS;
}

int run(const Options& options) {
    const cl::Device device = common::find_device(options.platform, options.device);
    check_device(device, options.size, options.plan.in_flight);
    std::optional<common::SignalsHeldBack> meanwhile{std::in_place};
    GrayScott model{device, options.size, options.rates};
    const FrameWriter writer{options.output, model.size(), model.channels()};
    const juggle::StopSignals signals;
    meanwhile.reset();
    print_caption(device, options);
    return run_modes(model, writer, options, signals);
}

}  // namespace
}  // namespace reaction_diffusion

int main(int argc, char** argv) {
    // A write that fails gives an error, which says more than a signal does.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    constexpr std::string_view prefix = "reaction_diffusion: error: ";
    try {
        const auto options = reaction_diffusion::parse_options(argc, argv);
        const int status = options ? reaction_diffusion::run(*options) : EXIT_SUCCESS;
        if (!std::cout.flush()) {
            throw common::Error("cannot write to standard output");
        }
        return status;
    } catch (const cl::Error& error) {
        std::cerr << prefix << common::description(error) << '\n';
    } catch (const std::bad_alloc&) {
        std::cerr << prefix << "out of memory: try a smaller --size or --in-flight\n";
    } catch (const std::exception& error) {
        std::cerr << prefix << error.what() << '\n';
    }
    return reaction_diffusion::failure;
}
