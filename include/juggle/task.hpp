#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/task_promise.hpp>

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

template <class T>
class Task;

namespace detail {
template <class T>
class ChildAwaiter;
struct TaskAccess;
}  // namespace detail

/// A coroutine that has not started yet, and will give a `T`, a `T&`, or nothing.
///
/// It starts when it is awaited, or given to `Executor::run`, `Executor::spawn` or a `JobQueue`;
/// one that never is does nothing at all. Whatever it awaits, it goes on on the thread of its own
/// executor. Destroying a task that has not started destroys its arguments; in a library with
/// checks
/// (`JUGGLE_CHECKS`) the executor reports it, unless an exception or a stop request is the reason:
/// call `discard` to say that it is meant. Of tasks that are
/// arguments of each other those more than 64 deep go after the other arguments of the one they
/// were given to, so that no depth needs more of the native stack.
///
/// `co_await std::move(task)` runs it as a part of the awaiting one: it inherits the executor and
/// the stop requests, starts at once, and the awaiting coroutine goes on with its result, or with
/// its exception, as soon as it has ended. When the awaiting coroutine goes on, the arguments and
/// variables of the awaited one have been destroyed already.
template <class T = void>
class [[nodiscard("a task does nothing until it is awaited, run or spawned")]] Task {
public:
    using promise_type = detail::TaskPromise<T>;
    using value_type = T;

    Task() = default;
    Task(std::coroutine_handle<promise_type> frame) noexcept : frame_{frame} {}
    Task(Task&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
    Task& operator=(Task&& other) noexcept {
        Task{std::move(other)}.swap(*this);
        return *this;
    }
    ~Task() {
        if constexpr (detail::has_checks) {
            if (frame_) {
                frame_.promise().report_unawaited();
            }
        }
        discard();
    }

    void swap(Task& other) noexcept { std::swap(frame_, other.frame_); }

    /// False when moved from or default-constructed.
    explicit operator bool() const noexcept { return static_cast<bool>(frame_); }

    /// Destroys it without having started it; it is empty then.
    void discard() noexcept {
        if (frame_) {
            const auto frame = std::exchange(frame_, nullptr);
            frame.promise().destroy_unawaited(frame);
        }
    }

    /// Throws `std::logic_error` if there is no task to await.
    [[nodiscard]] detail::ChildAwaiter<T> operator co_await() &&;

private:
    friend detail::TaskAccess;

    std::coroutine_handle<promise_type> frame_;
};

namespace detail {

/// How the library takes the coroutine out of a task.
struct TaskAccess {
    template <class T>
    [[nodiscard]] static std::coroutine_handle<TaskPromise<T>> release(Task<T>& task) noexcept {
        return std::exchange(task.frame_, nullptr);
    }

    /// It is the library's from now on, which may have reasons not to start it.
    template <class T>
    static void excuse([[maybe_unused]] Task<T>& task) noexcept {
        if constexpr (has_checks) {
            if (task.frame_) {
                task.frame_.promise().excuse();
            }
        }
    }

    /// Takes it out as the outermost coroutine of a record, whose result is to be its own.
    template <class T, class Record>
    [[nodiscard]] static std::coroutine_handle<> release_to(Record& record,
                                                            Task<T>& task) noexcept {
        const auto frame = release(task);
        frame.promise().set_outcome(record.result);
        frame.promise().begin(frame, record);
        return frame;
    }
};

/// `which` task, as the subject of a sentence.
[[noreturn]] JUGGLE_EXPORT void throw_empty_task(const char* which);
[[noreturn]] JUGGLE_EXPORT void throw_empty_argument(const char* function);
[[noreturn]] JUGGLE_EXPORT void throw_awaited_twice(const char* function);

/// A coroutine that runs as the child of another, and its outcome.
template <class T>
class Child {
public:
    explicit Child(Task<T> task) noexcept : frame_{TaskAccess::release(task)} {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (!result_.has_value() && frame_) [[unlikely]] {
            PromiseBase::destroy_child(frame_);
        }
    }

    /// See PromiseBase::begin_below.
    [[nodiscard]] bool begin_below(PromiseBase& parent) noexcept {
        frame_.promise().set_outcome(result_);
        return frame_.promise().begin_below(frame_, parent, result_);
    }

    [[nodiscard]] T take() {
        if (result_.has_value()) [[likely]] {
            return result_.take_value();
        }
        frame_.promise().ended_without_value();
        destroy_ended_frame(current_loop, std::exchange(frame_, nullptr), result_);
        return result_.take();
    }

private:
    std::coroutine_handle<TaskPromise<T>> frame_;
    Result<T> result_;
};

template <class T>
class ChildAwaiter final : public Awaiter {
public:
    explicit ChildAwaiter(Task<T> task) noexcept : child_{std::move(task)} {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> parent) noexcept {
        return !child_.begin_below(parent.promise());
    }

    T await_resume() { return child_.take(); }

private:
    Child<T> child_;
};

}  // namespace detail

template <class T>
detail::ChildAwaiter<T> Task<T>::operator co_await() && {
    if (!frame_) [[unlikely]] {
        detail::throw_empty_task("the awaited Task");
    }
    return detail::ChildAwaiter<T>{std::move(*this)};
}

}  // namespace juggle
