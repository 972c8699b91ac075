#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/label.hpp>
#include <juggle/detail/combine/job_awaiters.hpp>
#include <juggle/executor.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/task.hpp>
#include <juggle/task_id.hpp>

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI {

/// Bounds the work in flight: jobs are started in order, run side by side, and are taken out in
/// order.
///
/// A job is in the queue from its start until `push`, `clean` or `finish` takes it out, which they
/// do oldest first and only when it has ended. If it ended by an exception that call rethrows it;
/// the other jobs stay in the queue.
///
/// Destroying the queue detaches the jobs that are left; exceptions of theirs go to the executor's
/// `on_unhandled_exception`. `co_await finish()` first to wait for them, or keep what they refer to
/// alive until the executor's `run` is over. No task may wait for the
/// queue then: a library with checks aborts.
///
/// For the executor's own thread. Several tasks may push to one queue; they are served in order.
///
/// After katsdpsigproc's `resource.JobQueue`.
class JUGGLE_EXPORT JobQueue {
public:
    /// At most `capacity` jobs in the queue; memory for as many pointers is taken here.
    /// `std::invalid_argument` if that is zero or more than memory can hold.
    explicit JobQueue(std::size_t capacity,
                      std::source_location where = std::source_location::current());
    /// With a name, for messages.
    JobQueue(std::string name, std::size_t capacity,
             std::source_location where = std::source_location::current());
    ~JobQueue();
    JobQueue(const JobQueue&) = delete;
    JobQueue& operator=(const JobQueue&) = delete;

    /// `co_await push(job)` waits until fewer than `capacity` jobs are in the queue, taking the
    /// oldest out if need be, then starts the job at the executor's next tick and gives its id.
    /// The job's result, if any, is dropped.
    ///
    /// If the job taken out had failed, its exception is rethrown and the new job is not started
    /// but destroyed; likewise when the pushing task is asked to stop (`Cancelled`).
    /// `std::logic_error` if the job is empty.
    template <class T>
    [[nodiscard]] detail::PushAwaiter<T> push(
        Task<T> job, std::source_location where = std::source_location::current()) {
        check_job(job, "JobQueue::push: argument 'job'");
        return detail::PushAwaiter<T>{*this, where, std::move(job)};
    }
    /// The same of a job with a name, for messages, reports and timelines.
    template <class T>
    [[nodiscard]] detail::PushAwaiter<T, std::string> push(
        std::string name, Task<T> job,
        std::source_location where = std::source_location::current()) {
        check_job(job, "JobQueue::push: argument 'job'");
        return detail::PushAwaiter<T, std::string>{*this, where, std::move(job), std::move(name)};
    }

    /// Starts the job at the executor's next tick, without waiting. `std::length_error` when the
    /// queue is full (jobs that have ended count until they are taken out), `std::logic_error`
    /// outside of an executor or if the job is empty; the job is destroyed then.
    template <class T>
    TaskId add(Task<T> job, std::source_location where = std::source_location::current()) {
        check_job(job, "JobQueue::add: argument 'job'");
        check_room();
        return take_in(Executor::current()->spawn(std::move(job), where));
    }
    /// The same of a job with a name.
    template <class T>
    TaskId add(std::string name, Task<T> job,
               std::source_location where = std::source_location::current()) {
        check_job(job, "JobQueue::add: argument 'job'");
        check_room();
        return take_in(Executor::current()->spawn(std::move(name), std::move(job), where));
    }

    /// Takes out the jobs at the front that have ended, up to the first that has not. Rethrows the
    /// exception of the first that failed, leaving those behind it.
    void clean();

    /// `co_await finish(n)` waits for the oldest jobs, one after the other, and takes them out,
    /// until at most `n` remain. Rethrows the exception of the first that failed, leaving those
    /// behind it. A stop request (`Cancelled`) ends the wait only; the jobs stay.
    [[nodiscard]] detail::FinishAwaiter finish(std::size_t max_remaining = 0) noexcept {
        return detail::FinishAwaiter{*this, max_remaining};
    }

    /// How many jobs are in the queue.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t capacity() const noexcept { return jobs_.size(); }

    /// Whether the job with this id (from `push` or `add`) is in the queue.
    [[nodiscard]] bool contains(TaskId job) const noexcept;
    template <class T>
    [[nodiscard]] bool contains(const JoinHandle<T>& job) const noexcept {
        return contains(job.id());
    }

private:
    friend class detail::JobsAwaiter;
    template <class T, class... Name>
    friend class detail::PushAwaiter;

    template <class T>
    static void check_job(const Task<T>& job, const char* which) {
        if (!job) {
            detail::throw_empty_task(which);
        }
    }
    void check_room() const;

    /// The job has been spawned.
    template <class T>
    TaskId take_in(JoinHandle<T> job) noexcept {
        detail::SpawnedTask& record = *detail::JoinAccess::release(job);
        jobs_[wrapped(first_ + size_)] = &record;
        ++size_;
        if (detail::current_observer != nullptr) [[unlikely]] {
            record_start(record);
        }
        return record.id();
    }

    [[nodiscard]] std::size_t wrapped(std::size_t index) const noexcept {
        return index < jobs_.size() ? index : index - jobs_.size();
    }
    [[nodiscard]] detail::SpawnedTask& front() const noexcept { return *jobs_[first_]; }
    /// The front job has ended: takes it out and gives its exception, if any.
    [[nodiscard]] std::exception_ptr take_front() noexcept;

    void record_start(detail::SpawnedTask& job) noexcept;
    void record_size() const noexcept;

    detail::Label label_;
    std::vector<detail::SpawnedTask*> jobs_;  // a ring
    std::size_t first_ = 0;
    std::size_t size_ = 0;
    std::uint64_t taken_out_ = 0;
    std::uint64_t recorded_jobs_ = 0;  // what a timeline numbers the chunks by
    detail::IntrusiveList<detail::JobsAwaiter> waiters_;
};

namespace detail {

template <class T, class... Name>
PushAwaiter<T, Name...>::PushAwaiter(JobQueue& queue, std::source_location where, Task<T> job,
                                     Name... name) noexcept
    : JobsAwaiter{queue, queue.capacity() - 1,
                  [](JobsAwaiter& self) noexcept { static_cast<PushAwaiter&>(self).start_job(); }},
      job_{std::move(job)}, where_{where}, name_{std::move(name)...} {
    TaskAccess::excuse(job_);
}

template <class T, class... Name>
void PushAwaiter<T, Name...>::start_job() noexcept {
    try {
        id_ = queue().take_in(std::apply(
            [this](Name&... name) {
                return executor().spawn(std::move(name)..., std::move(job_), where_);
            },
            name_));
    } catch (...) {
        fail(std::current_exception());
    }
}

}  // namespace detail

}  // namespace juggle
