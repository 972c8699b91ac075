#pragma once

#include <juggle/detail/base/checks.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/result.hpp>
#include <juggle/detail/run/await_transform.hpp>
#include <juggle/detail/run/promise_base.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <source_location>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// The end of a coroutine: destroys it, or suspends it for the last time.
class FinalAwaiter {
public:
    explicit FinalAwaiter(bool goes) noexcept : goes_{goes} {}
    [[nodiscard]] bool await_ready() const noexcept { return goes_; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}

private:
    bool goes_;
};

/// What the promises of all `Task<T>` have in common.
class JUGGLE_EXPORT TaskPromiseBase : public Awaiting<PromiseBase> {
public:
#if JUGGLE_CHECKS
    std::suspend_always initial_suspend(
        std::source_location defined_at = std::source_location::current()) noexcept {
        defined_at_ = defined_at;
        return {};
    }

    /// Its `Task` is another's business now than the program's: the library's, say.
    void excuse() noexcept { excused_ = true; }
    /// Its `Task` goes and has not started: says so, unless it is excused, or goes because of an
    /// exception or a stop request.
    void report_unawaited() const noexcept;
#else
    std::suspend_always initial_suspend() const noexcept { return {}; }
#endif
    void unhandled_exception() noexcept;

    /// Where the outcome goes: into the awaiter of the parent, or the record of the spawned task.
    /// The frame can then be destroyed before its result is looked at; it destroys itself if there
    /// is a value.
    void set_outcome(ResultBase& outcome) noexcept { outcome_ = &outcome; }

    /// It has ended and given no value: if not by an exception, it fails by one now. Control has
    /// flowed off the end of the coroutine then, which the standard leaves undefined; GCC and Clang
    /// suspend it for the last time as if it had returned.
    void ended_without_value() noexcept;

protected:
    [[nodiscard]] ResultBase& outcome() const noexcept { return *outcome_; }

private:
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): set before it starts
    ResultBase* outcome_;
#if JUGGLE_CHECKS
    std::source_location defined_at_;
    bool excused_ = false;
#endif
};

template <class T>
class TaskPromise final : public TaskPromiseBase {
public:
    std::coroutine_handle<TaskPromise> get_return_object() noexcept {
        return std::coroutine_handle<TaskPromise>::from_promise(*this);
    }

    template <class U = T>
    void return_value(U&& value) {
        result().set_value(std::forward<U>(value));
    }

    void unhandled_exception() noexcept {
        result().drop_value();  // a variable's destructor has thrown after the co_return
        TaskPromiseBase::unhandled_exception();
    }

    /// Whoever takes the value finds out by itself; here it costs too much to be done always.
    FinalAwaiter final_suspend() noexcept {
        if constexpr (has_checks) {
            if (!result().has_value()) {
                ended_without_value();
            }
        }
        return FinalAwaiter{end(outcome())};
    }

private:
    [[nodiscard]] Result<T>& result() const noexcept { return static_cast<Result<T>&>(outcome()); }
};

template <>
class TaskPromise<void> final : public TaskPromiseBase {
public:
    std::coroutine_handle<TaskPromise> get_return_object() noexcept {
        return std::coroutine_handle<TaskPromise>::from_promise(*this);
    }

    void return_void() const noexcept { result().set_value(); }
    void unhandled_exception() noexcept {
        result().drop_value();
        TaskPromiseBase::unhandled_exception();
    }
    FinalAwaiter final_suspend() noexcept { return FinalAwaiter{end(outcome())}; }

private:
    [[nodiscard]] Result<void>& result() const noexcept {
        return static_cast<Result<void>&>(outcome());
    }
};

}  // namespace juggle::detail
