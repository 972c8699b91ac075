#include "correlator/blocking.hpp"

#include "common/host_buffer.hpp"
#include "corner_turn.hpp"
#include "gathering.hpp"

#include <juggle/opencl/finish_at_end.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace correlator {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>{Clock::now() - begin}.count();
}

class Blocking {
public:
    Blocking(Setup& setup, const Ranks& ranks, juggle::Timeline* timeline)
        : setup_{setup}, layout_{setup.layout}, timeline_{timeline},
          queue_{common::make_queue(setup.context, setup.device, timeline, "device")},
          samples_{on_host(layout_.input_bytes())}, outgoing_{on_host(layout_.outgoing_bytes())},
          incoming_{on_host(layout_.incoming_bytes())},
          device_samples_{on_device(layout_.input_bytes())},
          device_outgoing_{on_device(layout_.outgoing_bytes())},
          device_incoming_{on_device(layout_.incoming_bytes())},
          visibilities_{on_device(row_bytes())}, row_(layout_.own_visibilities()),
          gathered_(setup.recorder ? layout_.all_visibilities() : 0), corner_turn_{ranks, layout_},
          gathering_{ranks, layout_} {
        setup.f.show_on(timeline);
        setup.x.show_on(timeline);
    }

    void process(std::uint64_t chunk) {
        run("read", [&] { read(chunk); });
        run("F", [&] { channelise(); });
        run("exchange", [&] { exchange(); });
        run("X", [&] { correlate(chunk % setup_.options.integrate == 0); });
    }

    void finish_row() {
        run("rows", [&] { send_row(); });
    }

    [[nodiscard]] std::vector<std::pair<std::string, double>> stages() const {
        return {times_.begin(), times_.end()};
    }

private:
    [[nodiscard]] std::size_t row_bytes() const {
        return layout_.own_visibilities() * sizeof(std::int64_t);
    }
    [[nodiscard]] common::HostBuffer<std::byte> on_host(std::size_t bytes) const {
        return {setup_.context, queue_, std::max<std::size_t>(bytes, 1)};
    }
    [[nodiscard]] cl::Buffer on_device(std::size_t bytes) const {
        return {setup_.context, CL_MEM_READ_WRITE, std::max<std::size_t>(bytes, 1)};
    }
    /// A stage, shown and timed.
    template <class Stage>
    void run(const char* name, Stage stage) {
        std::optional<juggle::TimelineSpan> shown;
        if (timeline_ != nullptr) {
            shown.emplace(timeline_->span(name));
        }
        const Clock::time_point begin = Clock::now();
        stage();
        times_[name] += seconds_since(begin);
    }

    void read(std::uint64_t chunk) {
        setup_.source->read(chunk * layout_.chunk_samples(),
                            samples_.span().first(layout_.input_bytes()));
    }

    void channelise() {
        if (layout_.own_antennas().count == 0) {
            return;
        }
        queue_.enqueueWriteBuffer(device_samples_, CL_TRUE, 0, layout_.input_bytes(),
                                  samples_.data());
        setup_.f.enqueue(queue_, device_samples_, device_outgoing_, nullptr);
        queue_.enqueueReadBuffer(device_outgoing_, CL_TRUE, 0, layout_.outgoing_bytes(),
                                 outgoing_.data());
    }

    void exchange() { corner_turn_.run(outgoing_.data(), incoming_.data()); }

    void correlate(bool begins) {
        queue_.enqueueWriteBuffer(device_incoming_, CL_TRUE, 0, layout_.incoming_bytes(),
                                  incoming_.data());
        setup_.x.enqueue(queue_, device_incoming_, begins, visibilities_, nullptr);
        queue_.finish();
    }

    void send_row() {
        queue_.enqueueReadBuffer(visibilities_, CL_TRUE, 0, row_bytes(), row_.data());
        gathering_.run(row_.data(), gathered_.data());
        if (setup_.recorder) {
            setup_.recorder->append(gathered_);
        }
    }

    Setup& setup_;
    const Layout& layout_;
    juggle::Timeline* timeline_;
    cl::CommandQueue queue_;
    common::HostBuffer<std::byte> samples_;
    common::HostBuffer<std::byte> outgoing_;
    common::HostBuffer<std::byte> incoming_;
    cl::Buffer device_samples_;
    cl::Buffer device_outgoing_;
    cl::Buffer device_incoming_;
    cl::Buffer visibilities_;
    std::vector<std::int64_t> row_;
    std::vector<std::int64_t> gathered_;
    CornerTurn corner_turn_;
    Gathering gathering_;
    std::map<std::string, double> times_;
    juggle::opencl::FinishAtEnd<> end_{queue_};
};

}  // namespace

Totals run_blocking(Setup& setup, const Ranks& ranks, Agreement& agreement,
                    const std::stop_token& stop, juggle::Timeline* timeline) {
    Blocking stages{setup, ranks, timeline};
    const Clock::time_point begin = Clock::now();
    Totals totals;
    for (;;) {
        const Wish next = agreement.ask_blocking(setup.wish(totals.chunks, stop));
        if (next != Wish::next_chunk) {
            totals.interrupted = next == Wish::stop;
            break;
        }
        if (timeline != nullptr) {
            timeline->chunk(totals.chunks);
        }
        stages.process(totals.chunks);
        ++totals.chunks;
        if (totals.chunks % setup.options.integrate == 0) {
            stages.finish_row();
        }
    }
    if (totals.chunks % setup.options.integrate != 0) {
        stages.finish_row();
    }
    totals.seconds = seconds_since(begin);
    totals.stages = stages.stages();
    return totals;
}

}  // namespace correlator
