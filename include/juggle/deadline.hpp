#pragma once

#include <juggle/clock.hpp>
#include <juggle/environment.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/task.hpp>
#include <juggle/timed_out.hpp>

#include <source_location>
#include <utility>

namespace juggle {

namespace detail {

/// Stops a task when the time has come.
class StopTimer final : public Timer {
public:
    StopTimer(SpawnedTask& task, TimePoint due) noexcept : Timer{&StopTimer::stop}, task_{task} {
        task_.loop().timers().insert(*this, due);
    }
    ~StopTimer() { task_.loop().timers().remove(*this); }

    [[nodiscard]] bool fired() const noexcept { return !armed(); }

private:
    static void stop(Timer& timer) noexcept { static_cast<StopTimer&>(timer).task_.request_stop(); }

    SpawnedTask& task_;
};

/// Waits for a task as long as it takes: a stop request is passed on to it.
class EndOrStopAwaiter final : public EndAwaiter {
public:
    explicit EndOrStopAwaiter(SpawnedTask& task) noexcept
        : EndAwaiter{task, &EndOrStopAwaiter::pass_on} {}

    /// Whether the waiting task was asked to stop meanwhile.
    [[nodiscard]] bool await_resume() const noexcept { return cancelled(); }

    /// As its base, but a request that is pending already is passed on too.
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        if (EndAwaiter::await_suspend(coroutine)) {
            return true;
        }
        awaited().request_stop();
        (void)suspend(coroutine.promise());
        listen();
        return true;
    }

private:
    static void pass_on(Waiter& waiter) noexcept {
        static_cast<EndOrStopAwaiter&>(waiter).awaited().request_stop();
    }
};

}  // namespace detail

/// Waits for a spawned task until a point in time of the executor's clock, and not longer.
///
/// Gives the task's result or rethrows its exception if it ends before. At `when` it is asked to
/// stop, and once it has ended, not before, `TimedOut` is thrown. A task that ends by itself in
/// spite of that is not thrown away: its result or its own exception counts. If the task has
/// ended already the time does not matter.
///
/// A stop request to the awaiting task is passed on to the awaited one, as if that were awaited
/// directly: most often it ends with `Cancelled`, which is then rethrown.
///
/// After katsdpsigproc's `resource.wait_until`.
template <class T>
Task<T> deadline(TimePoint when, JoinHandle<T> handle) {
    detail::SpawnedTaskOf<T>* task = detail::JoinAccess::task(handle);
    if (task == nullptr) {
        detail::throw_not_joinable("the handle belongs to no task");
    }
    bool out_of_time = false;
    bool stopped = false;
    if (!task->ended()) {
        detail::StopTimer timer{*task, when};
        stopped = co_await detail::EndOrStopAwaiter{*task};
        out_of_time = timer.fired();
    }
    try {
        co_return co_await handle;
    } catch (const Cancelled&) {
        if (out_of_time && !stopped) {
            throw TimedOut{};
        }
        throw;
    }
}

/// The same for a task that has not started: it is spawned beside the awaiting one.
template <class T>
Task<T> deadline(TimePoint when, Task<T> task,
                 std::source_location where = std::source_location::current()) {
    Environment environment = co_await current_environment();
    JoinHandle<T> handle = environment.executor().spawn(std::move(task), where);
    co_return co_await deadline(when, std::move(handle));
}

}  // namespace juggle
