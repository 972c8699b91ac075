#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/queued_waiter.hpp>

#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

class WaitQueueAwaiter;

/// What has a `WaitQueue`, for messages.
struct WaitQueueOwner {
    const char* kind;
    const char* wait;  // the function
};

/// Whether tasks may pass, and those that wait until they may: what an `AsyncEvent` and a `Latch`
/// have in common.
class JUGGLE_EXPORT WaitQueue {
public:
    WaitQueue(const WaitQueueOwner& owner, bool open, std::source_location made_at) noexcept
        : open_{open}, owner_{owner}, label_{owner.kind, made_at} {}
    WaitQueue(const WaitQueue&) = delete;
    WaitQueue& operator=(const WaitQueue&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return open_; }

    /// At the start of a function of what has the queue.
    void check_thread(const char* function) noexcept {
        if (waiters_.empty()) {
            guard_.bind();
        }
        if (guard_.is_wrong_thread()) [[unlikely]] {
            wrong_thread(function);
        }
    }

    /// Wakes all that wait, in the order in which they came.
    void open() noexcept;
    void close() noexcept { open_ = false; }

    void set_name(std::string name) noexcept { label_.set_name(std::move(name)); }
    void describe(const WaitQueueAwaiter& waiter, WaitReport& report) const;

    void join(WaitQueueAwaiter& waiter) noexcept;
    void leave(WaitQueueAwaiter& waiter) noexcept;

    /// Before the queue is destroyed: aborts, with checks, if a task waits in it.
    void check_unused(std::string_view what) const noexcept {
        if (has_checks && !waiters_.empty() &&
            !(current_loop != nullptr && current_loop->abandoning())) {
            misuse_by_destruction(what);
        }
    }

private:
    [[noreturn]] void wrong_thread(const char* function) const noexcept;

    bool open_;
    const WaitQueueOwner& owner_;
    Label label_;
    [[no_unique_address]] ThreadGuard guard_;
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
    check_thread(owner_.wait);
    waiters_.push_back(waiter);
}

inline void WaitQueue::leave(WaitQueueAwaiter& waiter) noexcept {
    check_thread("a stop request");
    waiters_.remove(waiter);
    waiter.wake();
}

inline void WaitQueue::open() noexcept {
    open_ = true;
    while (!waiters_.empty()) {
        WaitQueueAwaiter& next = *waiters_.first();
        waiters_.remove(next);
        next.wake();
    }
}

}  // namespace juggle::detail
