#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/frame_pool.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/base/ring_link.hpp>
#include <juggle/detail/base/task_key.hpp>
#include <juggle/detail/base/timer_heap.hpp>
#include <juggle/detail/run/inbox.hpp>
#include <juggle/detail/run/ready_queue.hpp>
#include <juggle/executor_options.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI {
class Executor;
class Observer;
struct Metrics;

namespace bridge {
class Poller;
}  // namespace bridge
}  // namespace juggle

namespace juggle::inline JUGGLE_ABI::detail {

class Loop;
class MetricsCollector;
class SpawnedTask;
struct PoisonRecord;

/// The loop whose turn it is on this thread; null outside `run` and `poll`.
JUGGLE_EXPORT inline constinit thread_local Loop* current_loop = nullptr;

/// The task whose turn it is in that loop; 0 between tasks. Here, and not in the
/// loop, since whoever takes a ticket or a permit notes it.
JUGGLE_EXPORT inline constinit thread_local TaskKey running_task = 0;

/// The last `run` on this thread has ended by an exception: what goes now was not forgotten.
JUGGLE_EXPORT inline constinit thread_local bool last_run_failed = false;

/// The same task itself, in libraries with checks; null otherwise.
JUGGLE_EXPORT inline constinit thread_local SpawnedTask* running_record = nullptr;

inline SpawnedTask* exchange_running_record([[maybe_unused]] SpawnedTask* record) noexcept {
    if constexpr (has_checks) {
        return std::exchange(running_record, record);
    }
    return nullptr;
}

/// The tasks of a loop, the oldest first.
class TaskRing final : public RingLink {
public:
    [[nodiscard]] SpawnedTask* first() const noexcept;
    [[nodiscard]] SpawnedTask* last() const noexcept;
    /// Null if there is none.
    [[nodiscard]] SpawnedTask* before(const SpawnedTask& task) const noexcept;
    [[nodiscard]] SpawnedTask* after(const SpawnedTask& task) const noexcept;
};

/// Something that is kept for each executor, made at first use.
class Service {
public:
    virtual ~Service() = default;
};

/// The machinery inside an `Executor`: what the other parts of the library see of it.
class JUGGLE_EXPORT Loop {
public:
    Loop(Executor& executor, ExecutorOptions options);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // The thread.

    /// From now on the calling thread is the executor's.
    void bind_thread() noexcept { guard_.bind(); }
    /// At the start of a function that is for this thread only.
    void check_call(const char* function) const noexcept {
        if (guard_.is_wrong_thread()) [[unlikely]] {
            misuse_from_thread(function);
        }
    }

    // Ready work.

    /// Lets the node run after all that is ready already.
    void schedule(PostNode& node) noexcept {
        if (guard_.is_wrong_thread()) [[unlikely]] {
            misuse_by_wake_up();
        }
        if (ready_.empty() && foreign_loop_sleeps_) [[unlikely]] {
            schedule_and_wake(node);
        } else {
            ready_.push(node);
        }
    }

    /// Lets the node run as soon as the running one has returned to the loop. At most one may wait
    /// so: only for the last thing a node does.
    void run_next(PostNode& node) noexcept { next_ = &node; }
    /// The same where the running node may do so again: the second runs at a later tick.
    void run_next_or_later(PostNode& node) noexcept {
        if (next_ == nullptr) {
            run_next(node);
        } else {
            schedule(node);
        }
    }

    /// How many awaits of child tasks are on the thread's native stack, and how many may be.
    static constexpr int deepest_nesting = 64;
    /// One more is. False: that would be too deep.
    [[nodiscard]] static bool nest() noexcept { return --nestings_left >= 0 || refuse_to_nest(); }
    static void unnest() noexcept { ++nestings_left; }

    // Time.

    [[nodiscard]] TimePoint now() noexcept { return clock_.now(); }
    /// `delay` from now, as far as the clock reaches.
    [[nodiscard]] TimePoint after(std::chrono::nanoseconds delay) noexcept;
    [[nodiscard]] TimerHeap& timers() noexcept { return timers_; }

    // Other threads.

    [[nodiscard]] Inbox& inbox() noexcept { return *inbox_; }

    /// A task waits for another thread that will use its frame: it must not be destroyed.
    void begin_external_use() noexcept { ++external_uses_; }
    void end_external_use() noexcept { --external_uses_; }

