#include <juggle/detail/base/report.hpp>
#include <juggle/detail/combine/job_awaiters.hpp>
#include <juggle/detail/run/wait_report.hpp>
#include <juggle/job_queue.hpp>
#include <juggle/observer.hpp>

#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

constexpr const char* wait_of_jobs = "wait";

}  // namespace

bool JobsAwaiter::wait_in(PromiseBase& coroutine) noexcept {
    loop_ = &coroutine.loop();
    const bool first_waiter = queue_.waiters_.empty();
    if (first_waiter && advance()) {
        complete();
        return false;
    }
    if (!suspend(coroutine)) {
        if (first_waiter) {
            queue_.front().joiner = nullptr;
        }
        return false;
    }
    queue_.waiters_.push_back(*this);
    if (Observer* observer = loop_->observer()) [[unlikely]] {
        observer->wait_began(queue_.label_, wait_of_jobs);
    }
    return true;
}

bool JobsAwaiter::advance() noexcept {
    while (queue_.size_ > max_remaining_) {
        SpawnedTask& job = queue_.front();
        if (!job.ended()) {
            job.joiner = this;
            return false;
        }
        error_ = queue_.take_front();
        if (error_) {
            break;
        }
    }
    return true;
}

/// As that of its base.
void JobsAwaiter::wake() noexcept {
    if (Observer* observer = loop_->observer()) [[unlikely]] {
        observer->wait_ended(queue_.label_, wait_of_jobs);
    }
    Waiter::wake();
}

void JobsAwaiter::complete() noexcept {
    if (!error_) {
        then_(*this);
    }
}

void JobsAwaiter::serve_waiters(JobQueue& queue) noexcept {
    while (!queue.waiters_.empty()) {
        JobsAwaiter& next = *queue.waiters_.first();
        if (!next.advance()) {
            return;
        }
        queue.waiters_.remove(next);
        next.complete();
        next.wake();
    }
}

void JobsAwaiter::front_ended(EndListener& listener) noexcept {
    serve_waiters(static_cast<JobsAwaiter&>(listener).queue_);
}

void JobsAwaiter::describe_wait(WaitReport& report) const {
    const JobQueue& queue = queue_;
    report.what = "the oldest job of job queue " + queue.label_.text() + " (" +
                  std::to_string(queue.size()) + " of " + counted(queue.capacity(), "job") + ")";
    if (!queue.empty()) {
        report.add(queue.front().key(), "is that job");
    }
}

void JobsAwaiter::leave() noexcept {
    if (queue_.waiters_.first() == this) {
        queue_.front().joiner = nullptr;
    }
    queue_.waiters_.remove(*this);
    wake();
    serve_waiters(queue_);
}

}  // namespace juggle::detail
