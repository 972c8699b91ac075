#pragma once

#include <juggle/cancelled.hpp>
#include <juggle/detail/promise_base.hpp>

#include <concepts>
#include <coroutine>

namespace juggle::detail {

/// Marks the library's own awaiters: they resume on the task's own executor by themselves.
class Awaiter {
public:
    Awaiter() = default;
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;

protected:
    ~Awaiter() = default;
};

/// A coroutine of this library, seen from an awaiter's `await_suspend`.
template <class Promise>
concept LibraryPromise = std::derived_from<Promise, PromiseBase>;

/// Base of the awaiters that can really suspend: ties the wait to the task, so that a stop request
/// finds it.
class Waiter : public Awaiter {
public:
    /// Ends the wait early: takes the waiter out of whatever line it stands in and calls `wake`
    /// (or lets that happen later, where the wait cannot be abandoned at once).
    using CancelFunction = void (*)(Waiter&) noexcept;

    explicit Waiter(CancelFunction on_cancel) noexcept : cancel_{on_cancel} {}

    /// False: a stop request is pending, the caller must not suspend.
    [[nodiscard]] bool suspend(PromiseBase& coroutine) noexcept {
        SpawnedTask& task = coroutine.task();
        if (task.take_stop()) [[unlikely]] {
            cancelled_ = true;
            return false;
        }
        coroutine_ = &coroutine;
        task.waiting_in = this;
        return true;
    }

    /// What was waited for has come: the coroutine resumes at one of the executor's next turns.
    void wake() noexcept {
        coroutine_->task().waiting_in = nullptr;
        coroutine_->loop().schedule(*coroutine_);
    }

    /// A stop request finds this wait.
    void cancel() noexcept {
        cancelled_ = true;
        cancel_(*this);
    }

    /// To be asked before something is handed to this suspended waiter that a loser of a race must
    /// not have. False: it is to have nothing; call `lose` when it stands in no line any more.
    [[nodiscard]] bool may_take() noexcept { return coroutine_->task().may_take(); }

    /// The coroutine resumes with `Cancelled`.
    void lose() noexcept {
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
    PromiseBase* coroutine_ = nullptr;
    CancelFunction cancel_;
    bool cancelled_ = false;
};

inline void PromiseBase::resume_unless_cancelled(PostNode& node) noexcept {
    auto& self = static_cast<PromiseBase&>(node);
    if (self.task_->only_wait->cancelled()) {
        self.task_->end_cancelled();
    } else {
        self.frame_.resume();
    }
}

inline void SpawnedTask::request_stop() noexcept {
    if (ended()) {
        return;
    }
    loop_->check_thread();
    ++stop_requests_;
    stop_round_ = loop_->stop_round();
    if (waiting_in != nullptr) {
        std::exchange(waiting_in, nullptr)->cancel();
    } else {
        stop_pending_ = true;
    }
}

}  // namespace juggle::detail
