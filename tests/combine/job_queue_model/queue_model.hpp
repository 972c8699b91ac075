// The rules of a job queue, as simply as they can be said.
#pragma once

#include <juggle/async_event.hpp>
#include <juggle/task_id.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace job_queue_model {

/// How a job or a wait ends: well, by `Cancelled`, or by the failure that has this number.
using Ending = int;
inline constexpr Ending well = 0;
inline constexpr Ending cancelled = -1;

struct Job {
    bool waits;  // to be told how to end
    Ending ending;
    juggle::AsyncEvent told{};
    std::optional<juggle::TaskId> id{};  // once whoever pushed it knows
    int frames = 0;                      // of its coroutine
    bool started = false;
    bool ended = false;
    bool in_queue = false;
};

struct Wait {
    std::size_t max_remaining;
    std::shared_ptr<Job> pushes;  // null: it only waits until no more remain
    std::optional<Ending> ending{};
};

/// Jobs are taken out oldest first, those who wait are served in order.
class QueueModel {
public:
    explicit QueueModel(std::size_t its_capacity) : capacity{its_capacity} {}

    const std::size_t capacity;
    std::deque<std::shared_ptr<Job>> jobs;
    std::deque<Wait*> line;

    void start(const std::shared_ptr<Job>& job) {
        job->in_queue = true;
        jobs.push_back(job);
        to_start.push_back(job);
    }
    /// Takes out what has ended, up to the first that failed, but leaves so many.
    Ending take_out(std::size_t max_remaining) {
        while (jobs.size() > max_remaining && jobs.front()->ended) {
            const std::shared_ptr<Job> job = jobs.front();
            job->in_queue = false;
            jobs.pop_front();
            if (job->ending != well) {
                return job->ending;
            }
        }
        return well;
    }
    /// A stop request that is pending ends the wait if it is one.
    void begin(Wait& wait, bool& stop_pending) {
        if (line.empty() && has_come(wait)) {
            return;
        }
        if (stop_pending) {
            stop_pending = false;
            wait.ending = cancelled;
        } else {
            line.push_back(&wait);
        }
    }
    void leave(Wait& wait) {
        wait.ending = cancelled;
        std::erase(line, &wait);
        serve();
    }
    /// To be called when a job has ended.
    void serve() {
        while (!line.empty() && has_come(*line.front())) {
            line.pop_front();
        }
    }

    /// In this order, whichever queue they were in.
    std::deque<std::shared_ptr<Job>> to_start;

private:
    bool has_come(Wait& wait) {
        const Ending ending = take_out(wait.max_remaining);
        if (ending == well && jobs.size() > wait.max_remaining) {
            return false;
        }
        if (ending == well && wait.pushes) {
            start(wait.pushes);
        }
        wait.ending = ending;
        return true;
    }
};

}  // namespace job_queue_model
