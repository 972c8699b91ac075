#pragma once

#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/executor.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/manual_clock.hpp>
#include <juggle/task.hpp>

#include <atomic>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>

namespace support {

/// An executor that the test drives turn by turn, as a foreign loop would. Its clock stands still
/// until the test moves it.
class PolledExecutor {
public:
    Reports reports;
    juggle::ManualClock clock{false};

private:
    juggle::ExecutorOptions options() {
        juggle::ExecutorOptions result = reports.options(&clock);
        result.wake_up = [this] {
            wake_ups_.fetch_add(1);
            wake_ups_.notify_one();
        };
        return result;
    }

    std::atomic<int> wake_ups_{0};

public:
    juggle::Executor executor{options()};

    int wake_ups() const { return wake_ups_.load(); }

    /// Runs what is ready or due, and what that makes ready.
    void settle() {
        for (auto deadline = executor.next_deadline(); deadline && *deadline <= clock.now();
             deadline = executor.next_deadline()) {
            (void)executor.poll();
        }
    }

    /// One turn, of so many resumptions at most, after waiting for what it needs: time passes, or
    /// another thread posts. A test that waits for no thread fails instead of hanging if there is
    /// nothing that could come.
    void turn(bool waits_for_threads = false,
              std::size_t most = std::numeric_limits<std::size_t>::max()) {
        const int wake_ups_before = wake_ups();
        const std::optional<juggle::TimePoint> deadline = executor.next_deadline();
        if (!deadline) {
            REQUIRE(waits_for_threads);
            wake_ups_.wait(wake_ups_before);
        } else if (*deadline > clock.now()) {
            clock.advance(*deadline - clock.now());
        }
        (void)executor.poll(most);
    }

    /// Turns until no task is left.
    void finish(bool waits_for_threads = false) {
        while (executor.running_tasks() != 0) {
            turn(waits_for_threads);
        }
    }
};

/// Starts a scenario again and again, and asks its victim to stop after 0, 1, 2 ... turns, until
/// it ends by itself before that. Each time everything must come to an end.
///
/// `Scenario` is made from an executor, starts its tasks in its constructor, has the `victim` to be
/// stopped, and `check()`s afterwards that nothing was lost.
template <class Scenario>
void stop_after_every_turn(bool waits_for_threads = false) {
    bool ended_by_itself = false;
    for (int turns = 0; !ended_by_itself; ++turns) {
        INFO("stopped after " << turns << " turns");
        PolledExecutor polled;
        {
            Scenario scenario{polled.executor};
            for (int turn = 0; turn < turns && !scenario.victim.done(); ++turn) {
                polled.turn(waits_for_threads);
            }
            ended_by_itself = scenario.victim.done();
            scenario.victim.request_stop();
            polled.finish(waits_for_threads);
            CHECK(scenario.victim.done());
            scenario.check();
        }
        CHECK(polled.executor.running_tasks() == 0);
        CHECK(polled.reports.empty());
    }
}

/// Destroys an executor after 0, 1, 2 ... turns of a task; that must go with all that it started.
///
/// `task` is called with something to share with the tasks that it starts.
inline void destroy_after_every_turn(juggle::Task<> (*task)(std::shared_ptr<int> alive)) {
    for (int turns = 0; turns < 5; ++turns) {
        INFO("destroyed after " << turns << " turns");
        const auto alive = std::make_shared<int>();
        {
            TestExecutor test;
            test.executor.spawn(task(alive)).detach();
            for (int turn = 0; turn < turns; ++turn) {
                (void)test.executor.poll();
            }
        }
        CHECK(alive.use_count() == 1);
    }
}

}  // namespace support
