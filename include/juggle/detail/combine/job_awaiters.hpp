#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/task.hpp>
#include <juggle/task_id.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <source_location>
#include <tuple>
#include <utility>

namespace juggle::inline JUGGLE_ABI {
class Executor;
class JobQueue;
}  // namespace juggle

namespace juggle::inline JUGGLE_ABI::detail {

/// Waits until at most so many jobs remain in a queue, taking out the oldest as they end.
///
/// The tasks that wait for one `JobQueue` queue up; the first of them listens to the end of the
/// front job and does its work right there, so that the next one sees the jobs as they are then.
class JUGGLE_EXPORT JobsAwaiter : public Waiter, public ListNode, private EndListener {
public:
    /// What is left to do when the queue is short enough.
    using ThenFunction = void (*)(JobsAwaiter&) noexcept;

    JobsAwaiter(JobQueue& queue, std::size_t max_remaining, ThenFunction then) noexcept
        : EndListener{&JobsAwaiter::front_ended}, queue_{queue}, max_remaining_{max_remaining},
          then_{then} {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        return wait_in(coroutine.promise());
    }

    void tell(WaitReport& report) const final { describe_wait(report); }

protected:
    ~JobsAwaiter() = default;

    [[nodiscard]] JobQueue& queue() const noexcept { return queue_; }
    [[nodiscard]] Executor& executor() const noexcept { return loop_->executor(); }
    void fail(std::exception_ptr error) noexcept { error_ = std::move(error); }

    void finish_await() {
        throw_if_cancelled();
        if (error_) [[unlikely]] {
            std::rethrow_exception(std::move(error_));
        }
    }

private:
    [[nodiscard]] bool wait_in(PromiseBase& coroutine) noexcept;
    /// True: nothing is left to wait for. False: listens to the front job.
    [[nodiscard]] bool advance() noexcept;
    void complete() noexcept;
    static void serve_waiters(JobQueue& queue) noexcept;
    static void front_ended(EndListener& listener) noexcept;
    void on_cancel() noexcept final { leave(); }
    void leave() noexcept;
    void wake() noexcept;
    void describe_wait(WaitReport& report) const;

    JobQueue& queue_;
    Loop* loop_ = nullptr;
    std::size_t max_remaining_;
    ThenFunction then_;
    std::exception_ptr error_;
};

/// `JobQueue::finish`.
class FinishAwaiter final : public JobsAwaiter {
public:
    FinishAwaiter(JobQueue& queue, std::size_t max_remaining) noexcept
        : JobsAwaiter{queue, max_remaining, [](JobsAwaiter&) noexcept {}} {}

    void await_resume() { finish_await(); }
};

/// `JobQueue::push`. `Name`: a string, if the job has one.
template <class T, class... Name>
class PushAwaiter final : public JobsAwaiter {
public:
    PushAwaiter(JobQueue& queue, std::source_location where, Task<T> job, Name... name) noexcept;

    TaskId await_resume() {
        finish_await();
        return id_;
    }

private:
    void start_job() noexcept;

    Task<T> job_;
    std::source_location where_;
    TaskId id_;
    [[no_unique_address]] std::tuple<Name...> name_;
};

}  // namespace juggle::detail
