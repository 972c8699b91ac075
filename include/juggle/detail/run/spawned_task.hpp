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

namespace juggle::detail {

class PromiseBase;
class SpawnedTask;
class Waiter;

/// Whom the end of a task concerns.
class EndListener {
public:
    using EndFunction = void (*)(EndListener&) noexcept;
    explicit EndListener(EndFunction on_end) noexcept : on_end_{on_end} {}
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
class JUGGLE_EXPORT SpawnedTask : public PostNode, public ListNode, public Pooled {
public:
    /// `outcome` lives in the derived class.
    SpawnedTask(Loop& loop, std::source_location spawned_at, ResultBase& outcome) noexcept
        : PostNode{&SpawnedTask::turn}, loop_{&loop}, outcome_{outcome}, key_{loop.next_task_key()},
          spawned_at_{spawned_at} {
        loop.add(*this);
    }

    /// A part of `parent`, which waits for it and passes stop requests on to it. Nobody else has a
    /// reference, and nobody is told of an exception but whoever reads the outcome.
    SpawnedTask(SpawnedTask& parent, ResultBase& outcome) noexcept
        : PostNode{&SpawnedTask::turn}, loop_{parent.loop_}, outcome_{outcome}, parent_{&parent},
          key_{parent.loop_->next_task_key()}, spawned_at_{parent.spawned_at_},
          retrievable_{false} {
        chunk = parent.chunk;
        loop_->add(*this);
    }

    /// Starts its coroutine at the loop's next tick.
    void start(std::coroutine_handle<> frame) noexcept {
        frame_ = frame;
        loop_->schedule(*this);
    }

    /// Starts its coroutine now, on top of the caller's stack; at the next tick if that is deep.
    /// It may have ended when this returns, and the joiner been told.
    void start_now(std::coroutine_handle<> frame) noexcept;

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
    std::uint8_t foreign_wait_seen = 0;  // how often the watchdog has found that wait

    /// What it waits for before it may use a resource's value, while it waits for device events.
    const Waiter* reading_events = nullptr;

    /// It is about to go on.
    void has_its_turn() noexcept {
        running_task = key_;
        if constexpr (has_checks) {
            running_record = this;
        }
        if (current_observer != nullptr) [[unlikely]] {
            current_observer->task_resumed(this);
        }
    }
    [[nodiscard]] bool started() const noexcept { return started_; }

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
        if (starting_now_) {
            starting_now_ = false;
        } else {
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
            destroy();
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
        loop_->forget(*this);
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
        if (loop_ != nullptr) {
            loop_->forget(*this);
        }
    }

    virtual void destroy() noexcept = 0;

private:
    [[nodiscard]] virtual const Label* own_label() const noexcept { return nullptr; }
    static void turn(PostNode& node) noexcept;
    void pass_stop_to_wait() noexcept;
    void end() noexcept;
    void destroy_frame() noexcept;

    Loop* loop_;
    ResultBase& outcome_;
    std::coroutine_handle<> frame_;
    SpawnedTask* parent_ = nullptr;
    TaskKey key_;
    std::uint64_t stop_round_ = 0;
    std::source_location spawned_at_;
    std::uint32_t owners_ = 1;
    std::uint32_t stop_requests_ = 0;
    bool started_ = false;
    bool starting_now_ = false;
    bool ended_ = false;
    bool stop_pending_ = false;
    bool retrievable_ = true;
};

template <class T>
class SpawnedTaskOf : public SpawnedTask {
public:
    SpawnedTaskOf(Loop& loop, std::source_location spawned_at) noexcept
        : SpawnedTask{loop, spawned_at, result} {}

    Result<T> result;

protected:
    ~SpawnedTaskOf() = default;
};

/// A record that was made by `new`, of a task without a name.
template <class Record>
class Unnamed final : public Record {
public:
    using Record::Record;

private:
    ~Unnamed() = default;
    void destroy() noexcept override { delete this; }
};

/// One with a name, so that the others need no room for it.
template <class Record>
class Named final : public Record {
public:
    template <class... Arguments>
    explicit Named(std::string name, Arguments&&... arguments) noexcept
        : Record{std::forward<Arguments>(arguments)...}, label_{"task", this->spawned_at()} {
        label_.set_name(std::move(name));
    }

private:
    ~Named() = default;
    void destroy() noexcept override { delete this; }
    [[nodiscard]] const Label* own_label() const noexcept override {
        return label_.name().empty() ? nullptr : &label_;
    }

    Label label_;
};

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
