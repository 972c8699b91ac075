#pragma once

#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/queued_waiter.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// Base of an awaiter that another thread is to wake: its executor is not stuck meanwhile. The
/// queue calls `begin_external_wait` of the loop when it joins.
template <class Self, class Queue>
class ThreadWaiter : public QueuedWaiter<Self, Queue> {
public:
    static constexpr bool only_throws_when_cancelled = true;

    /// As those of its base; the executor waits for other threads no longer on its account.
    void wake() noexcept {
        this->loop().end_external_wait();
        Waiter::wake();
    }
    void abort() noexcept {
        this->loop().end_external_wait();
        Waiter::abort();
    }

    [[nodiscard]] bool outside() const noexcept override { return true; }

protected:
    // NOLINTNEXTLINE(bugprone-crtp-constructor-accessibility): `Self` may be a base of the awaiter
    explicit ThreadWaiter(Queue& queue) noexcept : QueuedWaiter<Self, Queue>{queue} {}
    ~ThreadWaiter() = default;
};

}  // namespace juggle::detail
