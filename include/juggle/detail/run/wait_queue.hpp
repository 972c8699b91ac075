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

class WaitQueueAwaiter;

/// Whether tasks may pass, and those that wait until they may: what an `AsyncEvent` and a `Latch`
/// have in common.
class WaitQueue {
public:
    /// `what` it is, for messages.
    WaitQueue(const char* what, bool open, std::source_location made_at) noexcept
        : open_{open}, what_{what}, label_{made_at} {}
    WaitQueue(const WaitQueue&) = delete;
    WaitQueue& operator=(const WaitQueue&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return open_; }

    /// Wakes all that wait, in the order in which they came.
    void open() noexcept;
    void close() noexcept {
        check_thread();
        open_ = false;
    }

    void set_name(std::string name) noexcept { label_.set_name(std::move(name)); }
    void describe(const WaitQueueAwaiter& waiter, WaitReport& report) const;

    void join(WaitQueueAwaiter& waiter) noexcept;
    void leave(WaitQueueAwaiter& waiter) noexcept;

    /// Before the queue is destroyed: aborts, with checks, if a task waits in it.
    void check_unused(std::string_view what) const noexcept {
        if (has_checks && !waiters_.empty() &&
            !(current_loop != nullptr && current_loop->abandoning())) {
            misuse(what);
        }
    }

private:
    void check_thread() noexcept {
        if constexpr (has_checks) {
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
    IntrusiveList<WaitQueueAwaiter> waiters_;
};

/// Waits until the queue is open. One that was woken goes on, even if it is closed again before.
class WaitQueueAwaiter final : public QueuedWaiter<WaitQueueAwaiter, WaitQueue> {
public:
    static constexpr bool only_throws_when_cancelled = true;

    explicit WaitQueueAwaiter(WaitQueue& queue) noexcept : QueuedWaiter{queue} {}

    [[nodiscard]] bool await_ready() const noexcept { return queue().is_open(); }
    void await_resume() const { throw_if_cancelled(); }
};

inline void WaitQueue::join(WaitQueueAwaiter& waiter) noexcept {
    check_thread();
    waiters_.push_back(waiter);
}

inline void WaitQueue::leave(WaitQueueAwaiter& waiter) noexcept {
    check_thread();
    waiters_.remove(waiter);
    waiter.wake();
}

inline void WaitQueue::open() noexcept {
    check_thread();
    open_ = true;
    while (!waiters_.empty()) {
        WaitQueueAwaiter& next = *waiters_.first();
        waiters_.remove(next);
        next.wake();
    }
}

}  // namespace juggle::detail
