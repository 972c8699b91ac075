#pragma once

#include "agents.hpp"
#include "books.hpp"
#include "event_log.hpp"
#include "job.hpp"
#include "random.hpp"
#include "units.hpp"

#include <juggle/clock.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/task.hpp>
#include <juggle/task_group.hpp>

#include <cstddef>
#include <deque>

namespace supervisor {

/// What there is.
struct Limits {
    std::size_t users = 3;
    std::size_t places = 2;  ///< jobs of one user that may have or want cores at one time
    std::size_t cores = 8;
    std::size_t agents = 3;
};

/// Runs the jobs of several users, each by a coroutine of its own that gets what the job needs: a
/// place, cores and an agent. See supervisor.cpp.
class Supervisor {
public:
    /// How it stands with a job.
    struct Record {
        Job job;
        Phase phase = Phase::queued;  ///< if it was cancelled: where
        bool cancelled = false;
        juggle::JoinHandle<> task{};  ///< until its end was noticed
    };

    Supervisor(const Limits& limits, Books& books, EventLog& log, Random& random,
               juggle::Clock& clock);

    /// Returns at once; the job starts at the executor's next tick.
    void submit(const Job& job);

    /// At any moment; does nothing to a job that has ended.
    void cancel(JobNumber number);
    void cancel_all();

    /// Waits until all jobs have ended. A stop request ends the wait and nothing else.
    [[nodiscard]] juggle::Task<> finish();

    /// How many jobs have not ended.
    [[nodiscard]] std::size_t unfinished() const noexcept;

    /// Starts tasks that look after the agents; to be stopped.
    void keep_agents(juggle::TaskGroup& keepers) { agents_.keep(keepers); }

    /// The end, when all jobs have ended: nothing may be out any more.
    void close();

    [[nodiscard]] const std::deque<Record>& records() const noexcept { return records_; }
    [[nodiscard]] const Units& cores() const noexcept { return cores_; }
    [[nodiscard]] const Agents& agents() const noexcept { return agents_; }

private:
    [[nodiscard]] juggle::Task<> supervise(Record& record);
    [[nodiscard]] juggle::Task<> serve(Record& record);

    Books& books_;
    EventLog& log_;
    std::deque<Units> places_;  // of each user
    Units cores_;
    Agents agents_;
    std::deque<Record> records_;
};

}  // namespace supervisor
