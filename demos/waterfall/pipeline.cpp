#include "common/gpu/devices.hpp"
#include "common/gpu/enqueue.hpp"
#include "device_pipeline.hpp"
#include "known_spectra.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <span>
#include <utility>

namespace waterfall {

namespace gpu = common::gpu;

template <class Device>
DevicePipeline<Device>::DevicePipeline(const Options& options, Device device, SampleSource& source,
                                       Interrupt& interrupt, RowSinks sinks,
                                       juggle::Timeline* timeline)
    : options_(options), source_(source), interrupt_(interrupt), timeline_(timeline),
      measures_lanes_(sinks.show != nullptr), device_(std::move(device)),
      upload_(device_.make_queue(timeline, "upload", measures_lanes_)),
      compute_(device_.make_queue(timeline, "compute", measures_lanes_)),
      download_(device_.make_queue(timeline, "download", measures_lanes_)), bank_(options, device_),
      planner_(options.channels, options.channels * options.taps, options.integrate),
      carry_("carry", bank_.make_carry()), sinks_("recorder", std::move(sinks)),
      progress_(options.sample_rate) {
    check_known_spectra(bank_, options, device_, compute_);
    for (std::size_t i = 0; i < options.in_flight; ++i) {
        slots_.push_back(make_slot());
    }
}

template <class Device>
auto DevicePipeline<Device>::make_slot() const -> Slot {
    const std::size_t sample_bytes = options_.chunk * bytes_per_sample(options_.format);
    const std::size_t row_floats = bank_.max_rows() * options_.channels;
    return {
        .host_samples{"host samples",
                      device_.template make_host_buffer<std::byte>(upload_, sample_bytes)},
        .device_samples{"device samples", bank_.make_samples()},
        .device_rows{"device rows", bank_.make_rows()},
        .host_rows{"host rows", device_.template make_host_buffer<float>(download_, row_floats)}};
}

template <class Device>
std::optional<juggle::TimelineSpan> DevicePipeline<Device>::show(const char* what) const {
    if (timeline_ == nullptr) {
        return std::nullopt;
    }
    return timeline_->span(what);
}

template <class Device>
juggle::Task<std::uint64_t> DevicePipeline<Device>::run() {
    juggle::JobQueue jobs{options_.in_flight};
    const juggle::JoinHandle<> line = juggle::Executor::current()->spawn(progress_.show());
    std::exception_ptr problem;
    progress_.start();
    try {
        co_await read_all(jobs);
    } catch (...) {
        problem = std::current_exception();
    }
    // What the chunks behind a failed one say is a consequence and would only hide the cause.
    while (!jobs.empty()) {
        try {
            co_await jobs.finish();
        } catch (...) {
            if (!problem) {
                problem = std::current_exception();
            }
        }
    }
    if (timeline_ != nullptr) {
        timeline_->chunk(std::nullopt);
    }
    progress_.stop();
    line.request_stop();
    (void)co_await juggle::as_outcome(line);  // cancelled, if it had no time to begin
    if (problem) {
        std::rethrow_exception(problem);
    }

    juggle::ResourceAllocation sinks = co_await sinks_.acquire();
    std::uint64_t rows = 0;
    if (sinks->recorder) {
        const auto finishing = show("finish");
        co_await juggle::offload([&] { sinks->recorder->finish(); });
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): as above
        rows = sinks->recorder->rows();
    }
    sinks.ready();
    co_return rows;
}

template <class Device>
juggle::Task<> DevicePipeline<Device>::read_all(juggle::JobQueue& jobs) {
    const std::size_t sample_bytes = bytes_per_sample(options_.format);
    for (std::size_t index = 0;; ++index) {
        if (timeline_ != nullptr) {
            timeline_->chunk(index);
        }
        Slot& slot = slots_[index % slots_.size()];
        typename HostSamples::Allocation host_samples = slot.host_samples.acquire();
        const auto& samples = co_await host_samples.wait_events();
        auto reading = show("read");
        const std::size_t count = co_await source_.read(samples.span()) / sample_bytes;
        reading.reset();
        if (count == 0) {
            host_samples.ready();
            co_return;
        }
        Tickets tickets{.host_samples = std::move(host_samples),
                        .device_samples = slot.device_samples.acquire(),
                        .carry = carry_.acquire(),
                        .device_rows = slot.device_rows.acquire(),
                        .host_rows = slot.host_rows.acquire(),
                        .sinks = sinks_.acquire()};
        juggle::Task<> job = process_or_stop_reading(planner_.next(count), std::move(tickets));
        co_await jobs.push(std::move(job));
        if (count < options_.chunk) {
            co_return;  // the source has ended
        }
    }
}

