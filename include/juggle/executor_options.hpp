#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/run/metrics_switch.hpp>
#include <juggle/duration.hpp>
#include <juggle/unhandled_exception.hpp>

#include <functional>
#include <string_view>

namespace juggle::inline JUGGLE_ABI {

class Observer;

namespace bridge {
class IdleSource;
}  // namespace bridge

/// How an `Executor` is to behave; the defaults suit a program that calls `Executor::run`.
struct ExecutorOptions {
    /// Called on the executor's thread with each exception that nobody can retrieve any more.
    /// The default prints what was thrown, and where its task was spawned, to standard error; so
    /// it is when this function throws.
    std::function<void(const UnhandledException&)> on_unhandled_exception{};

    /// Called with a line about a mistake in the program that the library could mend, such as a
    /// resource that "was not made ready". The default prints it to standard error.
    std::function<void(std::string_view)> on_diagnostic{};

    /// For an executor that a foreign loop drives by `Executor::poll`: called when a `poll` is due
    /// of which `Executor::next_deadline` said nothing after the last one. So it is once, until the
    /// next `poll`, when something is posted or becomes ready, on the thread by which it does; and
    /// when `poll` returns in which a task has ended, if it leaves nothing to do, for a loop that
    /// looks at its condition before it polls. It must be thread-safe, must neither throw nor call
    /// `poll` (writing to an eventfd, or posting an event, is typical), and may be called shortly
    /// after the executor is gone. Without it the executor sleeps by itself, in `Executor::run`.
    std::function<void()> wake_up{};

    /// Where `run` sleeps instead of in a futex of its own, such as an event loop for sockets; must
    /// outlive the executor. `std::invalid_argument` together with `wake_up`.
    bridge::IdleSource* idle = nullptr;

    /// The watchdog: an await of something outside (a device event, offloaded work, an element from
    /// another thread, an awaitable of another library) that has lasted that long is told of, once,
    /// by `on_diagnostic`: what it is, which resource that guards, and the lines of the coroutines
    /// that wait for it. It may be told of up to a quarter later. Zero: never. It costs a timer.
    Duration report_waits_after{};

    /// Sees what happens, such as a `Timeline`; must outlive the executor. Null: nobody looks, at
    /// no cost.
    Observer* observer = nullptr;

    /// How long `run` looks for posts before it really sleeps. Zero uses no CPU when idle; some
    /// ten microseconds save the latency of a wake-up by the kernel at the price of a busy core.
    Duration spin{};

    /// The time of its timers; must outlive the executor. Null: `std::chrono::steady_clock`.
    Clock* clock = nullptr;

    /// Counts what becomes of named channels, job queues, semaphores and resources, for
    /// `Executor::metrics`. It costs some nanoseconds an operation on one of them, and nothing
    /// where it is off. `observer` sees what it saw without.
    detail::MetricsSwitch metrics{};  // as a bool
};

}  // namespace juggle
