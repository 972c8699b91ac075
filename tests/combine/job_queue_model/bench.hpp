// The job queue, its model, and the jobs, which tell the model what they do.
#pragma once

#include "combine/job_queue_model/queue_model.hpp"
#include "support/test_executor.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/job_queue.hpp>
#include <juggle/task.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace job_queue_model {

struct Failed {
    Ending number;
};

class Bench {
public:
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    /// What is wrong; empty as long as nothing is.
    [[nodiscard]] const std::string& failure() const { return failure_; }

    /// When nothing runs any more: all jobs are gone, and each failure was told of once.
    void check_end() {
        queue_.reset();
        for (const auto& job : jobs_) {
            require(job->frames == 0, "a job was not destroyed");
        }
        for (const auto& unhandled : test_.reports.unhandled) {
            seen_.push_back(ending_of(unhandled.exception));
        }
        std::erase_if(seen_, [](Ending ending) { return ending == well || ending == cancelled; });
        std::ranges::sort(seen_);
        std::ranges::sort(thrown_);
        require(seen_ == thrown_, "a failure was lost, or told of twice");
        require(test_.reports.diagnostics.empty(), "there was something to complain about");
    }

protected:
    explicit Bench(support::TestExecutor& test) : test_{test} { renew(1); }
    ~Bench() = default;

    void require(bool holds, std::string_view what) {
        if (!holds && failure_.empty()) {
            failure_ = what;
        }
    }

    static Ending ending_of(const std::exception_ptr& error) {
        try {
            std::rethrow_exception(error);
        } catch (const Failed& failed) {
            return failed.number;
        } catch (const juggle::Cancelled&) {
            return cancelled;
        } catch (...) {
            return -2;
        }
    }
    Ending ending(std::uint8_t choice) {
        return choice < 5 ? well : choice < 7 ? ++failures_ : cancelled;
    }

    /// Destroys the queue, whatever the jobs in it do, and makes another.
    void renew(std::size_t capacity) {
        std::deque<std::shared_ptr<Job>> starting;
        if (model_) {
            for (const auto& job : model_->jobs) {
                job->in_queue = false;
                if (job->ended && job->ending != well) {
                    unhandled_.push_back(job->ending);
                }
            }
            starting = std::move(model_->to_start);
        }
        queue_.reset();
        queue_.emplace(capacity);
        model_.emplace(capacity);
        model_->to_start = std::move(starting);
    }

    std::shared_ptr<Job> make_job(std::uint8_t choice) {
        const bool waits = choice % 4 != 0;
        jobs_.push_back(std::make_shared<Job>(waits, waits ? well : ending(choice + 3)));
        return jobs_.back();
    }
    juggle::Task<int> task_of(const std::shared_ptr<Job>& job) { return body(Frame{job}); }

    support::TestExecutor& test_;
    std::vector<std::shared_ptr<Job>> jobs_;  // all there ever were
    std::optional<juggle::JobQueue> queue_;
    std::optional<QueueModel> model_;
    std::vector<Ending> unhandled_;  // failures that nobody can be told of but the user
    std::vector<Ending> seen_;       // how waits have ended
    bool abandoned_ = false;         // all tasks are being stopped, the model has no say

private:
    struct Frame {
        explicit Frame(std::shared_ptr<Job> its_job) : job{std::move(its_job)} { ++job->frames; }
        Frame(Frame&& other) noexcept : job{std::move(other.job)} {}
        Frame& operator=(Frame&&) = delete;
        ~Frame() {
            if (job) {
                --job->frames;
            }
        }
        std::shared_ptr<Job> job;
    };

    juggle::Task<int> body(Frame frame) {
        Job& job = *frame.job;
        note_start(job);
        if (job.waits) {
            co_await job.told.wait();
        }
        note_end(job);  // what follows happens before anything else
        if (job.ending == cancelled) {
            throw juggle::Cancelled{};
        }
        if (job.ending != well) {
            thrown_.push_back(job.ending);
            throw Failed{job.ending};
        }
        co_return 0;
    }
    void note_start(Job& job) {
        job.started = true;
        if (abandoned_) {
            return;
        }
        auto& to_start = model_->to_start;
        require(!to_start.empty() && to_start.front().get() == &job,
                "a job was started that should not be, or out of turn");
        if (!to_start.empty()) {
            to_start.pop_front();
        }
    }
    void note_end(Job& job) {
        job.ended = true;
        if (job.in_queue) {
            model_->serve();
        } else if (job.ending != well) {
            unhandled_.push_back(job.ending);
        }
    }

    std::vector<Ending> thrown_;
    Ending failures_ = 0;
    std::string failure_;
};

}  // namespace job_queue_model
