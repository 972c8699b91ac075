#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/stop_token.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/executor_options.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/post_node.hpp>
#include <juggle/poster.hpp>
#include <juggle/task.hpp>

#include <concepts>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

class ThreadPool;

struct Metrics;

namespace detail {
struct LoopAccess;
[[nodiscard]] JUGGLE_EXPORT ThreadPool& default_thread_pool(Loop& loop);
}  // namespace detail

/// Runs coroutines on one thread: the one that calls `run` or `poll`.
///
/// Ready work is first in, first out. Posts from other threads and timers are looked at every few
/// dozen resumptions, so a task that keeps itself busy starves nobody. When there is nothing to do
/// the thread sleeps, until the next timer or post. Coroutine frames come from free lists of the
/// executor's own: after warm-up, running tasks allocates nothing, unless a frame is over 16 KiB.
///
/// Everything but `post` and `poster` is for the executor's own thread only. A library with checks
/// (`JUGGLE_CHECKS`) notices when it is not, before anything has changed: it says on standard error
/// which function was called, and aborts.
class JUGGLE_EXPORT Executor {
public:
    /// `std::invalid_argument` if options exclude each other.
    explicit Executor(ExecutorOptions options = {});

    /// Asks the tasks that are left to stop and runs until each has ended, or waits for something
    /// that will not come by itself; those are destroyed where they stand. Timers are waited for,
    /// and so is a task inside `offload` or a foreign awaitable. What was posted is called; posts
    /// that come later are dropped: a thread that may still post then needs a `Poster`.
    ///
    /// In a `std::exit` that what it runs has called, or another thread while it runs, it does
    /// nothing: as on the stack, no variable of a task is destroyed then.
    ~Executor();

    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;

    /// Drives the task to its end, then asks all others that still run to stop and drives them to
    /// theirs; only then returns the task's result or rethrows its exception. No task outlives
    /// `run`, whether or not it was spawned by this one.
    ///
    /// When `stop`, a `std::stop_token`, is requested, from any thread, the task gets a stop
    /// request, as if by `JoinHandle::request_stop`; it comes as a post, so at one of the
    /// executor's next ticks. If the task does not catch `Cancelled`, or was asked before it
    /// started, `run` throws that: it is no `std::exception`.
    ///
    /// `Deadlock` instead of sleeping forever: see there. If `stop` can still be requested that is
    /// something to come, and the text goes to `on_diagnostic`.
    ///
    /// `std::logic_error`, with nothing run, if the executor runs already, if it is driven by a
    /// foreign loop (`ExecutorOptions::wake_up`), or if the task is empty.
    template <class T>
    T run(Task<T> task, detail::StopToken stop = {},
          std::source_location where = std::source_location::current());

    /// Starts a task at the executor's next tick, beside the others. Its exception reaches whoever
    /// awaits the handle; if nobody can, `on_unhandled_exception`, with the place of this call.
    /// `std::logic_error` if the task is empty.
    template <class T>
    JoinHandle<T> spawn(Task<T> task, std::source_location where = std::source_location::current());
    /// With a name, for messages, reports and timelines.
    template <class T>
    JoinHandle<T> spawn(std::string name, Task<T> task,
                        std::source_location where = std::source_location::current());

    /// Lets a node's function be called on the executor's thread. May be called from any thread;
    /// lock-free, allocates nothing, makes a system call only if the executor really sleeps. The
    /// executor may be destroyed while another thread is inside this function; one that may still
    /// be about to call it then uses a `Poster`. So does one for whose post a `run` is to wait that
    /// has nothing else to wait for: see `Deadlock`.
    void post(PostNode& node) noexcept { loop_.inbox().post(node); }

    /// Lets a function be called on the executor's thread; from any thread. It must not throw.
    /// Allocates a node: `std::bad_alloc` if it cannot, nothing was posted then. What was posted
    /// before the executor is destroyed is called, at the latest during that; a function that is
    /// posted to an executor on its way out is destroyed without having been called.
    template <std::invocable Function>
    void post(Function function);

    /// What other threads use to post when the executor may be gone by then.
    [[nodiscard]] Poster poster() noexcept { return Poster{loop_.inbox()}; }

    /// One turn, for a foreign loop: runs what is ready now, posts and due timers included, without
    /// ever sleeping; but at most `max_steps` of it, where the loop has other things to do in
    /// between. Returns how many resumptions and posted functions that were. Afterwards sleep until
    /// `next_deadline`, or until `ExecutorOptions::wake_up` is called.
    /// `std::logic_error` when called from a task of this executor, or by `wake_up`.
    std::size_t poll(std::size_t max_steps = (std::numeric_limits<std::size_t>::max)());

