// A whole bridge: a thread that runs jobs one after the other, and the events that stand for them.
#pragma once

#include <juggle/bridge/service.hpp>
#include <juggle/bridge/waiter.hpp>
#include <juggle/juggle.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace worker {

class Wait;

// [job]
/// A job, as long as anybody knows it. It comes home to the executor by itself, as a node.
struct Job final : juggle::PostNode {
    Job(std::string job_name, std::function<void()> function)
        : PostNode{&Job::home}, name{std::move(job_name)}, call{std::move(function)} {}
    static void home(juggle::PostNode& node) noexcept;

    const std::string name;
    const std::function<void()> call;
    std::atomic<juggle::EventStatus> status{juggle::EventStatus::pending};
    std::exception_ptr error;
    juggle::TimePoint begin, end;
    juggle::Executor* executor = nullptr;  // null: not launched yet
    juggle::Poster poster;                 // until it has ended: something is to come
    std::shared_ptr<Job> on_its_way;       // home
    std::vector<Wait*> waits;              // for the executor's thread only
};

/// What stands for a job; a copy stands for the same one.
struct Event {
    std::shared_ptr<Job> job;
};
[[nodiscard]] inline Event make_job(std::string name, std::function<void()> call) {
    return {std::make_shared<Job>(std::move(name), std::move(call))};
}
// [/job]

// [wait]
/// `co_await` until a job has ended: a Waiter says when that begins, and ends.
class Wait final : public juggle::bridge::Waiter {
public:
    explicit Wait(const Event& event) noexcept : job_{*event.job} {}
    [[nodiscard]] bool await_ready() const noexcept {
        return job_.status.load() != juggle::EventStatus::pending;
    }
    void await_resume() const {
        throw_if_stopped();
        if (job_.error) {
            std::rethrow_exception(job_.error);
        }
    }

private:
    void start() override { job_.waits.push_back(this); }
    void cancel() noexcept override {  // the job goes on without being waited for
        std::erase(job_.waits, this);
        give_up();
    }
    [[nodiscard]] std::string describe() const override {
        return "job '" + job_.name + (job_.executor ? "'" : "', which nobody has launched");
    }

    Job& job_;
};
// [/wait]

// [thread]
/// The thread: one for each executor, `juggle::bridge::service<worker::Thread>(executor)`.
class Thread {
public:
    explicit Thread(juggle::Executor& executor) : executor_{executor} {}
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() {  // what was launched is run
        {
            const std::lock_guard lock{mutex_};
            closing_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }

    void launch(const Event& event) {
        Job& job = *event.job;
        if (job.executor != nullptr) {
            throw std::logic_error{"worker: job '" + job.name + "' was launched before"};
        }
        const std::lock_guard lock{mutex_};
        jobs_.push_back(event.job);
        job.executor = &executor_;
        job.poster = executor_.poster();
        changed_.notify_one();
    }

private:
    [[nodiscard]] std::shared_ptr<Job> next() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
        if (jobs_.empty()) {
            return nullptr;
        }
        std::shared_ptr<Job> job = std::move(jobs_.front());
        jobs_.pop_front();
        return job;
    }
    void run() {
        while (std::shared_ptr<Job> owner = next()) {
            Job& job = *owner;
            job.begin = std::chrono::steady_clock::now();
            try {
                job.call();
            } catch (...) {
                job.error = std::current_exception();
            }
            job.end = std::chrono::steady_clock::now();
            const juggle::Poster poster = std::move(job.poster);
            job.on_its_way = std::move(owner);
            job.status = job.error ? juggle::EventStatus::failed : juggle::EventStatus::complete;
            job.status.notify_all();
            if (!poster.post(job)) {  // the executor is gone
                job.on_its_way.reset();
            }
        }
    }

    juggle::Executor& executor_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Job>> jobs_;
    bool closing_ = false;
    std::thread thread_{[this] { run(); }};
};
// [/thread]

// [home]
/// On the executor's thread.
inline void Job::home(juggle::PostNode& node) noexcept {
    auto& job = static_cast<Job&>(node);
    const std::shared_ptr<Job> last = std::move(job.on_its_way);
    if (juggle::Observer* const observer = job.executor->observer()) {
        observer->command("worker", job.name, job.begin, job.end);
    }
    for (Wait* const wait : std::exchange(job.waits, {})) {
        wait->complete();
    }
}
// [/home]

}  // namespace worker

// [traits]
/// Makes `co_await event` and `Resource<T, worker::Event>` work.
template <>
struct juggle::EventTraits<worker::Event> {
    static EventStatus status(const worker::Event& event) noexcept { return event.job->status; }
    static bool is_valid(const worker::Event& event) noexcept { return event.job != nullptr; }
    static Task<> wait(std::span<const worker::Event> events) {
        for (const worker::Event& event : events) {
            co_await worker::Wait{event};
        }
    }
    static bool wait_on_host(std::span<const worker::Event> events) noexcept {
        bool all_settle = true;
        for (const worker::Event& event : events) {
            if (event.job->executor == nullptr) {
                all_settle = false;  // nobody can say when
            } else {
                event.job->status.wait(EventStatus::pending);
            }
        }
        return all_settle;
    }
};
// [/traits]
