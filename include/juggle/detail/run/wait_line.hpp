#pragma once

#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/queued_waiter.hpp>

#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace juggle::detail {

class WaitLineAwaiter;

/// Whether tasks may pass, and those who wait until they may: what an `AsyncEvent` and a `Latch`
/// have in common.
class WaitLine {
public:
    /// `what` it is, for messages.
    WaitLine(const char* what, bool open, std::source_location made_at) noexcept
        : open_{open}, what_{what}, label_{made_at} {}
    WaitLine(const WaitLine&) = delete;
    WaitLine& operator=(const WaitLine&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return open_; }

    /// Wakes all who wait, in the order in which they came.
    void open() noexcept;
    void close() noexcept {
        check_thread();
        open_ = false;
    }

    void set_name(std::string name) noexcept { label_.set_name(std::move(name)); }
    void describe(const WaitLineAwaiter& waiter, WaitReport& report) const;

    void join(WaitLineAwaiter& waiter) noexcept;
    void leave(WaitLineAwaiter& waiter) noexcept;

    /// Before the line is destroyed: aborts, in debug builds, if somebody waits in it.
    void check_nobody_waits(std::string_view what) const noexcept {
        if (checks_threads && !waiters_.empty() &&
            !(current_loop != nullptr && current_loop->abandoning())) {
            misuse(what);
        }
    }

private:
    void check_thread() noexcept {
        if constexpr (checks_threads) {
            if (waiters_.empty()) {
                guard_.bind();
            }
            guard_.check("juggle: something that a task waits for was used from another thread");
        }
    }

    bool open_;
    const char* what_;
    Label label_;
    ThreadGuard guard_;
    IntrusiveList<WaitLineAwaiter> waiters_;
};

/// Waits until the line is open. One that was woken goes on, even if it is closed again before.
class WaitLineAwaiter final : public QueuedWaiter<WaitLineAwaiter, WaitLine> {
public:
    static constexpr bool only_throws_when_cancelled = true;

    explicit WaitLineAwaiter(WaitLine& line) noexcept : QueuedWaiter{line} {}

    [[nodiscard]] bool await_ready() const noexcept { return queue().is_open(); }
    void await_resume() const { throw_if_cancelled(); }
};

inline void WaitLine::join(WaitLineAwaiter& waiter) noexcept {
    check_thread();
    waiters_.push_back(waiter);
}

inline void WaitLine::leave(WaitLineAwaiter& waiter) noexcept {
    check_thread();
    waiters_.remove(waiter);
    waiter.wake();
}

inline void WaitLine::open() noexcept {
    check_thread();
    open_ = true;
    while (!waiters_.empty()) {
        WaitLineAwaiter& next = *waiters_.first();
        waiters_.remove(next);
        next.wake();
    }
}

}  // namespace juggle::detail
