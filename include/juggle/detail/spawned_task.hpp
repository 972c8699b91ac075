#pragma once

#include <juggle/cancelled.hpp>
#include <juggle/detail/loop.hpp>
#include <juggle/detail/result.hpp>
#include <juggle/task_id.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <source_location>
#include <utility>

namespace juggle::detail {

class PromiseBase;
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

/// What is known of a task that was spawned: the environment of its coroutine and of all the
/// child coroutines that it awaits. Shared by the running task and by its handle.
class SpawnedTask : public PostNode, public ListNode {
public:
    /// `outcome` lives in the derived class.
    SpawnedTask(Loop& loop, std::source_location spawned_at, ResultBase& outcome) noexcept
        : PostNode{&SpawnedTask::turn}, loop_{&loop}, outcome_{outcome},
          number_{loop.next_task_number()}, spawned_at_{spawned_at} {
        loop.add(*this);
    }

    /// Starts its coroutine at the loop's next turn.
    void start(std::coroutine_handle<> frame) noexcept {
        frame_ = frame;
        loop_->schedule(*this);
    }

    [[nodiscard]] Loop& loop() const noexcept { return *loop_; }
    [[nodiscard]] TaskId id() const noexcept { return {number_}; }
    [[nodiscard]] std::source_location spawned_at() const noexcept { return spawned_at_; }
    [[nodiscard]] const bool& ended() const noexcept { return ended_; }

    // Stop requests. One request makes one await throw.

    void request_stop() noexcept;
    [[nodiscard]] bool stop_requested() const noexcept { return stop_requested_; }
    [[nodiscard]] bool take_stop() noexcept {
        if (!stop_pending_) [[likely]] {
            return false;
        }
        stop_pending_ = false;
        return true;
    }

    /// The innermost suspended await, as long as it can still be cancelled.
    Waiter* waiting_in = nullptr;

    // The end. The coroutine says `finish`; what follows happens when it has left the stack.

    void finish() noexcept { loop_->run_next(*this); }

    /// Who is told when the task has ended; at most one.
    EndListener* joiner = nullptr;

    // Ownership: one reference for the running task, one for the handle, one for who awaits it.

    void retain() noexcept { ++owners_; }
    /// The last owner's reports an exception that nobody has taken.
    void release() noexcept {
        if (--owners_ == 0) {
            if (retrievable_ && outcome_.error()) [[unlikely]] {
                report_if_lost();
            }
            destroy();
        }
    }

    void result_taken() noexcept { retrievable_ = false; }
    [[nodiscard]] bool result_available() const noexcept { return ended() && retrievable_; }

    /// The executor goes away: whoever still holds a handle keeps the result only.
    void leave_loop() noexcept {
        loop_->forget(*this);
        loop_ = nullptr;
    }
    /// Destroys a coroutine that will never end by itself, after its wait was cancelled.
    void cancel_wait() noexcept;
    void abandon() noexcept;

    [[nodiscard]] ResultBase& outcome() const noexcept { return outcome_; }

protected:
    ~SpawnedTask() {
        if (loop_ != nullptr) {
            loop_->forget(*this);
        }
    }

    virtual void destroy() noexcept = 0;

private:
    static void turn(PostNode& node) noexcept;
    void end() noexcept;
    void destroy_frame() noexcept;
    void report_if_lost() noexcept;

    Loop* loop_;
    ResultBase& outcome_;
    std::coroutine_handle<> frame_;
    std::uint64_t number_;
    std::source_location spawned_at_;
    std::uint32_t owners_ = 1;
    bool started_ = false;
    bool ended_ = false;
    bool stop_requested_ = false;
    bool stop_pending_ = false;
    bool retrievable_ = true;
};

template <class T>
class SpawnedTaskOf final : public SpawnedTask {
public:
    SpawnedTaskOf(Loop& loop, std::source_location spawned_at) noexcept
        : SpawnedTask{loop, spawned_at, result} {}

    Result<T> result;

    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* memory, std::size_t bytes) noexcept {
        deallocate_frame(memory, bytes);
    }

private:
    ~SpawnedTaskOf() = default;
    void destroy() noexcept override { delete this; }
};

/// Destroys a coroutine that has ended. What its parameters hold is released knowing whether it
/// ended by an exception, and by which.
inline void destroy_ended_frame(Loop* loop, std::coroutine_handle<> frame,
                                const ResultBase& result) noexcept {
    if (!result.error() || loop == nullptr) [[likely]] {
        frame.destroy();
        return;
    }
    std::exception_ptr outer = loop->exchange_failure(result.error());
    frame.destroy();
    (void)loop->exchange_failure(std::move(outer));
}

}  // namespace juggle::detail
