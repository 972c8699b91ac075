#pragma once

#include <juggle/cancelled.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/result.hpp>
#include <juggle/detail/base/ring_link.hpp>
#include <juggle/detail/base/task_key.hpp>
#include <juggle/detail/run/command_sink.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/observer.hpp>
#include <juggle/task_id.hpp>
#include <juggle/unhandled_exception.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

class PromiseBase;
class SpawnedTask;
class Waiter;

/// Whom the end of a task concerns.
class EndListener {
public:
    using EndFunction = void (*)(EndListener&) noexcept;
    explicit EndListener(EndFunction on_end) noexcept : on_end_{on_end} {}
    /// Of one that is not a joiner yet.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init,modernize-use-equals-default)
    EndListener() noexcept {}
    void listen(EndFunction on_end) noexcept { on_end_ = on_end; }
    void task_ended() noexcept { on_end_(*this); }

protected:
    ~EndListener() = default;

private:
    EndFunction on_end_;
};

/// Several tasks run at once of which only one may take something: an element, a ticket, a permit.
class Race {
public:
    /// Whether this one may. The first that asks may; the others are asked to stop at once, so
    /// those that wait leave the lines they stand in before this returns.
    using DecideFunction = bool (*)(Race&, SpawnedTask&) noexcept;
    explicit Race(DecideFunction decide) noexcept : decide_{decide} {}
    [[nodiscard]] bool try_commit(SpawnedTask& task) noexcept { return decide_(*this, task); }

protected:
    ~Race() = default;

private:
    DecideFunction decide_;
};

/// What is known of a task that was spawned: the environment of its coroutine and of all the
/// child coroutines that it awaits. Shared by the running task and by its handle.
class JUGGLE_EXPORT SpawnedTask : public PostNode, public RingLink, public Pooled {
public:
    /// What depends on the class of a record: to destroy it, or to give its own label, if it has
    /// one. One function for both, and no virtual ones, for which each destructor would write what
    /// class the object is by now.
    enum class Asked : std::uint8_t { to_go, for_label };
    using RecordFunction = const Label* (*)(SpawnedTask&, Asked) noexcept;

    /// `outcome` lives in the derived class.
    SpawnedTask(Loop& loop, std::source_location spawned_at, ResultBase& outcome,
                RecordFunction record) noexcept
        : PostNode{&SpawnedTask::first_turn}, RingLink(loop.tasks()), loop_{&loop},
          outcome_{outcome}, record_{record}, key_{loop.next_task_key()}, spawned_at_{spawned_at} {
        loop.note_new(*this);
    }

    /// A part of `parent`, which waits for it and passes stop requests on to it. Nobody else has a
    /// reference, and nobody is told of an exception but whoever reads the outcome. It is going to
    /// be started by `start_now`.
    SpawnedTask(SpawnedTask& parent, ResultBase& outcome, RecordFunction record) noexcept
        : PostNode{&SpawnedTask::last_turn}, RingLink(parent.loop_->tasks()), chunk{parent.chunk},
          loop_{parent.loop_}, outcome_{outcome}, record_{record}, parent_{&parent},
          key_{parent.loop_->next_task_key()}, spawned_at_{parent.spawned_at_}, started_{true},
          starting_now_{true}, retrievable_{false} {
        loop_->note_new(*this);
    }

    /// Starts its coroutine at the loop's next tick.
    void start(std::coroutine_handle<> frame) noexcept {
        frame_ = frame;
        loop_->schedule(*this);
    }

    /// Starts its coroutine now, on top of the caller's stack; at the next tick if that is deep.
    /// True: it has ended; the caller says `leave_ended`, and nobody was told.
    [[nodiscard]] bool start_now(std::coroutine_handle<> frame) noexcept {
        if (!Loop::nest()) [[unlikely]] {
            started_ = false;
            starting_now_ = false;
            call_instead(&SpawnedTask::first_turn);
            start(frame);
            return false;
        }
        frame_ = frame;
        const TaskKey outer = std::exchange(running_task, key_);
        SpawnedTask* const outer_record = exchange_running_record(this);
        if (current_observer == nullptr) [[likely]] {
            frame.resume();
        } else {
            resume_observed();
        }
        running_task = outer;
        (void)exchange_running_record(outer_record);
        Loop::unnest();
        if (!ended_) {
            starting_now_ = false;  // it is suspended somewhere
        }
        return ended_;
    }
    /// What has ended leaves nothing behind but its outcome.
    void leave_ended(const ResultBase& outcome) noexcept {
#if JUGGLE_CHECKS
        tickets.clear();
#endif
        if (!outcome.has_value()) [[unlikely]] {
            destroy_frame();
        }
        loop_->task_ended();
    }

