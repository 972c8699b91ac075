#include "device_clock.hpp"

#include <juggle/opencl/detail/calls.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

namespace {

using juggle::detail::DeviceTimes;

constexpr std::int64_t forever = std::numeric_limits<std::int64_t>::max();

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

DeviceTimes device_times(cl_event event) noexcept {
    return {.queued = profiling_time(event, CL_PROFILING_COMMAND_QUEUED),
            .submitted = profiling_time(event, CL_PROFILING_COMMAND_SUBMIT),
            .started = profiling_time(event, CL_PROFILING_COMMAND_START),
            .ended = profiling_time(event, CL_PROFILING_COMMAND_END)};
}

DeviceClock::DeviceClock(cl_context context, cl_device_id device) noexcept
    : juggle::detail::DeviceClock{resolution_of(device), forever}, context_{context},
      device_{device} {
    cl_int status = CL_SUCCESS;
    queue_ = clCreateCommandQueue(context, device, CL_QUEUE_PROFILING_ENABLE, &status);
    if (queue_ == nullptr) {
        give_up();
        return;
    }
    compare();
}

DeviceClock::~DeviceClock() {
    if (marker_ != nullptr) {
        clReleaseEvent(marker_);
    }
    if (queue_ != nullptr) {
        clReleaseCommandQueue(queue_);
    }
}

bool DeviceClock::send_marker() noexcept {
    if (clEnqueueMarkerWithWaitList(queue_, 0, nullptr, &marker_) != CL_SUCCESS) {
        marker_ = nullptr;
        return false;
    }
    return true;
}

void DeviceClock::flush() noexcept { clFlush(queue_); }

std::optional<DeviceTimes> DeviceClock::look_at_marker() noexcept {
    const cl_int status = execution_status(marker_);
    if (status > CL_COMPLETE) {
        return std::nullopt;
    }
    const DeviceTimes times = status < 0 ? DeviceTimes{} : device_times(marker_);
    clReleaseEvent(std::exchange(marker_, nullptr));
    return times;
}

}  // namespace juggle::opencl::detail
