#pragma once

#include <juggle/cancelled.hpp>
#include <juggle/detail/run/promise_base.hpp>

#include <concepts>
#include <coroutine>
#include <cstdint>

namespace juggle::inline JUGGLE_ABI::detail {

/// Marks the library's own awaiters: they resume on the task's own executor by themselves.
class Awaiter {
public:
    Awaiter() = default;
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;

protected:
    ~Awaiter() = default;
};

/// Its name is what compilers say of a `co_await` in any other coroutine.
template <class Promise>
inline constexpr bool only_a_juggle_Task_or_Generator_can_await_this =
    std::derived_from<Promise, PromiseBase>;

/// A coroutine of this library, seen from an awaiter's `await_suspend`.
template <class Promise>
concept LibraryPromise = only_a_juggle_Task_or_Generator_can_await_this<Promise>;

class Waiter;
struct WaitReport;

/// Base of the awaiters that can really suspend: ties the wait to the task, so that a stop request
/// finds it.
///
/// Those derived from it define all virtual functions in the class, which then has no key function:
/// with one, a compiler would describe the class to a debugger in the library alone.
class Waiter : public Awaiter {
public:
    /// False: a stop request is pending, the caller must not suspend.
    [[nodiscard]] bool suspend(PromiseBase& coroutine) noexcept {
        SpawnedTask& task = coroutine.task();
        if (task.take_stop()) [[unlikely]] {
            cancelled_ = true;
            return false;
        }
        coroutine_ = &coroutine;
        task.waiting_in = this;
        task.suspended_in = this;
        return true;
    }

    /// What was waited for has come: the coroutine resumes at one of the executor's next ticks.
    void wake() noexcept {
        coroutine_->task().waits_no_more();
        coroutine_->loop().schedule(*coroutine_);
    }

    /// A stop request finds this wait.
    void stop() noexcept {
        cancelled_ = true;
        on_cancel();
    }

    /// Whether a device, another thread or another library is to end it.
    [[nodiscard]] virtual bool outside() const noexcept { return false; }
    /// How often the watchdog has found it.
    [[nodiscard]] std::uint8_t& times_seen() const noexcept { return times_seen_; }

    /// Says what it waits for. May throw `std::bad_alloc`.
    virtual void tell(WaitReport& report) const = 0;

    /// To be asked before something is handed to this suspended waiter that a loser of a race must
    /// not have. False: it is to have nothing; call `abort` when it stands in no queue any more.
    [[nodiscard]] bool try_commit() noexcept { return coroutine_->task().try_commit(); }

    /// What it was handed counts more than a stop request that came meanwhile: that is for the next
    /// await.
    void forget_cancellation() noexcept {
        cancelled_ = false;
        coroutine_->task().put_stop_back();
    }

    /// Before it is suspended another time.
    void reset() noexcept {
        cancelled_ = false;
        times_seen_ = 0;
    }

    /// The coroutine resumes with `Cancelled`.
    void abort() noexcept {
        cancelled_ = true;
        wake();
    }

    [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
    void throw_if_cancelled() const {
        if (cancelled_) [[unlikely]] {
            throw Cancelled{};
        }
    }

    /// Whether the coroutine was suspended in this await.
    [[nodiscard]] bool waited() const noexcept { return coroutine_ != nullptr; }

    [[nodiscard]] PromiseBase& coroutine() const noexcept { return *coroutine_; }
    [[nodiscard]] Loop& loop() const noexcept { return coroutine_->loop(); }

protected:
    ~Waiter() = default;

private:
    /// Ends the wait early: takes the waiter out of the queue that it stands in and calls `wake`
    /// (or lets that happen later, where the wait cannot be abandoned at once).
    virtual void on_cancel() noexcept = 0;

    PromiseBase* coroutine_ = nullptr;
    bool cancelled_ = false;
    mutable std::uint8_t times_seen_ = 0;
};

}  // namespace juggle::detail
