#include "serve/monitor.hpp"

#include "common/text_stream.hpp"
#include "pipeline.hpp"
#include "sample_source.hpp"
#include "serve/messages.hpp"

#include <juggle/executor.hpp>
#include <juggle/metrics.hpp>
#include <juggle/sleep.hpp>

#include <ctime>
#include <utility>

namespace waterfall {
namespace {

/// Of the thread that calls, in seconds.
double processor_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double in_seconds(const LaneUse& lane) {
    return std::chrono::duration<double>{lane.busy()}.count();
}

}  // namespace

Monitor::Monitor(const Pipeline& pipeline, const SampleSource& source, Broadcast& broadcast)
    : pipeline_(pipeline), source_(source), broadcast_(broadcast) {}

juggle::Task<> Monitor::run() {
    Figures before = figures();
    while (true) {
        Figures now = figures();
        broadcast_.set_status(status_message(before, now));
        before = std::move(now);
        co_await juggle::sleep_for(std::chrono::seconds{1});
    }
}

std::string Monitor::metrics() const {
    std::ostringstream text = common::text_stream();
    figures().write_prometheus(text);
    juggle::Executor::current()->metrics().write_prometheus(text);
    return std::move(text).str();
}

Figures Monitor::figures() const {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start_;
    const Pipeline::Lanes& lanes = pipeline_.lanes();
    return {.seconds = time.count(),
            .samples = pipeline_.progress().samples(),
            .rows = broadcast_.rows().rows(),
            .input = source_.state(),
            .browsers = broadcast_.browsers(),
            .skipped = broadcast_.skipped(),
            .lanes = {{.name = "upload", .busy = in_seconds(lanes.upload)},
                      {.name = "compute", .busy = in_seconds(lanes.compute)},
                      {.name = "download", .busy = in_seconds(lanes.download)},
                      {.name = "write", .busy = in_seconds(lanes.write)},
                      {.name = "host thread", .busy = processor_time()}}};
}

}  // namespace waterfall
