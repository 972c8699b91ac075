#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/task_id.hpp>

#include <coroutine>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

class JobQueue;

namespace detail {
template <class T>
class JoinAwaiter;
struct JoinAccess;
[[noreturn]] JUGGLE_EXPORT void throw_not_joinable(const char* why);
}  // namespace detail

/// A task that was spawned: to ask it to stop, and to take its result.
///
/// Dropping the handle detaches the task: it goes on, and an exception that ends it is given to
/// the executor's `on_unhandled_exception`.
template <class T = void>
class [[nodiscard("dropping a handle detaches its task; call detach() to say so")]] JoinHandle {
public:
    /// Belongs to no task.
    JoinHandle() = default;
    explicit JoinHandle(detail::SpawnedTaskOf<T>& task) noexcept : task_{&task} { task.retain(); }
    JoinHandle(JoinHandle&& other) noexcept : task_{std::exchange(other.task_, nullptr)} {}
    JoinHandle& operator=(JoinHandle&& other) noexcept {
        JoinHandle{std::move(other)}.swap(*this);
        return *this;
    }
    ~JoinHandle() { detach(); }

    void swap(JoinHandle& other) noexcept { std::swap(task_, other.task_); }

    /// Waits for the task to end; gives its result or rethrows its exception. Both are taken by
    /// that, so only one `co_await` may be made. Resumes on the awaiting task's executor.
    ///
    /// A stop request to the awaiting task ends the wait alone, with `Cancelled`; the handle can be
    /// awaited again. `std::logic_error` if there is no task, if its result has been taken, or if
    /// another task awaits this handle already.
    [[nodiscard]] detail::JoinAwaiter<T> operator co_await() const;

    /// Makes the innermost suspended await of the task throw `Cancelled`, or the next one that
    /// would suspend; a task that has not started ends without running. Does nothing to one that
    /// has ended.
    void request_stop() const noexcept {
        if (task_ != nullptr) {
            task_->request_stop();
        }
    }

    /// Whether the task has ended; awaiting it does not suspend then.
    [[nodiscard]] bool done() const noexcept { return task_ != nullptr && task_->ended(); }

    [[nodiscard]] TaskId id() const noexcept { return task_ == nullptr ? TaskId{} : task_->id(); }

    /// False when it belongs to no task: default-constructed, moved from or detached.
    explicit operator bool() const noexcept { return task_ != nullptr; }

    /// Gives the handle up; the task goes on.
    void detach() noexcept {
        if (task_ != nullptr) {
            std::exchange(task_, nullptr)->release();
        }
    }

private:
    friend detail::JoinAccess;

    detail::SpawnedTaskOf<T>* task_ = nullptr;
};

namespace detail {

struct JoinAccess {
    template <class T>
    [[nodiscard]] static SpawnedTaskOf<T>* task(const JoinHandle<T>& handle) noexcept {
        return handle.task_;
    }
    template <class T>
    [[nodiscard]] static SpawnedTaskOf<T>* release(JoinHandle<T>& handle) noexcept {
        return std::exchange(handle.task_, nullptr);
    }
};

/// Waits for a spawned task to end, whatever it gives.
class JUGGLE_EXPORT EndAwaiter : public Waiter, private EndListener {
public:
    explicit EndAwaiter(SpawnedTask& task) noexcept
        : EndListener{&EndAwaiter::on_end}, awaited_{task} {
        awaited_.retain();
    }

    [[nodiscard]] bool await_ready() const noexcept { return awaited_.ended(); }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        awaited_.loop().check_call("JoinHandle::operator co_await");
        if (awaited_.joiner != nullptr) {
            throw_not_joinable("somebody awaits this task already");
        }
        if (!suspend(coroutine.promise())) {
            return false;
        }
        listen();
        return true;
    }

    /// Throws Cancelled if the wait was ended early.
    void await_resume() const { throw_if_cancelled(); }

    void tell(WaitReport& report) const final { describe_wait(report); }

protected:
    ~EndAwaiter() { awaited_.release(); }
    [[nodiscard]] SpawnedTask& awaited() const noexcept { return awaited_; }
    void listen() noexcept { awaited_.joiner = this; }

private:
    void describe_wait(WaitReport& report) const;
    static void on_end(EndListener& listener) noexcept {
        static_cast<EndAwaiter&>(listener).wake();
    }
    void on_cancel() noexcept override {
        awaited_.joiner = nullptr;
        wake();
    }

    SpawnedTask& awaited_;
};

template <class T>
class JoinAwaiter final : public EndAwaiter {
public:
    static constexpr bool only_throws_when_cancelled = true;

    explicit JoinAwaiter(SpawnedTaskOf<T>& task) noexcept : EndAwaiter{task} {}

    T await_resume() {
        EndAwaiter::await_resume();
        if (waited() && !takes_result()) [[unlikely]] {
            throw Cancelled{};
        }
        if (!awaited().result_available()) [[unlikely]] {
            throw_not_joinable("the task's result has been taken already");
        }
        awaited().result_taken();
        return static_cast<SpawnedTaskOf<T>&>(awaited()).result.take();
    }

private:
    /// An exception wins no race, but one that was lost already leaves it where it is.
    [[nodiscard]] bool takes_result() noexcept {
        SpawnedTask& task = coroutine().task();
        return awaited().outcome().has_error() ? task.race == nullptr || !task.take_stop()
                                               : try_commit();
    }
};

}  // namespace detail

template <class T>
detail::JoinAwaiter<T> JoinHandle<T>::operator co_await() const {
    if (task_ == nullptr) [[unlikely]] {
        detail::throw_not_joinable("the handle belongs to no task");
    }
    if (task_->ended() && !task_->result_available()) [[unlikely]] {
        detail::throw_not_joinable("the task's result has been taken already");
    }
    return detail::JoinAwaiter<T>{*task_};
}

}  // namespace juggle
