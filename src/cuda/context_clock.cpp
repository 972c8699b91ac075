#include "context_clock.hpp"

#include <cmath>
#include <exception>
#include <utility>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

namespace {

using juggle::detail::DeviceTimes;

constexpr std::int64_t resolution = 500;  // of cuEventElapsedTime
/// A float has 24 bits: so many ns are counted in steps of 2 us.
constexpr std::int64_t validity = 20'000'000'000;

}  // namespace

ContextClock::ContextClock(const EventRecord& event) noexcept
    : DeviceClock{resolution, validity}, shelf_{event.shelf()}, context_{event.context()} {
    const Driver& driver = *loaded_driver();
    const CurrentContext current{driver, context_};
    if (current.code() != CUDA_SUCCESS ||
        driver.cuStreamCreate(&stream_, CU_STREAM_NON_BLOCKING) != CUDA_SUCCESS) {
        stream_ = nullptr;
        give_up();
        return;
    }
    compare();
}

ContextClock::~ContextClock() {
    if (stream_ == nullptr) {
        return;
    }
    const Driver& driver = *loaded_driver();
    const CurrentContext current{driver, context_};
    if (current.code() == CUDA_SUCCESS) {
        (void)driver.cuStreamDestroy(stream_);
    }
}

bool ContextClock::send_marker() noexcept {
    const Driver& driver = *loaded_driver();
    const CurrentContext current{driver, context_};
    if (current.code() != CUDA_SUCCESS) {
        return false;
    }
    try {
        EventRecord& record = shelf_.take(driver, "timeline", true);
        marker_ = EventAccess::make(record);
        return EventShelf::record(driver, record, stream_) == CUDA_SUCCESS;
    } catch (const std::exception&) {
        return false;
    }
}

std::optional<DeviceTimes> ContextClock::look_at_marker() noexcept {
    if (marker_.status() == EventStatus::pending) {
        return std::nullopt;
    }
    const std::optional<std::int64_t> time = base_ ? time_of(marker_) : base_time_;
    if (!time || marker_.status() == EventStatus::failed) {
        return DeviceTimes{};
    }
    base_ = std::exchange(marker_, Event{});
    base_time_ = *time;
    return DeviceTimes{.started = *time, .ended = *time};
}

std::optional<std::int64_t> ContextClock::time_of(const Event& event) const noexcept {
    const Driver& driver = *loaded_driver();
    const CurrentContext current{driver, context_};
    float milliseconds = 0;
    if (current.code() != CUDA_SUCCESS ||
        driver.cuEventElapsedTime(&milliseconds, base_.handle(), event.handle()) != CUDA_SUCCESS) {
        return std::nullopt;
    }
    return base_time_ + std::llround(static_cast<double>(milliseconds) * 1e6);
}

}  // namespace juggle::cuda::detail