    /// A task waits for what another thread is to bring, and could be destroyed.
    void begin_external_wait() noexcept { ++external_waits_; }
    void end_external_wait() noexcept { --external_waits_; }

    // Tasks.

    [[nodiscard]] TaskKey next_task_key() noexcept { return ++last_task_key_; }
    [[nodiscard]] TaskRing& tasks() noexcept { return tasks_; }
    /// One that was put at the end of the ring.
    void note_new(SpawnedTask& task) noexcept {
        ++running_tasks_;
        if (looks_at_new_) [[unlikely]] {
            look_at_new(task);
        }
    }
    void task_ended() noexcept { --running_tasks_; }
    [[nodiscard]] std::size_t running_tasks() const noexcept { return running_tasks_; }
    /// How often all tasks were asked to stop: one that another has asked since is not asked twice.
    [[nodiscard]] std::uint64_t stop_round() const noexcept { return stop_round_; }
    /// All tasks are being asked to stop, one after the other, just now.
    [[nodiscard]] bool asking_all() const noexcept { return asking_all_; }

    /// Stop requests that waits pass on to other tasks, which pass them on again. Those that would
    /// go more than 64 deep are passed on from there, one after the other.
    struct NestedStops {
        int nesting = 0;
        ReadyQueue left;
    };
    [[nodiscard]] NestedStops& nested_stops() noexcept { return nested_stops_; }

    // The exception whose frame is being destroyed, so that what its parameters release knows why.

    [[nodiscard]] std::exception_ptr exchange_failure(std::exception_ptr failure) noexcept {
        return std::exchange(failure_, std::move(failure));
    }
    [[nodiscard]] const std::exception_ptr& failure() const noexcept { return failure_; }
    /// A resource was poisoned by an exception on its way through a destructor, where it cannot be
    /// had yet; `set_cause` adds it to the records of this tick once it can.
    void add_unexplained(std::shared_ptr<PoisonRecord> record);
    void set_cause(const std::exception_ptr& cause) noexcept;
    /// True while the frames of tasks are destroyed that never ended.
    [[nodiscard]] bool abandoning() const noexcept { return abandoning_; }
    /// A child's frame was destroyed before the one of its parent, whose awaiter does not know yet.
    void note_destroyed_child(const void* frame) noexcept { destroyed_child_ = frame; }
    /// For the awaiter: whether it was that frame.
    [[nodiscard]] bool forget_destroyed_child(const void* frame) noexcept {
        if (frame != destroyed_child_) {
            return false;
        }
        destroyed_child_ = nullptr;
        return true;
    }
    /// How many exceptions were being thrown around the loop when it was entered.
    [[nodiscard]] int exceptions_outside() const noexcept { return exceptions_outside_; }

    /// May throw `std::bad_alloc`.
    [[nodiscard]] Metrics metrics() const;

    // Reports.

    void report(const UnhandledException& unhandled) noexcept;
    void report(std::string_view diagnostic) noexcept;

    // For libraries with checks.

    /// Two things that a task does while this stays the same can have no other task's between them.
    [[nodiscard]] std::uint64_t tick() const noexcept { return tick_; }
    /// An await that need not suspend today may do so another time.
    void note_await() noexcept { ++tick_; }

    // Bridges.

    void add(bridge::Poller& poller) { pollers_.push_back(&poller); }
    void remove(bridge::Poller& poller) noexcept;

    [[nodiscard]] Observer* observer() const noexcept { return options_.observer; }
    [[nodiscard]] bridge::IdleSource* idle_source() const noexcept { return options_.idle; }
    [[nodiscard]] FramePool& frames() noexcept { return frames_; }
    [[nodiscard]] Executor& executor() noexcept { return executor_; }

    /// The executor's own `S`, made by `S{Loop&}` when it is first asked for. `S` is destroyed
    /// after the last task and after the last post, the newest service first.
    template <class S>
    [[nodiscard]] S& service() {
        if (S* known = known_service<S>()) {
            return *known;
        }
        const ServiceInMaking in_making{*this, &service_key<S>};
        services_.reserve(services_.size() + 1);
        services_.emplace_back(&service_key<S>, std::make_unique<S>(*this));
        return static_cast<S&>(*services_.back().second);
    }
    /// Null if nobody has asked for it yet.
    template <class S>
    [[nodiscard]] S* known_service() const noexcept {
        for (const auto& [key, made] : services_) {
            if (key == &service_key<S>) {
                return static_cast<S*>(made.get());
            }
        }
        return nullptr;
    }

