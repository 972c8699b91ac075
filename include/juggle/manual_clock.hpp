#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/saturate.hpp>
#include <juggle/duration.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI {

/// A clock for tests: it stands still until it is told to go on, or until its executor has nothing
/// left to do but wait for a timer, when it jumps there. An hour of `sleep_for` takes no time.
///
/// It jumps although a device or another thread may still be at work; where that matters, forbid
/// it with `ManualClock{false}` and call `advance`, driving the executor by `poll`.
class JUGGLE_EXPORT ManualClock final : public Clock {
public:
    explicit ManualClock(bool skips = true) noexcept : skips_{skips} {}

    [[nodiscard]] TimePoint now() noexcept override { return now_; }

    [[nodiscard]] bool skip_to(TimePoint deadline) noexcept override {
        if (skips_ && deadline > now_) {
            now_ = deadline;
        }
        return skips_;
    }

    /// Moves the clock on, to the end of time at most. Timers that are due fire at the executor's
    /// next tick. `std::invalid_argument` if `by` is negative: clocks do not go backwards.
    void advance(Duration by) {
        if (by.count() < 0) {
            throw std::invalid_argument{"juggle: ManualClock::advance: argument 'by' is " +
                                        std::to_string(by.count()) + " ns"};
        }
        now_ = detail::later_by(now_, by);
    }

private:
    TimePoint now_{};
    bool skips_;
};

}  // namespace juggle
