#pragma once

#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/run/waiter.hpp>

#include <coroutine>

namespace juggle::detail {

/// With a mark for what a derived class has to remember. Here it is set by one store with the flags
/// of `Waiter`; behind the `ListNode` it would take a store of its own.
class MarkedWaiter : public Waiter {
protected:
    ~MarkedWaiter() = default;

    bool marked_ = false;

private:
    [[maybe_unused]] bool fills_the_store_ = false;
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
        queue_.join(static_cast<Self&>(*this));
        return true;
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
    void on_cancel() noexcept final { queue_.leave(static_cast<Self&>(*this)); }

    Queue& queue_;
};

}  // namespace juggle::detail