    // Driving, for Executor.

    [[nodiscard]] bool entered() const noexcept { return entered_; }
    /// Whether what it runs, or another thread meanwhile, has called `std::exit`: it is to be left
    /// as it is, then, and not to be destroyed. With checks it finds who destroys it otherwise.
    [[nodiscard]] bool left_by_exit() const noexcept;
    [[nodiscard]] bool driven_by_foreign_loop() const noexcept {
        return static_cast<bool>(options_.wake_up);
    }

    /// Runs until `done` is true at the end of a tick, sleeping when there is nothing to do.
    /// Throws `Deadlock` if nothing is ready, and nothing can come that would change that; if
    /// `may_be_stopped` it only says so, once.
    void run_until(const bool& done, bool may_be_stopped = false);
    /// Asks all tasks to stop, and runs until the last has ended. Throws `Deadlock` as well.
    void stop_and_drain();
    /// One pass over what is ready, or the first `max_steps` of it. Returns how many nodes ran.
    std::size_t poll(std::size_t max_steps);
    [[nodiscard]] std::optional<TimePoint> next_deadline() noexcept;

    /// All tasks, or the first so many, and what they wait for. May throw `std::bad_alloc`.
    [[nodiscard]] std::string describe(std::size_t max_tasks) const;
    /// The same of one task, without those that are a part of it.
    [[nodiscard]] static std::string describe(const SpawnedTask& task);

private:
    static inline constinit thread_local int nestings_left = deepest_nesting;
    [[gnu::noinline]] static bool refuse_to_nest() noexcept {
        ++nestings_left;
        return false;
    }

    template <class S>
    static constexpr char service_key = 0;

    class Entered;

    /// While it lives, that service is being made, which may ask for others.
    class ServiceInMaking {
    public:
        /// `std::logic_error` if it is in the making already.
        ServiceInMaking(Loop& loop, const void* key)
            : loop_{loop}, key_{key}, outer_{loop.making_} {
            for (const ServiceInMaking* other = outer_; other != nullptr; other = other->outer_) {
                if (other->key_ == key) {
                    throw_service_asks_for_itself();
                }
            }
            loop.making_ = this;
        }
        ~ServiceInMaking() { loop_.making_ = outer_; }
        ServiceInMaking(const ServiceInMaking&) = delete;
        ServiceInMaking& operator=(const ServiceInMaking&) = delete;

    private:
        Loop& loop_;
        const void* key_;
        const ServiceInMaking* outer_;
    };
    [[noreturn]] static void throw_service_asks_for_itself();

    [[noreturn]] static void misuse_by_wake_up() noexcept;

    /// Looks at the tasks now and then, for waits that last.
    class Watchdog final : public Timer {
    public:
        explicit Watchdog(Loop& loop) noexcept : Timer{&Watchdog::look}, loop_{loop} {}

    private:
        static void look(Timer& timer) noexcept;
        Loop& loop_;
    };
    /// How often it has to find a wait before that is told of.
    static constexpr std::uint8_t looks_before_report = 4;

    void look_at_new(SpawnedTask& task) noexcept;
    void set_stopping(bool stopping) noexcept {
        stopping_ = stopping;
        looks_at_new_ = stopping || options_.report_waits_after.count() > 0;
    }
    void arm_watchdog() noexcept;
    void report_long_waits() noexcept;
    void report_wait(const SpawnedTask& task) noexcept;

    [[nodiscard]] bool take_turn(const bool& done) noexcept;
    std::size_t run_ready(std::size_t max_steps) noexcept;
    void schedule_and_wake(PostNode& node) noexcept;
    void wake_foreign_loop() noexcept;
    void run_node(PostNode& node) noexcept;
    void take_posts_and_timers() noexcept;
    void fire_timers() noexcept;
    void ask_pollers() noexcept;
    void look_at_idle_source() noexcept;
    void run_posts() noexcept;
    [[nodiscard]] bool run_what_is_left() noexcept;
    [[nodiscard]] bool tasks_have_timers() const noexcept;
    [[nodiscard]] bool is_stuck() const noexcept;
    [[nodiscard]] bool nothing_may_come() const noexcept;
    [[nodiscard]] std::optional<TimePoint> wakes_by_itself_at() const noexcept;
    void sleep() noexcept;
    void sleep_in_idle_source(std::optional<TimePoint> until) noexcept;
    [[nodiscard]] bool spin(std::optional<TimePoint> until) noexcept;
    void stop_all() noexcept;
    void destroy_remaining_tasks() noexcept;

