// A streaming spectrometer: I/Q samples in, a waterfall out. See README.md.

#include "common/gpu/with_device.hpp"
#include "common/opencl.hpp"
#include "common/signals_held_back.hpp"
#include "common/status_on_signal.hpp"
#include "common/timeline_file.hpp"
#include "device_pipeline.hpp"
#include "error.hpp"
#include "interrupt.hpp"
#include "network.hpp"
#include "options.hpp"
#include "recorder.hpp"
#include "sample_source.hpp"

#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <csignal>
#include <exception>
#include <iomanip>
#include <iostream>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace waterfall {
namespace {

void report_files(const Options& options, const Progress& progress, std::uint64_t rows) {
    if (rows == 0) {
        std::cerr << "waterfall: warning: " << progress.samples()
                  << " samples do not make a complete row; the output is empty\n";
    }
    std::cout << options.output << ".npy: " << rows << " rows of " << options.channels
              << " channels\n"
              << options.output << ".png\n";
}

void report(const Options& options, const Progress& progress, std::uint64_t rows, bool interrupted,
            const InputState& input) {
    if (!options.output.empty()) {
        report_files(options, progress, rows);
    }
    std::cout << (interrupted ? "interrupted after " : "") << progress.samples() << " samples, "
              << progress.seconds_of_signal() << " s of signal in " << std::setprecision(3)
              << progress.seconds() << " s (" << progress.megasamples_per_second()
              << " Msamples/s)\n";
    if (options.receives()) {
        std::cout << input.lost << " samples lost\n";
    }
    if (options.reconnect) {
        std::cout << input.disconnects << " connections have ended\n";
    }
}

template <class Device>
std::unique_ptr<Pipeline> make_pipeline_on(Device device, const Options& options,
                                           SampleSource& source, Interrupt& interrupt,
                                           Network* network, juggle::Timeline* timeline) {
    RowSinks sinks;
    if (!options.output.empty()) {
        sinks.recorder.emplace(options, source.name());
    }
    if (timeline != nullptr) {  // perhaps in the folder that the recorder has made
        common::check_timeline_file(options.timeline);
    }
    if (network != nullptr) {
        sinks.show = network->show();
    }
    return std::make_unique<DevicePipeline<Device>>(options, std::move(device), source, interrupt,
                                                    std::move(sinks), timeline);
}

std::unique_ptr<Pipeline> make_pipeline(const Options& options, SampleSource& source,
                                        Interrupt& interrupt, Network* network,
                                        juggle::Timeline* timeline) {
    const common::SignalsHeldBack meanwhile;
    std::unique_ptr<Pipeline> pipeline = common::gpu::with_device(
        options.backend, options.platform, options.device, [&]<class Device>(Device device) {
            return make_pipeline_on(std::move(device), options, source, interrupt, network,
                                    timeline);
        });
    interrupt.listen();
    return pipeline;
}

void run(const Options& options) {
    Interrupt interrupt;
    const std::unique_ptr<Network> network = make_network(options, interrupt);
    std::unique_ptr<SampleSource> opened;
    SampleSource* source = network == nullptr ? nullptr : network->source();
    if (source == nullptr) {
        opened = open_source(options, interrupt);
        source = opened.get();
    }
    if (network != nullptr) {
        network->serve(source->name());
    }
    std::optional<juggle::Timeline> recording;
    juggle::Timeline* timeline = options.timeline.empty() ? nullptr : &recording.emplace();
    const std::unique_ptr<Pipeline> pipeline =
        make_pipeline(options, *source, interrupt, network.get(), timeline);
    juggle::ExecutorOptions how{.observer = timeline, .metrics = options.serve.has_value()};
    how.idle = network == nullptr ? nullptr : &network->loop();
    juggle::Executor executor{how};
    const common::StatusOnSignal status{executor};
    const std::uint64_t rows =
        executor.run(network == nullptr ? pipeline->run() : network->run(*pipeline, *source));
    report(options, pipeline->progress(), rows, interrupt.requested(), source->state());
    if (timeline != nullptr) {
        common::write_timeline(*timeline, options.timeline, {.title = "waterfall"});
        std::cout << options.timeline << '\n' << timeline->summary().text();
    }
}

/// Nothing that is opened later may take the place of a standard stream that the caller has
/// closed: what is meant for the stream would end up in it. Opened the wrong way round, they
/// still give an error when they are used.
void occupy_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) < 0) {
            ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

std::string description(const cl::Error& error) {
    std::string text = common::description(error);
    switch (error.err()) {
        case CL_INVALID_BUFFER_SIZE:
        case CL_MEM_OBJECT_ALLOCATION_FAILURE:
        case CL_OUT_OF_RESOURCES:
        case CL_OUT_OF_HOST_MEMORY:
            return text + " (a smaller --chunk or --in-flight may help)";
        default:
            return text;
    }
}

#ifdef DEMOS_CUDA
/// Of common::CudaError, or of juggle::cuda::Error.
template <class Error>
std::string description_of_cuda(const Error& error) {
    const std::string text = error.what();
    return error.code() == CUDA_ERROR_OUT_OF_MEMORY
               ? text + " (a smaller --chunk or --in-flight may help)"
               : text;
}
#endif

void check_standard_output() {
    errno = 0;
    if (!std::cout.flush()) {
        if (errno == 0) {  // it was an earlier write
            throw Error("cannot write to standard output");
        }
        throw SystemError("cannot write to standard output");
    }
}

}  // namespace
}  // namespace waterfall

int main(int argc, char** argv) {
    waterfall::occupy_standard_streams();
    // A write that fails gives an error, which says more than a signal does.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        const std::optional<waterfall::Options> options = waterfall::parse_options(argc, argv);
        if (options) {
            waterfall::run(*options);
        }
        waterfall::check_standard_output();
        return 0;
    } catch (const cl::Error& error) {
        std::cerr << "waterfall: error: " << waterfall::description(error) << '\n';
#ifdef DEMOS_CUDA
    } catch (const common::CudaError& error) {
        std::cerr << "waterfall: error: " << waterfall::description_of_cuda(error) << '\n';
    } catch (const juggle::cuda::Error& error) {
        std::cerr << "waterfall: error: " << waterfall::description_of_cuda(error) << '\n';
#endif
    } catch (const std::bad_alloc&) {
        std::cerr << "waterfall: error: out of memory: try a smaller --chunk or --in-flight\n";
    } catch (const std::exception& error) {
        std::cerr << "waterfall: error: " << error.what() << '\n';
    }
    return 1;
}
