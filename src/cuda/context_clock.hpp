#pragma once

#include "event_shelf.hpp"

#include <juggle/cuda/event.hpp>
#include <juggle/detail/run/device_clock.hpp>

#include <cstdint>
#include <optional>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// How far the times of a context's events are from the host's clock. CUDA tells only how far two
/// events are apart, as a `float` in ms: so times are counted from the last marker, which is never
/// old.
class ContextClock final : public juggle::detail::DeviceClock {
public:
    /// For the context of that event.
    explicit ContextClock(const EventRecord& event) noexcept;
    ~ContextClock() override;

    [[nodiscard]] bool is_of(const EventRecord& event) const noexcept {
        return &shelf_ == &event.shelf();
    }

    /// When a timed event has completed, by this clock without the offset, in ns; nothing if the
    /// driver does not say.
    [[nodiscard]] std::optional<std::int64_t> time_of(const Event& event) const noexcept;

private:
    [[nodiscard]] bool send_marker() noexcept override;
    [[nodiscard]] std::optional<juggle::detail::DeviceTimes> look_at_marker() noexcept override;

    EventShelf& shelf_;
    CUcontext context_;
    CUstream stream_ = nullptr;
    Event marker_;
    Event base_;
    std::int64_t base_time_ = 1'000'000'000'000;  // no marker is at zero
};

}  // namespace juggle::cuda::detail
