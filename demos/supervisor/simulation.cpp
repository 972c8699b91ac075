#include "simulation.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/executor.hpp>
#include <juggle/shield.hpp>
#include <juggle/sleep.hpp>
#include <juggle/timed_out.hpp>
#include <juggle/timeout.hpp>

#include <string>

namespace supervisor {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds longest_gap = 180s;  // between two submissions
constexpr std::chrono::seconds quickest_job = 30s;
constexpr std::chrono::seconds longest_job = 600s;
constexpr std::chrono::seconds far_too_long = std::chrono::years{100};

std::vector<Job> plan(const Options& options, Random& random) {
    std::vector<Job> jobs(options.jobs);
    std::chrono::seconds time{0};
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        Job& job = jobs[i];
        time += random.between(0s, longest_gap);
        job.number = i + 1;
        job.user = random.between(0, options.limits.users - 1);
        job.cores = random.between(1, options.max_cores);
        job.submitted_at = time;
        job.run_time = random.between(quickest_job, longest_job);
        if (random.happens(options.cancel)) {
            job.patience = random.between(0s, job.run_time);
        }
    }
    return jobs;
}

}  // namespace

Simulation::Simulation(const Options& options, std::uint64_t seed, std::ostream* log)
    : random_{seed}, plan_{plan(options, random_)}, log_{log, clock_},
      supervisor_{options.limits, books_, log_, random_, clock_} {}

void Simulation::run(const std::stop_token& stop) {
    juggle::Executor executor{{.clock = &clock_}};
    try {
        executor.run(run_all(), stop);
    } catch (const juggle::Cancelled&) {
        log_("interrupted before it began");
    }
    supervisor_.close();
}

juggle::Task<> Simulation::run_all() {
    juggle::TaskGroup keepers;
    juggle::TaskGroup cancellations;
    supervisor_.keep_agents(keepers);
    try {
        co_await submit_jobs(cancellations);
        // This clock gets there only if nothing else is going to happen, ever.
        co_await juggle::timeout(far_too_long, supervisor_.finish());
    } catch (const juggle::TimedOut&) {
        books_.wrong(std::to_string(supervisor_.unfinished()) + " jobs will never end");
    } catch (const juggle::Cancelled&) {
        log_("interrupted");
    }
    time_ = log_.since_start();
    co_await juggle::shield(wind_up(cancellations, keepers));
}

juggle::Task<> Simulation::wind_up(juggle::TaskGroup& cancellations, juggle::TaskGroup& keepers) {
    supervisor_.cancel_all();
    co_await supervisor_.finish();
    cancellations.request_stop();
    co_await cancellations.join();
    keepers.request_stop();
    co_await keepers.join();
}

juggle::Task<> Simulation::submit_jobs(juggle::TaskGroup& cancellations) {
    for (const Job& job : plan_) {
        co_await juggle::sleep_until(juggle::TimePoint{job.submitted_at});
        supervisor_.submit(job);
        if (job.patience) {
            cancellations.spawn(cancel_later(job.number, *job.patience));
        }
    }
}

juggle::Task<> Simulation::cancel_later(JobNumber job, std::chrono::seconds delay) {
    co_await juggle::sleep_for(delay);
    supervisor_.cancel(job);
}

}  // namespace supervisor
