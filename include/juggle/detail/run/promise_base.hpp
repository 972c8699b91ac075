#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/post_node.hpp>

#include <coroutine>
#include <cstdint>
#include <source_location>
#include <utility>

namespace juggle::detail {

/// What every coroutine of the library is, whatever it returns: a thing that can be resumed by its
/// executor, with an environment and a coroutine to go back to.
class JUGGLE_EXPORT PromiseBase : public PostNode, public Pooled {
public:
    explicit PromiseBase(std::coroutine_handle<> frame) noexcept
        : PostNode{&PromiseBase::resume}, frame_{frame} {}

    [[nodiscard]] std::coroutine_handle<> frame() const noexcept { return frame_; }
    [[nodiscard]] SpawnedTask& task() const noexcept { return *task_; }
    [[nodiscard]] Loop& loop() const noexcept { return task_->loop(); }

    /// The outermost coroutine of a task.
    void begin(SpawnedTask& task) noexcept { task_ = &task; }

    /// Starts as the child of `parent`, which is suspended or about to be. True: it has ended
    /// already, and the parent goes on without suspending. False: the parent is resumed later.
    ///
    /// The child runs on top of its parent's native stack frame, so a loop over children that do
    /// not suspend needs no stack, whether or not the compiler makes tail calls; a chain of
    /// children that would go too deep is continued from the loop.
    [[nodiscard]] bool begin_below(PromiseBase& parent) noexcept {
        task_ = parent.task_;
        parent_ = &parent;
        Loop& loop = task_->loop();
        if (loop.nesting == Loop::deepest_nesting) [[unlikely]] {
            loop.run_next_or_later(*this);
            return false;
        }
        parent_waits_below_ = true;
        ++loop.nesting;
        frame_.resume();
        --loop.nesting;
        parent_waits_below_ = false;
        return state_ != State::unended;
    }

    /// Called when the coroutine is suspended for the last time.
    void end() noexcept {
        state_ = State::ended;
        if (parent_ == nullptr) {
            task_->finish();
        } else if (!parent_waits_below_) {
            task_->loop().run_next(*parent_);
        }
    }

    /// Ends instead of going on if `waiter`, in which it is suspended and which is all that it
    /// does, was cancelled: an exception would only cost time. Does nothing if another coroutine
    /// awaits it, for which there must be one.
    void end_if_cancelled(Waiter& waiter) noexcept {
        if (parent_ == nullptr) {
            task_->only_wait = &waiter;
            call_instead(&PromiseBase::resume_unless_cancelled);
        }
    }

    // The end of one that will not go on.

    /// One that nobody awaits: destroys it now, or soon if it is destroyed deep inside others. See
    /// `destroy_in_bounds`.
    void destroy_unawaited() noexcept;

    /// The innermost of those that await each other, before the one that awaits it.
    void destroy_awaited() noexcept;

    /// A child, with its parent, unless that was done before its parent's turn.
    static void destroy_child(std::coroutine_handle<> frame) noexcept;

    /// Goes on with the coroutine now: for what the loop calls.
    static void resume(PostNode& node) noexcept {
        auto& self = static_cast<PromiseBase&>(node);
        self.task_->has_its_turn();
        self.frame_.resume();
    }

    /// Where it awaits what it awaits last.
    [[nodiscard]] const std::source_location& awaiting_at() const noexcept { return awaiting_at_; }
    /// The coroutine that awaits this one; null for the outermost of a task.
    [[nodiscard]] PromiseBase* parent() const noexcept { return parent_; }

protected:
    enum class State : std::uint8_t {
        unended,
        ended,
        owned,  // of an OwnedPromise, always
    };

    PromiseBase(std::coroutine_handle<> frame, State state) noexcept
        : PostNode{&PromiseBase::resume}, frame_{frame}, state_{state} {}

    void awaits_at(const std::source_location& where) noexcept {
        awaiting_at_ = where;
        if constexpr (has_checks) {
            task_->loop().note_await();
        }
    }

    static void resume_unless_cancelled(PostNode& node) noexcept;
    static void destroy_frame(PostNode& node) noexcept;

    std::coroutine_handle<> frame_;
    SpawnedTask* task_ = nullptr;
    PromiseBase* parent_ = nullptr;
    std::source_location awaiting_at_;
    bool parent_waits_below_ = false;
    State state_ = State::unended;
};

/// A coroutine that is awaited again and again, and owned by something apart from its awaiter.
class OwnedPromise : public PromiseBase {
public:
    explicit OwnedPromise(std::coroutine_handle<> frame) noexcept
        : PromiseBase{frame, State::owned} {}

    /// As `destroy_awaited`. Its owner and its awaiter know afterwards.
    virtual void destroy_with_awaiter() noexcept = 0;

protected:
    ~OwnedPromise() = default;
};

}  // namespace juggle::detail
