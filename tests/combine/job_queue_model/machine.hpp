// Takes steps with a job queue and its model alike, and looks after each whether they agree.
#pragma once

#include "combine/job_queue_model/bench.hpp"
#include "combine/job_queue_model/step.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace job_queue_model {

using juggle::Task;

class Machine : public Bench {
public:
    explicit Machine(support::TestExecutor& test) : Bench{test} {}

    /// Stops at the first thing that is wrong.
    Task<> run(const Steps& steps) {
        for (const Step& step : steps) {
            if (step.operation == Operation::abandon) {
                abandoned_ = true;
                co_return;
            }
            co_await take(step);
            check();
            if (!failure().empty()) {
                co_return;
            }
        }
        co_await finish();
    }

private:
    /// A task that uses the queue.
    struct Client {
        juggle::JoinHandle<> task{};
        std::optional<Wait> wait{};
        bool began = false;
        bool stop_pending = false;

        [[nodiscard]] bool waits() const { return wait && !wait->ending; }
    };

    // Clients.

    template <class Await>
    Task<> wait(Client& client, Wait wait, Await await) {
        client.wait = std::move(wait);
        model_->begin(*client.wait, client.stop_pending);
        Ending ending = well;
        try {
            co_await await();
        } catch (...) {
            ending = ending_of(std::current_exception());
        }
        seen_.push_back(ending);
        require(abandoned_ || client.wait->ending == ending, "a wait ended otherwise");
    }
    Task<> push(Client& client, std::uint8_t choice) {
        const std::shared_ptr<Job> job = make_job(choice);
        Wait push{model_->capacity - 1, job};
        co_await wait(client, std::move(push), [&]() -> Task<> {
            Task<int> pushed = task_of(job);
            job->id = co_await queue_->push(std::move(pushed));
        });
        require(job->id || (!job->started && job->frames == 0), "a job that was refused lives on");
    }
    Task<> finish(Client& client, std::size_t max_remaining) {
        Wait finish{max_remaining, nullptr};
        co_await wait(client, std::move(finish),
                      [&]() -> Task<> { co_await queue_->finish(max_remaining); });
    }
    Task<> work(std::shared_ptr<Client> client, Step step) {
        client->began = true;
        for (unsigned time = 0; time <= step.choice % 3U && !abandoned_; ++time) {
            if (step.operation == Operation::push) {
                co_await push(*client,
                              static_cast<std::uint8_t>((step.choice + 3 * time) % choices));
            } else {
                co_await finish(*client, (step.choice / 3U + time) % 3);
            }
        }
    }

    // Steps.

    Task<> take(Step step) {
        std::shared_ptr<Client>& client = clients_[step.who];
        switch (step.operation) {
            case Operation::push:
            case Operation::finish:
                if (!client || client->task.done()) {
                    client = std::make_shared<Client>();
                    client->task = test_.executor.spawn(work(client, step));
                }
                break;
            case Operation::add:
                add(step.choice);
                break;
            case Operation::clean:
                clean();
                break;
            case Operation::end_job:
                end_job(step);
                break;
            case Operation::cancel:
                if (client) {
                    cancel(*client);
                }
                break;
            case Operation::renew:
                if (model_->line.empty()) {
                    renew(1U + step.choice % 4U);
                }
                break;
            case Operation::turn:
                co_await juggle::yield();
                break;
            default:
                co_await settle();
        }
    }
    void add(std::uint8_t choice) {
        const std::shared_ptr<Job> job = make_job(choice);
        const bool full = model_->jobs.size() == model_->capacity;
        try {
            job->id = queue_->add(task_of(job));
            model_->start(job);
        } catch (const std::length_error&) {
            require(job->frames == 0, "a job that was not added lives on");
        }
        require(full == !job->id, "a job was added to a full queue, or refused by another");
    }
    void clean() {
        const Ending expected = model_->take_out(0);
        Ending ending = well;
        try {
            queue_->clean();
        } catch (...) {
            ending = ending_of(std::current_exception());
        }
        seen_.push_back(ending);
        require(ending == expected, "clean() threw something else");
    }
    void end_job(Step step) {
        std::vector<std::shared_ptr<Job>> open;
        std::ranges::copy_if(jobs_, std::back_inserter(open), [](const auto& job) {
            return job->waits && !job->told.is_set() && (job->started || job->in_queue);
        });
        if (!open.empty()) {
            Job& job = *open[step.who % open.size()];
            job.ending = ending(step.choice);
            job.told.set();
        }
    }
    void cancel(Client& client) {
        const bool done = client.task.done();
        client.task.request_stop();
        if (!done && client.waits()) {
            model_->leave(*client.wait);
        } else if (!done && client.began) {
            client.stop_pending = true;
        }
    }
    /// Lets all that can go on go on.
    Task<> settle() {
        co_await support::yield_times(40);
        require(model_->to_start.empty(), "a job was not started");
        for (const auto& client : clients_) {
            require(!client || client->task.done() || client->waits(), "a wait did not end");
        }
        for (const auto& job : jobs_) {
            const bool runs = job->started && !job->ended;
            const bool is_pushed = std::ranges::any_of(
                model_->line, [&job](const Wait* wait) { return wait->pushes == job; });
            require(!runs || (job->waits && !job->told.is_set()), "a job did not go on");
            require(job->frames == (runs || is_pushed ? 1 : 0),
                    "a job that has ended lives on, or one that has not was destroyed");
        }
    }
    Task<> finish() {
        for (const auto& client : clients_) {
            for (int time = 0; client && !client->task.done() && time < 10; ++time) {
                cancel(*client);
                co_await juggle::yield();
            }
        }
        for (const auto& job : jobs_) {
            job->told.set();
        }
        co_await settle();
        while (!model_->jobs.empty() && failure().empty()) {
            clean();
        }
        check();
        require(std::ranges::equal(test_.reports.unhandled, unhandled_, {},
                                   [](const auto& report) { return ending_of(report.exception); }),
                "other failures were reported");
    }
    void check() {
        require(queue_->size() == model_->jobs.size(), "size() is wrong");
        require(queue_->empty() == model_->jobs.empty(), "empty() is wrong");
        require(queue_->capacity() == model_->capacity, "capacity() is wrong");
        require(test_.reports.unhandled.size() == unhandled_.size(),
                "a failure was reported that should not be, or not reported");
        for (const auto& job : jobs_) {
            require(!job->id || queue_->contains(*job->id) == job->in_queue, "contains() is wrong");
        }
    }

    std::array<std::shared_ptr<Client>, client_count> clients_;
};

}  // namespace job_queue_model
