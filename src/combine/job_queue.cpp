#include <juggle/detail/base/report.hpp>
#include <juggle/job_queue.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI {

JobQueue::JobQueue(std::size_t capacity, std::source_location where) : label_{"job queue", where} {
    if (capacity == 0) {
        throw std::invalid_argument{"juggle: JobQueue: argument 'capacity' is 0"};
    }
    if (capacity > jobs_.max_size()) {
        throw std::invalid_argument{"juggle: JobQueue: argument 'capacity' is " +
                                    std::to_string(capacity) + ", more than memory can hold"};
    }
    jobs_.resize(capacity);
}

JobQueue::JobQueue(std::string name, std::size_t capacity, std::source_location where)
    : JobQueue{capacity, where} {
    label_.set_name(std::move(name));
}

JobQueue::~JobQueue() {
    if (detail::has_checks && !waiters_.empty()) {
        detail::misuse_by_destruction("juggle: a JobQueue was destroyed while a task waits for it");
    }
    for (; size_ != 0; --size_) {
        front().release();
        first_ = wrapped(first_ + 1);
    }
    detail::note_destroyed(label_);
}

void JobQueue::check_room() const {
    if (size_ == jobs_.size()) {
        throw std::length_error{"juggle: JobQueue::add: the queue is full (" +
                                detail::counted(size_, "job") + ")"};
    }
    if (Executor::current() == nullptr) {
        throw std::logic_error{"juggle: JobQueue::add: called outside of an executor"};
    }
}

void JobQueue::clean() {
    while (size_ != 0 && front().ended()) {
        if (std::exception_ptr error = take_front()) {
            std::rethrow_exception(std::move(error));
        }
    }
}

bool JobQueue::contains(TaskId job) const noexcept {
    for (std::size_t index = 0; index < size_; ++index) {
        if (jobs_[wrapped(first_ + index)]->id() == job) {
            return true;
        }
    }
    return false;
}

std::exception_ptr JobQueue::take_front() noexcept {
    detail::SpawnedTask& job = front();
    first_ = wrapped(first_ + 1);
    --size_;
    ++taken_out_;
    if (detail::current_observer != nullptr) [[unlikely]] {
        record_size();
    }
    std::exception_ptr error = job.outcome().error();
    job.result_taken();
    job.release();
    return error;
}

void JobQueue::record_start(detail::SpawnedTask& job) noexcept {
    job.chunk = recorded_jobs_++;
    record_size();
}

void JobQueue::record_size() const noexcept {
    detail::current_observer->level_changed(label_, size_, capacity());
    detail::current_observer->served(label_, taken_out_);
}

}  // namespace juggle
