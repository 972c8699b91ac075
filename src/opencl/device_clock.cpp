#include "device_clock.hpp"

#include <juggle/opencl/detail/calls.hpp>

#include <chrono>
#include <utility>

namespace juggle::opencl::detail {

namespace {

constexpr int comparisons_a_round = 4;
constexpr std::int64_t rounds_apart = 10'000'000'000;  // ns

std::int64_t host_time() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::nanoseconds{now}.count();
}

}  // namespace

DeviceClock::DeviceClock(cl_context context, cl_device_id device) noexcept
    : context_{context}, device_{device} {
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
    const std::int64_t before = host_time();
    if (clEnqueueMarkerWithWaitList(queue_, 0, nullptr, &marker_) != CL_SUCCESS) {
        marker_ = nullptr;
        give_up();
        return;
    }
    const std::int64_t after = host_time();
    clFlush(queue_);
    middle_ = before + (after - before) / 2;
    apart_ = after - before;
}

std::optional<std::int64_t> DeviceClock::offset(std::int64_t now) noexcept {
    if (marker_ == nullptr && known_ && now - known_at_ > rounds_apart) {
        comparisons_ = 0;
        compare();
    }
    while (marker_ != nullptr) {
        const cl_int status = execution_status(marker_);
        if (status > CL_COMPLETE) {
            break;
        }
        cl_ulong queued = 0;
        if (status < 0 || clGetEventProfilingInfo(marker_, CL_PROFILING_COMMAND_QUEUED,
                                                  sizeof queued, &queued, nullptr) != CL_SUCCESS) {
            give_up();
            break;
        }
        clReleaseEvent(std::exchange(marker_, nullptr));
        if (comparisons_ == 0 || apart_ < best_apart_) {
            best_apart_ = apart_;
            best_offset_ = middle_ - static_cast<std::int64_t>(queued);
        }
        if (++comparisons_ < comparisons_a_round) {
            compare();
        } else {
            known_ = true;
            known_at_ = now;
        }
    }
    return known_ ? std::optional{best_offset_} : std::nullopt;
}

}  // namespace juggle::opencl::detail
