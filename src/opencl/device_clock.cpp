#include "device_clock.hpp"

#include <juggle/opencl/detail/calls.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

namespace {

constexpr int comparisons_a_round = 4;
constexpr std::int64_t rounds_apart = 10'000'000'000;  // ns
/// So that a clock that counts something else is seen by the first round.
constexpr std::int64_t comparisons_apart = 250'000;
constexpr std::int64_t least_tolerance = 10'000;

std::int64_t host_time() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::nanoseconds{now}.count();
}

/// Zero for what no clock shows in 100 years, too: it is to be added to.
std::int64_t profiling_time(cl_event event, cl_profiling_info what) noexcept {
    constexpr auto limit = static_cast<cl_ulong>(std::numeric_limits<std::int64_t>::max() / 2);
    cl_ulong time = 0;
    const cl_int code = clGetEventProfilingInfo(event, what, sizeof time, &time, nullptr);
    return code == CL_SUCCESS && time < limit ? static_cast<std::int64_t>(time) : 0;
}

std::int64_t resolution_of(cl_device_id device) noexcept {
    std::size_t resolution = 0;
    const cl_int code = clGetDeviceInfo(device, CL_DEVICE_PROFILING_TIMER_RESOLUTION,
                                        sizeof resolution, &resolution, nullptr);
    constexpr std::size_t most = 1'000'000;
    return code == CL_SUCCESS ? static_cast<std::int64_t>(std::min(resolution, most)) : 0;
}

}  // namespace

DeviceTimes DeviceTimes::of(cl_event event) noexcept {
    return {.queued = profiling_time(event, CL_PROFILING_COMMAND_QUEUED),
            .submitted = profiling_time(event, CL_PROFILING_COMMAND_SUBMIT),
            .started = profiling_time(event, CL_PROFILING_COMMAND_START),
            .ended = profiling_time(event, CL_PROFILING_COMMAND_END)};
}

DeviceClock::DeviceClock(cl_context context, cl_device_id device) noexcept
    : context_{context}, device_{device}, tolerance_{least_tolerance + resolution_of(device)} {
    cl_int status = CL_SUCCESS;
    queue_ = clCreateCommandQueue(context, device, CL_QUEUE_PROFILING_ENABLE, &status);
    compare();
}

DeviceClock::~DeviceClock() { give_up(); }

void DeviceClock::give_up() noexcept {
    if (marker_ != nullptr) {
        clReleaseEvent(std::exchange(marker_, nullptr));
    }
    if (queue_ != nullptr) {
        clReleaseCommandQueue(std::exchange(queue_, nullptr));
    }
}

void DeviceClock::compare() noexcept {
    if (queue_ == nullptr) {
        return;
    }
    before_ = host_time();
    if (clEnqueueMarkerWithWaitList(queue_, 0, nullptr, &marker_) != CL_SUCCESS) {
        marker_ = nullptr;
        give_up();
        return;
    }
    after_ = host_time();
    clFlush(queue_);
}

DeviceClock::Bounds DeviceClock::bounds(const DeviceTimes& marker, std::int64_t seen) noexcept {
    Bounds result{before_ - marker.started, seen - marker.ended};
    const Bounds queued{before_ - marker.queued, after_ - marker.queued};
    if (marker.queued != 0 && marker.queued <= marker.started &&
        queued.low <= result.high + tolerance_ && queued.high >= result.low - tolerance_) {
        return queued;
    }
    both_sides_near_ = false;
    if (marker.submitted != 0 && marker.submitted <= marker.started &&
        before_ - marker.submitted <= result.high) {
        result.low = before_ - marker.submitted;
    }
    return result;
}

bool DeviceClock::take(const DeviceTimes& marker, std::int64_t seen) noexcept {
    if (!marker.has_start_and_end()) {
        return false;
    }
    if (comparisons_ == 0) {
        both_sides_near_ = true;
        round_ = bounds(marker, seen);
    } else {
        const Bounds more = bounds(marker, seen);
        round_ = {std::max(round_.low, more.low), std::min(round_.high, more.high)};
    }
    ++comparisons_;
    return round_.low <= round_.high + 2 * tolerance_;
}

std::optional<std::int64_t> DeviceClock::offset(std::int64_t now) noexcept {
    if (marker_ != nullptr) {
        const cl_int status = execution_status(marker_);
        if (status > CL_COMPLETE) {
            return known_ ? std::optional{offset_} : std::nullopt;
        }
        if (status < 0 || !take(DeviceTimes::of(marker_), host_time())) {
            give_up();
            return std::nullopt;
        }
        clReleaseEvent(std::exchange(marker_, nullptr));
        if (comparisons_ == comparisons_a_round) {
            offset_ = both_sides_near_ ? round_.low + (round_.high - round_.low) / 2 : round_.low;
            known_ = true;
            known_at_ = now;
        }
    }
    if (comparisons_ == comparisons_a_round && now - known_at_ > rounds_apart) {
        comparisons_ = 0;
    }
    if (marker_ == nullptr && comparisons_ < comparisons_a_round &&
        host_time() - before_ >= comparisons_apart) {
        compare();
    }
    return known_ ? std::optional{offset_} : std::nullopt;
}

}  // namespace juggle::opencl::detail