    ReadyQueue ready_;
    PostNode* next_ = nullptr;
    /// It was left nothing to do, and nobody has woken it since.
    bool foreign_loop_sleeps_ = false;
    std::uint64_t tick_ = 0;   // how many nodes have run, and with checks awaits begun
    std::uint64_t posts_ = 0;  // that have arrived
    std::uint64_t sleeps_ = 0;
    FramePool frames_;
    TimerHeap timers_;
    Clock& clock_;
    struct ReleaseInbox {
        void operator()(Inbox* inbox) const noexcept { inbox->release(); }
    };
    std::unique_ptr<Inbox, ReleaseInbox> inbox_;  // others may keep it longer
    [[no_unique_address]] ThreadGuard guard_;
    Executor& executor_;
    TaskRing tasks_;
    std::size_t running_tasks_ = 0;
    std::size_t external_uses_ = 0;
    std::size_t external_waits_ = 0;
    TaskKey last_task_key_;  // of the keys given out, as many are of running tasks as run
    std::uint64_t stop_round_ = 0;
    std::exception_ptr failure_;
    std::vector<std::shared_ptr<PoisonRecord>> unexplained_;
    std::uint64_t unexplained_tick_ = 0;
    int exceptions_outside_ = 0;
    bool entered_ = false;
    /// Whose turn goes on, while a task of another loop runs inside it.
    TaskKey left_task_ = 0;
    bool stopping_ = false;
    bool looks_at_new_ = false;  // they may have to be stopped, or the watchdog armed
    bool asking_all_ = false;
    bool abandoning_ = false;
    Watchdog watchdog_{*this};
    std::vector<std::pair<const void*, std::unique_ptr<Service>>> services_;
    const ServiceInMaking* making_ = nullptr;
    std::vector<bridge::Poller*> pollers_;
    /// When the first of them wants to be asked again.
    std::optional<TimePoint> poll_at_;
    bool poller_awaited_ = false;  // one of them has something that may end a wait
    std::uint32_t wakes_ = 0;      // calls of the idle source's `wake` that were begun
    SpawnedTask* left_record_ = nullptr;
    ExecutorOptions options_;
    NestedStops nested_stops_;
    const void* destroyed_child_ = nullptr;
    std::unique_ptr<MetricsCollector> metrics_collector_;  // null without the option
};

/// An exception is on its way through this thread, or has ended its last run: what is destroyed now
/// was not forgotten.
[[nodiscard]] bool is_unwinding() noexcept;

// The orders in which the loop's tasks take resources, in libraries with checks: for the parts that
// know what a resource is. Made at first use, null if there is no memory for it.
[[nodiscard]] JUGGLE_EXPORT Observer* lock_order_of(Loop& loop) noexcept;
/// Null if nobody has asked for it yet.
[[nodiscard]] JUGGLE_EXPORT Observer* known_lock_order_of(Loop& loop) noexcept;

/// Its free lists; empty ones, which stay so, where no loop runs.
JUGGLE_EXPORT inline constinit FrameLists no_frames;
JUGGLE_EXPORT inline constinit thread_local FrameLists* current_frames = &no_frames;

[[nodiscard]] inline void* allocate_frame(std::size_t bytes) {
    return FrameLists::allocate(current_frames, bytes);
}

inline void deallocate_frame(void* memory, std::size_t bytes) noexcept {
    Loop* loop = current_loop;
    FrameLists::deallocate(loop == nullptr ? nullptr : &loop->frames(), memory, bytes);
}

/// Base of what `new`, or the compiler for a coroutine, takes from the free lists of the loop whose
/// turn it is. To be deleted as what it was made.
class Pooled {
public:
    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* memory, std::size_t bytes) noexcept {
        deallocate_frame(memory, bytes);
    }

protected:
    ~Pooled() = default;
};

}  // namespace juggle::detail