    /// When `poll` is to be called again if nobody wakes the loop before: the present if
    /// something is ready now, the next timer's otherwise, nothing if there is none.
    [[nodiscard]] std::optional<TimePoint> next_deadline() noexcept;

    /// The executor's time: that of its clock.
    [[nodiscard]] TimePoint now() noexcept {
        loop_.check_call("Executor::now");
        return loop_.now();
    }

    /// How many tasks have not ended; what `when_all` and its like run side by side counts, too.
    [[nodiscard]] std::size_t running_tasks() const noexcept {
        loop_.check_call("Executor::running_tasks");
        return loop_.running_tasks();
    }

    /// All tasks that have not ended, in lines of text: where each was spawned, what it waits for,
    /// where in which coroutine, and who holds that; and a cycle of tasks that wait for each other
    /// if there is one; of more than `max_tasks` the oldest ones. Costs
    /// microseconds a task and changes nothing: good for a status page. From its own thread, in a
    /// task or between `poll`s. `std::bad_alloc`.
    [[nodiscard]] std::string describe(std::size_t max_tasks = 100) const {
        loop_.check_call("Executor::describe");
        return loop_.describe(max_tasks);
    }

    /// Counts so far: of the executor itself, and with `ExecutorOptions::metrics` of each named
    /// channel, job queue, semaphore and resource that its tasks have used. From its own thread, in
    /// a task or between `poll`s. `std::bad_alloc`.
    [[nodiscard]] Metrics metrics() const;

    /// The threads that `offload` uses if it is given no others; started as needed.
    [[nodiscard]] ThreadPool& thread_pool() {
        loop_.check_call("Executor::thread_pool");
        return detail::default_thread_pool(loop_);
    }

    /// `ExecutorOptions::observer`; null if nobody looks. For bridges that show what their devices
    /// do.
    [[nodiscard]] Observer* observer() const noexcept { return loop_.observer(); }

    /// `ExecutorOptions::idle`; null if it sleeps by itself.
    [[nodiscard]] bridge::IdleSource* idle_source() const noexcept { return loop_.idle_source(); }

    /// The executor that runs the calling code; null outside of tasks.
    [[nodiscard]] static Executor* current() noexcept {
        detail::Loop* loop = detail::current_loop;
        return loop == nullptr ? nullptr : &loop->executor();
    }

private:
    friend detail::LoopAccess;

    template <template <class> class Record, class T, class... Name>
    detail::SpawnedTaskOf<T>& launch(Task<T>& task, std::source_location where, Name&&... name);
    void run_to_end(detail::SpawnedTask& task, detail::StopToken stop);
    void prepare_run();

    union {  // so that the destructor may leave it as it is
        detail::Loop loop_;
    };
};

namespace detail {

/// How bridges reach the machinery of an executor.
struct LoopAccess {
    [[nodiscard]] static Loop& of(Executor& executor) noexcept { return executor.loop_; }
};

}  // namespace detail

template <template <class> class Record, class T, class... Name>
detail::SpawnedTaskOf<T>& Executor::launch(Task<T>& task, std::source_location where,
                                           Name&&... name) {
    if (!task) {
        detail::throw_empty_task("Executor: argument 'task'");
    }
    auto* record = new Record<detail::SpawnedTaskOf<T>>{std::forward<Name>(name)..., loop_, where};
    record->start(detail::TaskAccess::release_to(*record, task));
    return *record;
}

template <class T>
JoinHandle<T> Executor::spawn(Task<T> task, std::source_location where) {
    loop_.check_call("Executor::spawn");
    return JoinHandle<T>{launch<detail::Unnamed>(task, where)};
}

template <class T>
JoinHandle<T> Executor::spawn(std::string name, Task<T> task, std::source_location where) {
    loop_.check_call("Executor::spawn");
    return JoinHandle<T>{launch<detail::Named>(task, where, std::move(name))};
}

template <class T>
T Executor::run(Task<T> task, detail::StopToken stop, std::source_location where) {
    prepare_run();
    auto& record = launch<detail::Unnamed>(task, where);
    const JoinHandle<T> handle{record};
    run_to_end(record, std::move(stop));
    detail::last_run_failed = record.result.has_error();
    record.result_taken();
    return record.result.take();
}

template <std::invocable Function>
void Executor::post(Function function) {
    class Posted final : public PostNode {
    public:
        explicit Posted(Function&& call) : PostNode{&Posted::call_once}, call_{std::move(call)} {}

    private:
        static void call_once(PostNode& node) noexcept {
            const std::unique_ptr<Posted> self{static_cast<Posted*>(&node)};
            self->call_();
        }
        Function call_;
    };
    auto posted = std::make_unique<Posted>(std::move(function));
    if (loop_.inbox().post(*posted)) {
        (void)posted.release();
    }
}

}  // namespace juggle
