#include "fengine/run.hpp"

#include "common/error.hpp"
#include "common/listen.hpp"
#include "common/signals_held_back.hpp"
#include "common/status_on_signal.hpp"
#include "common/timeline_file.hpp"
#include "fengine/control.hpp"
#include "fengine/fengine.hpp"
#include "fengine/metrics.hpp"
#include "fengine/options.hpp"
#include "gpu.hpp"

#include <juggle/as_outcome.hpp>
#include <juggle/asio.hpp>
#include <juggle/cancelled.hpp>
#include <juggle/executor.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/shield.hpp>
#include <juggle/stop_signals.hpp>
#include <juggle/timeline.hpp>

#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace fengine::ON_GPU {
namespace {

using Acceptor = boost::asio::ip::tcp::acceptor;

/// What is made before the first packet comes. Compilers in drivers handle signals, too.
struct Program {
    explicit Program(const Options& options, juggle::Timeline* timeline) {
        const common::SignalsHeldBack meanwhile;
        const gpu::Device device = gpu::find_device(options.platform, options.device);
        if (timeline != nullptr) {
            common::check_timeline_file(options.timeline);
        }
        if (options.control) {
            control.emplace(common::listen(network, *options.control, "--control"));
        }
        if (options.metrics) {
            metrics.emplace(common::listen(network, *options.metrics, "--metrics"));
        }
        engine = std::make_unique<FEngine>(options, device, network, timeline);
        signals = std::make_unique<juggle::StopSignals>();
    }

    boost::asio::io_context network{1};
    std::optional<Acceptor> control;
    std::optional<Acceptor> metrics;
    std::unique_ptr<FEngine> engine;
    std::unique_ptr<juggle::StopSignals> signals;
};

/// For those who start it, and want to know when and where it can be reached.
void announce(const Program& program) {
    std::cout << "listening on " << shown(program.engine->receiver().place()) << ", "
              << program.engine->receiver().receive_buffer() << " bytes of buffer\n";
    if (program.control) {
        std::cout << "control on " << shown(common::place_of(*program.control)) << '\n';
    }
    if (program.metrics) {
        std::cout << "metrics on " << shown(common::place_of(*program.metrics)) << '\n';
    }
    std::cout << std::flush;
}

juggle::Task<> stop(std::vector<juggle::JoinHandle<>> servers) {
    for (const juggle::JoinHandle<>& server : servers) {
        server.request_stop();
        (void)co_await juggle::as_outcome(server);
    }
}

/// The servers run beside the engine, and end with it. Who reads that it listens can stop it.
juggle::Task<> run_all(Program& program) {
    juggle::Executor& executor = *juggle::Executor::current();
    std::vector<juggle::JoinHandle<>> servers;
    if (program.control) {
        servers.push_back(
            executor.spawn("control", serve_control(*program.engine, *program.control)));
    }
    if (program.metrics) {
        servers.push_back(
            executor.spawn("metrics", serve_metrics(*program.engine, *program.metrics)));
    }
    announce(program);
    const auto outcome = co_await juggle::as_outcome(program.engine->run());
    co_await juggle::shield(stop(std::move(servers)));
    outcome.value();
}

void run_on_device(const Options& options) {
    std::optional<juggle::Timeline> recording;
    juggle::Timeline* const timeline = options.timeline.empty() ? nullptr : &recording.emplace();
    Program program{options, timeline};
    juggle::asio::Loop loop{program.network};
    juggle::ExecutorOptions executor_options;
    executor_options.idle = &loop;
    executor_options.observer = timeline;
    executor_options.metrics = options.metrics.has_value();
    juggle::Executor executor{executor_options};
    const common::StatusOnSignal status{executor};
    bool has_begun = true;
    try {
        executor.run(run_all(program), program.signals->token());
    } catch (const juggle::Cancelled&) {
        has_begun = false;  // the signal has come too early
    }
    if (!has_begun) {
        std::cerr << "fengine: stopped before it began\n";
    }
    std::cout << summary(*program.engine);
    if (timeline != nullptr) {
        common::write_timeline(*timeline, options.timeline, {.title = "fengine"});
        std::cout << options.timeline << '\n' << timeline->summary().text();
    }
}

}  // namespace

void run(const Options& options) {
    try {
        run_on_device(options);
    } catch (const gpu::Error& error) {
        throw common::Error(gpu::description(error));
    }
}

}  // namespace fengine::ON_GPU
