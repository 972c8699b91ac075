#pragma once

#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/observer.hpp>

#include <coroutine>

namespace juggle::inline JUGGLE_ABI::detail {

/// With a mark for what a derived class has to remember. Here both are set by one store with the
/// flags of `Waiter`; behind the `ListNode` they would take a store of their own.
class MarkedWaiter : public Waiter {
protected:
    ~MarkedWaiter() = default;

    bool marked_ = false;
    bool observed_ = false;  // an observer knows that it waits
};

/// Base of an awaiter `Self` that stands in a queue until it is woken. The queue has functions
/// `join(Self&)`; `leave(Self&)`, which takes it out and wakes it; and
/// `describe(const Self&, WaitReport&)`.
template <class Self, class Queue>
class QueuedWaiter : public MarkedWaiter, public ListNode {
public:
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        if (!this->suspend(coroutine.promise())) {
            return false;
        }
        note_start();
        queue_.join(static_cast<Self&>(*this));
        return true;
    }

    // As those of `Waiter`, for the queue, which knows the type.

    void wake() noexcept {
        note_end();
        Waiter::wake();
    }
    void abort() noexcept {
        note_end();
        Waiter::abort();
    }

    void tell(WaitReport& report) const final {
        queue_.describe(static_cast<const Self&>(*this), report);
    }

protected:
    // NOLINTNEXTLINE(bugprone-crtp-constructor-accessibility): `Self` may be a base of the awaiter
    explicit QueuedWaiter(Queue& queue) noexcept : queue_{queue} {}
    ~QueuedWaiter() = default;

    [[nodiscard]] Queue& queue() const noexcept { return queue_; }

private:
    // Where the awaiter says by `operation` what users call it.

    void note_start() noexcept {
        if constexpr (requires { Self::operation; }) {
            if (current_observer != nullptr) [[unlikely]] {
                observed_ = true;
                current_observer->wait_began(queue_.label(), Self::operation);
            }
        }
    }
    /// It may be woken outside of its executor, too.
    void note_end() noexcept {
        if constexpr (requires { Self::operation; }) {
            if (observed_) [[unlikely]] {
                observed_ = false;
                this->loop().observer()->wait_ended(queue_.label(), Self::operation);
            }
        }
    }

    void on_cancel() noexcept final { queue_.leave(static_cast<Self&>(*this)); }

    Queue& queue_;
};

}  // namespace juggle::detail
