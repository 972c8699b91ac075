#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/immortal.hpp>

#include <chrono>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// Points in time of an executor's timers.
using TimePoint = std::chrono::steady_clock::time_point;

/// Where an executor takes the time from. Replace it (`ExecutorOptions::clock`) to test code that
/// waits without waiting; see `ManualClock`.
class JUGGLE_EXPORT Clock {
public:
    virtual ~Clock() = default;

    /// The current time; never goes backwards. Called on the executor's thread.
    [[nodiscard]] virtual TimePoint now() noexcept = 0;

    /// Called when the executor has nothing to do until `deadline`. A clock that can jump there
    /// does so and returns true; the executor then does not sleep.
    [[nodiscard]] virtual bool skip_to(TimePoint deadline) noexcept = 0;
};

/// `std::chrono::steady_clock`, the clock of every executor that is given no other.
class JUGGLE_EXPORT SteadyClock final : public Clock {
public:
    [[nodiscard]] TimePoint now() noexcept override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] bool skip_to(TimePoint) noexcept override { return false; }

    [[nodiscard]] static SteadyClock& instance() noexcept;
};

inline SteadyClock& SteadyClock::instance() noexcept {
    static detail::Immortal<SteadyClock> clock{std::in_place};
    return clock.get();
}

}  // namespace juggle
