#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/duration.hpp>

#include <chrono>
#include <coroutine>

namespace juggle::inline JUGGLE_ABI {

namespace detail {

class JUGGLE_EXPORT SleepAwaiter final : public Waiter, public Timer {
public:
    static constexpr bool only_throws_when_cancelled = true;

    explicit SleepAwaiter(TimePoint until) noexcept : Timer{&SleepAwaiter::fired}, until_{until} {}
    explicit SleepAwaiter(std::chrono::nanoseconds delay) noexcept
        : Timer{&SleepAwaiter::fired}, delay_{delay}, has_delay_{true} {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        if (!suspend(coroutine.promise())) {
            return false;
        }
        loop().timers().insert(*this, has_delay_ ? loop().after(delay_) : until_);
        return true;
    }
    void await_resume() const { throw_if_cancelled(); }

    void tell(WaitReport& report) const override { describe_wait(report); }

private:
    void describe_wait(WaitReport& report) const;
    static void fired(Timer& timer) noexcept { static_cast<SleepAwaiter&>(timer).wake(); }
    void on_cancel() noexcept override {
        loop().timers().remove(*this);
        wake();
    }

    TimePoint until_{};
    std::chrono::nanoseconds delay_{0};
    bool has_delay_ = false;
};

}  // namespace detail

/// `co_await sleep_for(d)` goes on at the executor's first tick after `d` from now; at its next
/// tick if `d` is zero or less. Timers that are due at the same time fire in the order in which
/// they were started. Allocates nothing. Throws `Cancelled` when the task is asked to stop.
[[nodiscard]] inline detail::SleepAwaiter sleep_for(Duration delay) noexcept {
    return detail::SleepAwaiter{delay};
}

/// The same until a point in time of the executor's clock (`Executor::now`), in any unit, as for
/// `Duration`.
template <class Length>
[[nodiscard]] detail::SleepAwaiter sleep_until(
    std::chrono::time_point<TimePoint::clock, Length> until) {
    return detail::SleepAwaiter{detail::to_time_point(until)};
}

}  // namespace juggle