template <class Device>
juggle::Task<> DevicePipeline<Device>::process(Chunk chunk, Tickets tickets) {
    auto& [host_samples, device_samples, carry, device_rows, host_rows, sinks] = tickets;

    Stages stages{.upload = device_.make_stopwatch(measures_lanes_),
                  .compute = device_.make_stopwatch(measures_lanes_),
                  .download = device_.make_stopwatch(measures_lanes_)};

    // Reading has filled the host's buffer; the queue waits until the filter bank has done with
    // the samples that were in the device's before.
    const Event uploaded = co_await gpu::enqueue(
        upload_, host_samples, device_samples, [&](typename Device::Commands& commands) {
            const auto new_samples = std::as_bytes(host_samples->span())
                                         .first(chunk.samples * bytes_per_sample(options_.format));
            stages.upload.start(commands);
            commands.write("upload", *device_samples, bank_.samples_offset(), new_samples);
            stages.upload.stop(commands);
        });
    host_samples.ready();

    const Event computed = co_await gpu::enqueue(
        compute_, device_samples, carry, device_rows, [&](typename Device::Commands& commands) {
            stages.compute.start(commands);
            bank_.enqueue(commands, chunk, *device_samples, *carry, *device_rows);
            stages.compute.stop(commands);
        });
    device_samples.ready();
    carry.ready();

    std::span<float> new_rows;
    const Event downloaded = co_await gpu::enqueue(
        download_, device_rows, host_rows, [&](typename Device::Commands& commands) {
            new_rows = host_rows->span().first(chunk.rows * options_.channels);
            if (!new_rows.empty()) {
                stages.download.start(commands);
                commands.read("download", std::as_writable_bytes(new_rows), *device_rows);
                stages.download.stop(commands);
            }
        });
    device_rows.ready();

    if (measures_lanes_) {
        co_await measure(stages, uploaded, computed, downloaded);
    }
    if (!new_rows.empty()) {  // else the sinks' ticket passes its turn on, unused
        co_await downloaded;
        co_await sinks.wait();
        co_await pass_on(*sinks, new_rows);
        sinks.ready();
    }
    host_rows.ready();
    progress_.add(chunk.samples);
}

template <class Device>
juggle::Task<> DevicePipeline<Device>::measure(const Stages& stages, Event uploaded, Event computed,
                                               Event downloaded) {
    struct Lane {
        LaneUse& use;
        const Stopwatch& stopwatch;
        const Event& event;
    };
    const std::array<Lane, 3> all{{{lanes_.upload, stages.upload, uploaded},
                                   {lanes_.compute, stages.compute, computed},
                                   {lanes_.download, stages.download, downloaded}}};
    std::optional<std::chrono::nanoseconds> before;
    for (const auto& [lane, stopwatch, event] : all) {
        // A chunk may have had no work for the later ones.
        if (!stopwatch.has_run(event)) {
            continue;
        }
        co_await event;
        // Computing takes several commands, the first of which has waited for the upload.
        const auto [begun, ended] =
            stopwatch.times(event, &lane == &lanes_.compute ? before : std::nullopt);
        lane.add(begun, ended);
        before = ended;
    }
}

template <class Device>
juggle::Task<> DevicePipeline<Device>::pass_on(RowSinks& sinks, std::span<const float> rows) {
    const auto writing = show("write");
    const auto begun = std::chrono::steady_clock::now().time_since_epoch();
    if (sinks.recorder) {
        co_await juggle::offload([&] { sinks.recorder->append(rows); });
    }
    if (sinks.show) {
        sinks.show(rows, source_.state().lost);
    }
    lanes_.write.add(begun, std::chrono::steady_clock::now().time_since_epoch());
}

template <class Device>
juggle::Task<> DevicePipeline<Device>::process_or_stop_reading(Chunk chunk, Tickets tickets) {
    try {
        co_await process(chunk, std::move(tickets));
    } catch (...) {
        interrupt_.request();  // the failure should not wait for a slow input
        throw;
    }
}

COMMON_GPU_INSTANTIATE(DevicePipeline);

}  // namespace waterfall