    [[nodiscard]] Loop& loop() const noexcept { return *loop_; }
    [[nodiscard]] TaskId id() const noexcept { return {task_number(key_)}; }
    [[nodiscard]] TaskKey key() const noexcept { return key_; }
    [[nodiscard]] std::source_location spawned_at() const noexcept { return spawned_at_; }
    /// That of the task it is a part of, if it is one; null if it was not given a name.
    [[nodiscard]] const Label* label() const noexcept;
    /// As the subject of a sentence: "task 3", or "task 3 'reader'". `std::bad_alloc`.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] const bool& ended() const noexcept { return ended_; }

    // Stop requests. One request makes one await throw.

    void request_stop() noexcept;
    [[nodiscard]] bool stop_requested() const noexcept { return stop_requests_ != 0; }
    /// How many requests have reached an await or taken effect otherwise.
    [[nodiscard]] std::uint32_t stops_taken() const noexcept {
        return stop_requests_ - (stop_pending_ ? 1 : 0);
    }
    [[nodiscard]] bool take_stop() noexcept {
        if (!stop_pending_) [[likely]] {
            return false;
        }
        stop_pending_ = false;
        return true;
    }

    /// A stop request that was taken, and reached nobody, is to be seen by the next await.
    void put_stop_back() noexcept { stop_pending_ = true; }
    [[nodiscard]] bool stop_pending() const noexcept { return stop_pending_; }
    /// Which `Loop::stop_round` the last request was in.
    [[nodiscard]] std::uint64_t stop_round() const noexcept { return stop_round_; }

    /// Whether all tasks are being asked to stop just now, and this one has been.
    [[nodiscard]] bool asked_with_all() const noexcept {
        return loop_->asking_all() && stop_round_ == loop_->stop_round();
    }

    /// The innermost suspended await, as long as it can still be cancelled.
    Waiter* waiting_in = nullptr;

    /// The same until it is woken, cancelled or not.
    Waiter* suspended_in = nullptr;

    void waits_no_more() noexcept {
        waiting_in = nullptr;
        suspended_in = nullptr;
    }

    /// Its innermost coroutine, where no `suspended_in` says so: it waits for an awaitable of
    /// another library, or is about to be destroyed.
    PromiseBase* innermost = nullptr;

    /// What it waits for before it may use a resource's value, while it waits for device events.
    const Waiter* reading_events = nullptr;

    /// It is about to go on.
    void has_its_turn() noexcept {
        running_task = key_;
        if constexpr (has_checks) {
            running_record = this;
        }
    }
    /// The same, and an observer is told.
    void is_resumed() noexcept {
        has_its_turn();
        if (current_observer != nullptr) [[unlikely]] {
            current_observer->task_resumed(this);
        }
    }
    [[nodiscard]] bool started() const noexcept { return started_; }

    /// How often the watchdog has found that it waits for another library.
    [[nodiscard]] std::uint8_t& foreign_wait_seen() noexcept { return foreign_wait_seen_; }

    /// A wait whose cancellation ends the task at once: nothing follows that could clean up.
    Waiter* only_wait = nullptr;
    void end_cancelled() noexcept;

    /// What a timeline is to show it as a part of.
    std::uint64_t chunk = no_chunk;

#if JUGGLE_CHECKS
    /// The tickets that it has, as far as is known: for lock orders.
    struct Tickets final : RingLink {
        ~Tickets() { clear(); }
        /// It has ended: whatever is left of them is nobody's.
        void clear() noexcept {
            while (!alone()) {
                behind->leave();
            }
        }
    } tickets;
#endif

    /// The task that this one is a part of, if any.
    [[nodiscard]] SpawnedTask* parent() const noexcept { return parent_; }

    // Races.

    Race* race = nullptr;

    /// To be asked when a suspended await is about to take what others could have instead. False:
    /// a race was lost, take nothing.
    [[nodiscard]] bool try_commit() noexcept { return race == nullptr || race->try_commit(*this); }

    // The end. The coroutine says `finish`; what follows happens when it has left the stack.

    void finish() noexcept {
        ended_ = true;
        if (!starting_now_) {
            loop_->run_next(*this);
        }
    }

    /// Who is told when the task has ended; at most one.
    EndListener* joiner = nullptr;

    // Ownership: one reference for the running task, one for the handle, one for who awaits it.

    void retain() noexcept { ++owners_; }
    /// The last owner's reports an exception that nobody has taken.
    void release() noexcept {
        if (--owners_ == 0) {
            if (retrievable_ && outcome_.has_error()) [[unlikely]] {
                report_if_lost();
            }
            (void)record_(*this, Asked::to_go);
        }
    }

    /// Nobody will look at the exception that ended it. Does nothing if that is `Cancelled` after a
    /// stop request.
    void report_if_lost() noexcept;
    /// The exception that ended it, as it is reported; without a name if there is no memory for it.
    [[nodiscard]] UnhandledException unhandled() const noexcept;

    void result_taken() noexcept { retrievable_ = false; }
    [[nodiscard]] bool result_available() const noexcept { return ended() && retrievable_; }

