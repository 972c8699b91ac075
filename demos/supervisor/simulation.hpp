#pragma once

#include "books.hpp"
#include "event_log.hpp"
#include "job.hpp"
#include "options.hpp"
#include "random.hpp"
#include "supervisor.hpp"

#include <juggle/manual_clock.hpp>
#include <juggle/task.hpp>
#include <juggle/task_group.hpp>

#include <chrono>
#include <cstdint>
#include <ostream>
#include <stop_token>
#include <vector>

namespace supervisor {

/// Users who submit jobs and cancel some of them, and the supervisor that serves them. Hours take
/// milliseconds: whenever all sleep the clock jumps to the first who wants to wake.
class Simulation {
public:
    /// `log` may be null.
    Simulation(const Options& options, std::uint64_t seed, std::ostream* log);

    /// Once. A stop request cancels all jobs; then, too, the books are closed.
    void run(const std::stop_token& stop);

    [[nodiscard]] const Supervisor& supervisor() const noexcept { return supervisor_; }
    [[nodiscard]] const Books& books() const noexcept { return books_; }
    [[nodiscard]] std::chrono::seconds time() const noexcept { return time_; }

private:
    [[nodiscard]] juggle::Task<> run_all();
    [[nodiscard]] juggle::Task<> submit_jobs(juggle::TaskGroup& cancellations);
    [[nodiscard]] juggle::Task<> cancel_later(JobNumber job, std::chrono::seconds delay);
    [[nodiscard]] juggle::Task<> wind_up(juggle::TaskGroup& cancellations,
                                         juggle::TaskGroup& keepers);

    juggle::ManualClock clock_;
    Random random_;
    std::vector<Job> plan_;
    Books books_;
    EventLog log_;
    Supervisor supervisor_;
    std::chrono::seconds time_{0};
};

}  // namespace supervisor
