#include "pipeline.hpp"

#include "common/shown_command.hpp"
#include "known_spectra.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <span>
#include <utility>

namespace waterfall {

namespace jcl = juggle::opencl;

namespace {

/// By the device's clock; zero if the driver does not tell.
std::chrono::nanoseconds time_of(const cl::Event& event, cl_profiling_info which) {
    cl_ulong time = 0;
    const cl_int status = ::clGetEventProfilingInfo(event(), which, sizeof time, &time, nullptr);
    return std::chrono::nanoseconds{status == CL_SUCCESS ? static_cast<std::int64_t>(time) : 0};
}

}  // namespace

Pipeline::Pipeline(const Options& options, const cl::Device& device, SampleSource& source,
                   Interrupt& interrupt, RowSinks sinks, juggle::Timeline* timeline)
    : options_(options), source_(source), interrupt_(interrupt), timeline_(timeline),
      measures_lanes_(sinks.show != nullptr), context_(device),
      upload_(common::make_queue(context_, device, timeline, "upload", measures_lanes_)),
      compute_(common::make_queue(context_, device, timeline, "compute", measures_lanes_)),
      download_(common::make_queue(context_, device, timeline, "download", measures_lanes_)),
      bank_(options, context_, device),
      planner_(options.channels, options.channels * options.taps, options.integrate),
      carry_("carry", bank_.make_carry()), sinks_("recorder", std::move(sinks)),
      progress_(options.sample_rate) {
    check_known_spectra(bank_, options, device, compute_);
    bank_.show_on(timeline);
    for (std::size_t i = 0; i < options.in_flight; ++i) {
        slots_.push_back(make_slot());
    }
}

Pipeline::Slot Pipeline::make_slot() const {
    const std::size_t sample_bytes = options_.chunk * bytes_per_sample(options_.format);
    const std::size_t row_floats = bank_.max_rows() * options_.channels;
    return {.host_samples{"host samples",
                          common::HostBuffer<std::byte>(context_, upload_, sample_bytes)},
            .device_samples{"device samples", bank_.make_samples()},
            .device_rows{"device rows", bank_.make_rows()},
            .host_rows{"host rows", common::HostBuffer<float>(context_, download_, row_floats)}};
}

std::optional<juggle::TimelineSpan> Pipeline::show(const char* what) const {
    if (timeline_ == nullptr) {
        return std::nullopt;
    }
    return timeline_->span(what);
}

juggle::Task<std::uint64_t> Pipeline::run() {
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

juggle::Task<> Pipeline::read_all(juggle::JobQueue& jobs) {
    const std::size_t sample_bytes = bytes_per_sample(options_.format);
    for (std::size_t index = 0;; ++index) {
        if (timeline_ != nullptr) {
            timeline_->chunk(index);
        }
        Slot& slot = slots_[index % slots_.size()];
        HostSamples::Allocation host_samples = slot.host_samples.acquire();
        const common::HostBuffer<std::byte>& samples = co_await host_samples.wait_events();
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

juggle::Task<> Pipeline::process(Chunk chunk, Tickets tickets) {
    auto& [host_samples, device_samples, carry, device_rows, host_rows, sinks] = tickets;

    // Reading has filled the host's buffer; the queue waits until the filter bank has done with
    // the samples that were in the device's before.
    const cl::Event uploaded =
        co_await jcl::enqueue(upload_, host_samples, device_samples, [&](jcl::Commands& commands) {
            upload_.enqueueWriteBuffer(*device_samples, CL_FALSE, bank_.samples_offset(),
                                       chunk.samples * bytes_per_sample(options_.format),
                                       host_samples->data(), commands.wait_list(),
                                       commands.event("upload"));
        });
    host_samples.ready();

    const cl::Event computed = co_await jcl::enqueue(
        compute_, device_samples, carry, device_rows, [&](jcl::Commands& commands) {
            bank_.enqueue(compute_, chunk, *device_samples, *carry, *device_rows, &commands);
        });
    device_samples.ready();
    carry.ready();

    std::span<float> new_rows;
    const cl::Event downloaded =
        co_await jcl::enqueue(download_, device_rows, host_rows, [&](jcl::Commands& commands) {
            new_rows = host_rows->span().first(chunk.rows * options_.channels);
            if (!new_rows.empty()) {
                download_.enqueueReadBuffer(*device_rows, CL_FALSE, 0, new_rows.size_bytes(),
                                            new_rows.data(), commands.wait_list(),
                                            commands.event("download"));
            }
        });
    device_rows.ready();

    if (measures_lanes_) {
        co_await measure(uploaded, computed, downloaded);
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

juggle::Task<> Pipeline::measure(cl::Event uploaded, cl::Event computed, cl::Event downloaded) {
    // A chunk may have had no work for the later ones, and their events are null then.
    std::chrono::nanoseconds possible{0};
    const std::array<std::pair<LaneUse*, cl::Event*>, 3> stages{{{&lanes_.upload, &uploaded},
                                                                 {&lanes_.compute, &computed},
                                                                 {&lanes_.download, &downloaded}}};
    for (const auto& [lane, event] : stages) {
        if ((*event)() == nullptr) {
            continue;
        }
        co_await *event;
        const std::chrono::nanoseconds ended = time_of(*event, CL_PROFILING_COMMAND_END);
        // Computing takes several commands, the first of which has waited for the upload.
        lane->add(lane == &lanes_.compute ? possible : time_of(*event, CL_PROFILING_COMMAND_START),
                  ended);
        possible = ended;
    }
}

juggle::Task<> Pipeline::pass_on(RowSinks& sinks, std::span<const float> rows) {
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

juggle::Task<> Pipeline::process_or_stop_reading(Chunk chunk, Tickets tickets) {
    try {
        co_await process(chunk, std::move(tickets));
    } catch (...) {
        interrupt_.request();  // the failure should not wait for a slow input
        throw;
    }
}

}  // namespace waterfall