    /// The executor goes away: whoever still holds a handle keeps the result only.
    void leave_loop() noexcept {
        leave();
        loop_ = nullptr;
    }
    // Destroys coroutines that will never end by themselves, in three steps for all tasks.

    void note_innermost() noexcept;
    void cancel_wait() noexcept;
    void abandon() noexcept;

    /// Destroys those of its coroutines that `outer` awaits, directly or not, the innermost first;
    /// all but the outermost if it is null. Does nothing if the innermost was not noted.
    void destroy_inside(const PromiseBase* outer) noexcept;

    [[nodiscard]] ResultBase& outcome() const noexcept { return outcome_; }

protected:
    ~SpawnedTask() {
        ahead->behind = behind;
        behind->ahead = ahead;
    }

private:
    [[nodiscard]] const Label* own_label() const noexcept {
        return record_(const_cast<SpawnedTask&>(*this), Asked::for_label);
    }
    static void first_turn(PostNode& node) noexcept;
    static void last_turn(PostNode& node) noexcept;
    void pass_stop_to_wait() noexcept;
    void end() noexcept;
    void destroy_frame() noexcept;
    void resume_observed() noexcept;

    Loop* loop_;
    ResultBase& outcome_;
    RecordFunction record_;
    SpawnedTask* parent_ = nullptr;
    TaskKey key_;
    union {
        std::coroutine_handle<> frame_;  // set when it starts, or is about to
    };
    std::uint64_t stop_round_ = 0;
    std::source_location spawned_at_;
    // These are set by two stores.
    std::uint32_t owners_ = 1;
    bool started_ = false;
    bool starting_now_ = false;
    bool retrievable_ = true;
    bool ended_ = false;
    std::uint32_t stop_requests_ = 0;
    bool stop_pending_ = false;
    std::uint8_t foreign_wait_seen_ = 0;
    [[maybe_unused]] std::uint16_t fills_the_store_ = 0;
};

template <class T>
class SpawnedTaskOf : public SpawnedTask {
public:
    SpawnedTaskOf(Loop& loop, std::source_location spawned_at, RecordFunction record) noexcept
        : SpawnedTask{loop, spawned_at, result, record} {}

    Result<T> result;

protected:
    ~SpawnedTaskOf() = default;
};

/// A record that was made by `new`, of a task without a name.
template <class Record>
class Unnamed final : public Record {
public:
    template <class... Arguments>
    explicit Unnamed(Arguments&&... arguments) noexcept
        : Record{std::forward<Arguments>(arguments)..., &Unnamed::answer} {}

private:
    ~Unnamed() = default;
    static const Label* answer(SpawnedTask& self, SpawnedTask::Asked asked) noexcept {
        if (asked == SpawnedTask::Asked::to_go) {
            delete static_cast<Unnamed*>(&self);
        }
        return nullptr;
    }
};

/// One with a name, so that the others need no room for it.
template <class Record>
class Named final : public Record {
public:
    template <class... Arguments>
    explicit Named(std::string name, Arguments&&... arguments) noexcept
        : Record{std::forward<Arguments>(arguments)..., &Named::answer},
          label_{"task", this->spawned_at()} {
        label_.set_name(std::move(name));
    }

private:
    ~Named() = default;
    static const Label* answer(SpawnedTask& self, SpawnedTask::Asked asked) noexcept {
        auto* const named = static_cast<Named*>(&self);
        if (asked == SpawnedTask::Asked::to_go) {
            delete named;
            return nullptr;
        }
        return named->label_.name().empty() ? nullptr : &named->label_;
    }

    Label label_;
};

inline SpawnedTask* TaskRing::first() const noexcept {
    return behind == this ? nullptr : static_cast<SpawnedTask*>(behind);
}
inline SpawnedTask* TaskRing::last() const noexcept {
    return ahead == this ? nullptr : static_cast<SpawnedTask*>(ahead);
}
inline SpawnedTask* TaskRing::before(const SpawnedTask& task) const noexcept {
    return task.ahead == this ? nullptr : static_cast<SpawnedTask*>(task.ahead);
}
inline SpawnedTask* TaskRing::after(const SpawnedTask& task) const noexcept {
    return task.behind == this ? nullptr : static_cast<SpawnedTask*>(task.behind);
}

/// Destroys a coroutine that has ended. What its parameters hold is released knowing whether it
/// ended by an exception, and by which.
inline void destroy_ended_frame(Loop* loop, std::coroutine_handle<> frame,
                                const ResultBase& result) noexcept {
    if (!result.has_error() || loop == nullptr) [[likely]] {
        frame.destroy();
        return;
    }
    std::exception_ptr outer = loop->exchange_failure(result.error());
    frame.destroy();
    (void)loop->exchange_failure(std::move(outer));
}

}  // namespace juggle::detail
