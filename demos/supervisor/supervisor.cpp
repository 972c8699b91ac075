#include "supervisor.hpp"

#include <juggle/as_outcome.hpp>
#include <juggle/cancelled.hpp>
#include <juggle/executor.hpp>
#include <juggle/sleep.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace supervisor {

Supervisor::Supervisor(const Limits& limits, Books& books, EventLog& log, Random& random,
                       juggle::Clock& clock)
    : books_{books}, log_{log}, cores_{books, "cores", limits.cores},
      agents_{limits.agents, books, log, random, clock} {
    for (std::size_t user = 1; user <= limits.users; ++user) {
        places_.emplace_back(books, "places of user " + std::to_string(user), limits.places);
    }
}

// [serve]
juggle::Task<> Supervisor::serve(Record& record) {
    const Job& job = record.job;
    Units& places = places_.at(job.user);
    // However this coroutine ends, these give back what the job has.
    Lease place;
    Lease cores;
    AgentLease agent;

    const auto enter = [&](Phase phase, const auto&... what) {
        record.phase = phase;
        log_("job ", job.number, ": ", what...);
    };

    for (;;) {
        // Take what is there, without awaiting: if that is all, the job runs at once.
        if (!place) {
            place = places.try_take(job.number, 1);
        }
        if (place && !cores) {
            cores = cores_.try_take(job.number, job.cores);
        }
        if (cores && !agent) {
            agent = agents_.try_lease(job.number);
        }

        // Await one thing that is missing. The world moves on meanwhile, so look at all of it
        // again.
        if (!place) {
            enter(Phase::queued, "waits for a place of user ", job.user + 1);
            place = co_await places.take(job.number, 1);
        } else if (!cores) {
            enter(Phase::waiting_for_cores, "waits for cores (", job.cores, ')');
            cores = co_await cores_.take(job.number, job.cores);
        } else if (!agent) {
            enter(Phase::waiting_for_agent, "waits for an agent");
            cores.give_back();  // others may have an agent and lack cores
            co_await agents_.one_is_free();
        } else if (!agent->ready) {
            enter(Phase::booting, "boots agent ", agent->number);
            co_await agents_.boot(*agent);
        } else {
            break;
        }
    }

    enter(Phase::running, "runs with agent ", agent->number, ", cores: ", job.cores);
    co_await juggle::sleep_for(job.run_time);
    enter(Phase::done, "done");
}
// [/serve]

juggle::Task<> Supervisor::supervise(Record& record) {
    try {
        co_await serve(record);
    } catch (const juggle::Cancelled&) {
        log_("job ", record.job.number, ": ended early, ",
             phase_names.at(static_cast<std::size_t>(record.phase)));
        throw;
    }
}

void Supervisor::submit(const Job& job) {
    log_("job ", job.number, ": submitted by user ", job.user + 1);
    Record& record = records_.emplace_back(Record{job});
    record.task = juggle::Executor::current()->spawn(supervise(record));
}

void Supervisor::cancel(JobNumber number) {
    const Record& record = records_.at(number - 1);
    if (record.task && !record.task.done()) {
        log_("job ", number, ": cancelled by user ", record.job.user + 1);
        record.task.request_stop();
    }
}

void Supervisor::cancel_all() {
    for (const Record& record : records_) {
        record.task.request_stop();
    }
}

juggle::Task<> Supervisor::finish() {
    for (Record& record : records_) {
        if (!record.task) {
            continue;  // an earlier wait has seen its end
        }
        const juggle::Outcome<> outcome = co_await juggle::as_outcome(record.task);
        record.cancelled = outcome.cancelled();
        if (!record.cancelled) {
            outcome.value();
        }
        record.task = {};
    }
}

std::size_t Supervisor::unfinished() const noexcept {
    const auto runs = [](const Record& record) { return record.task && !record.task.done(); };
    return static_cast<std::size_t>(std::ranges::count_if(records_, runs));
}

void Supervisor::close() {
    for (const Record& record : records_) {
        if (record.cancelled == (record.phase == Phase::done)) {
            books_.wrong("job " + std::to_string(record.job.number) +
                         (record.cancelled ? ": done and cancelled" : ": ended, but was not done"));
        }
    }
    for (Units& places : places_) {
        places.close();
    }
    cores_.close();
    agents_.close();
}

}  // namespace supervisor
