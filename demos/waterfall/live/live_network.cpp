#include "interrupt.hpp"
#include "live/network_source.hpp"
#include "network.hpp"
#include "options.hpp"
#include "pipeline.hpp"
#include "serve/broadcast.hpp"
#include "serve/messages.hpp"
#include "serve/monitor.hpp"
#include "serve/web_server.hpp"

#include <juggle/asio.hpp>
#include <juggle/task_group.hpp>

#include <iostream>
#include <optional>
#include <random>
#include <utility>

#include <boost/asio/io_context.hpp>

namespace waterfall {
namespace {

class LiveNetwork final : public Network {
public:
    LiveNetwork(const Options& options, const Interrupt& interrupt) : options_(options) {
        if (options.receives()) {
            source_.emplace(context_, options, interrupt);
        }
    }

    [[nodiscard]] juggle::bridge::IdleSource& loop() override { return loop_; }
    [[nodiscard]] SampleSource* source() override { return source_ ? &*source_ : nullptr; }

    void serve(const std::string& source_name) override {
        if (!options_.serve) {
            return;
        }
        broadcast_.emplace(stream_message(options_, source_name, std::random_device{}()),
                           options_.channels);
        server_.emplace(context_, *options_.serve, *broadcast_,
                        [this] { return monitor_->metrics(); });
        std::cout << server_->address() << " shows it live\n" << std::flush;
    }

    [[nodiscard]] RowSinks::Show show() override {
        if (!broadcast_) {
            return {};
        }
        return [this](std::span<const float> rows, std::uint64_t lost) {
            broadcast_->append(rows, lost);
        };
    }

    [[nodiscard]] juggle::Task<std::uint64_t> run(Pipeline& pipeline,
                                                  SampleSource& source) override {
        const auto all = [&](juggle::TaskGroup& group) { return run_in(group, pipeline, source); };
        co_return co_await juggle::with_task_group(all);
    }

private:
    [[nodiscard]] juggle::Task<std::uint64_t> run_in(juggle::TaskGroup& group, Pipeline& pipeline,
                                                     SampleSource& source) {
        if (source_) {
            group.spawn("receiver", source_->run());
        }
        if (server_ && broadcast_) {
            monitor_.emplace(pipeline, source, *broadcast_);
            group.spawn("monitor", monitor_->run());
            group.spawn("web server", server_->run());
        }
        const std::uint64_t rows = co_await pipeline.run();
        group.request_stop();
        co_return rows;
    }

    const Options& options_;
    boost::asio::io_context context_{1};
    juggle::asio::Loop loop_{context_};
    std::optional<NetworkSource> source_;
    std::optional<Broadcast> broadcast_;
    std::optional<Monitor> monitor_;
    std::optional<WebServer> server_;
};

}  // namespace

std::unique_ptr<Network> make_network(const Options& options, const Interrupt& interrupt) {
    if (!options.receives() && !options.serve) {
        return nullptr;
    }
    return std::make_unique<LiveNetwork>(options, interrupt);
}

}  // namespace waterfall
