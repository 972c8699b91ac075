#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/result.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/post_node.hpp>

#include <coroutine>
#include <cstdint>
#include <source_location>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// What every coroutine of the library is, whatever it returns: a thing that can be resumed by its
/// executor, with an environment and a coroutine to go back to.
class JUGGLE_EXPORT PromiseBase : public PostNode, public Pooled {
public:
    /// One that `begin` or `begin_below` will tell the rest, or `destroy_unawaited` what it needs.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init,modernize-use-equals-default)
    PromiseBase() noexcept {}

    [[nodiscard]] std::coroutine_handle<> frame() const noexcept { return frame_; }
    [[nodiscard]] SpawnedTask& task() const noexcept { return *task_; }
    [[nodiscard]] Loop& loop() const noexcept { return task_->loop(); }

    /// The outermost coroutine of a task.
    void begin(std::coroutine_handle<> self, SpawnedTask& task) noexcept {
        task_ = &task;
        parent_ = nullptr;
        stand_apart(self);
    }

    /// Starts as the child of `parent`, which is suspended or about to be; `outcome` is where it
    /// puts its value. True: it has ended already, and the parent goes on without suspending.
    /// False: the parent is resumed later. If there is a value then, the coroutine is gone.
    ///
    /// The child runs on top of its parent's native stack frame, so a loop over children that do
    /// not suspend needs no stack, whether or not the compiler makes tail calls; a chain of
    /// children that would go too deep is continued from the loop.
    [[nodiscard]] bool begin_below(std::coroutine_handle<> self, PromiseBase& parent,
                                   const ResultBase& outcome) noexcept {
        parent_ = &parent;
        state_ = State::below;
        task_ = parent.task_;
        if (!Loop::nest()) [[unlikely]] {
            stand_apart(self);
            loop().run_next_or_later(*this);
            return false;
        }
        self.resume();
        Loop::unnest();
        if (outcome.has_value()) [[likely]] {
            return true;
        }
        if (outcome.has_error() || self.done()) {
            return true;
        }
        stand_apart(self);
        return false;
    }

    /// Called at the end of the coroutine. Whether it is destroyed then: otherwise it is suspended
    /// for the last time, and whoever takes its outcome destroys it.
    [[nodiscard]] bool end(const ResultBase& outcome) noexcept {
        const bool goes = outcome.has_value();
        if (state_ == State::below) [[likely]] {
            return goes;
        }
        if (parent_ == nullptr) {
            task_->finish();
        } else {
            task_->loop().run_next(*parent_);
        }
        return goes;
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
    void destroy_unawaited(std::coroutine_handle<> self) noexcept;

    /// The innermost of those that await each other, before the one that awaits it.
    void destroy_awaited() noexcept;

    /// A child, with its parent, unless that was done before its parent's turn.
    static void destroy_child(std::coroutine_handle<> frame) noexcept;

    /// Goes on with the coroutine now: for what the loop calls.
    static void resume(PostNode& node) noexcept {
        auto& self = static_cast<PromiseBase&>(node);
        if (current_observer != nullptr) [[unlikely]] {
            return self.resume_observed();
        }
        self.task_->has_its_turn();
        self.frame_.resume();
    }

    /// Where it awaits what it awaits last.
    [[nodiscard]] const std::source_location& awaiting_at() const noexcept { return awaiting_at_; }
    /// The coroutine that awaits this one; null for the outermost of a task.
    [[nodiscard]] PromiseBase* parent() const noexcept { return parent_; }

protected:
    enum class State : std::uint8_t {
        below,  // its parent is below it on the native stack
        apart,  // its parent, if any, is resumed by the loop
        owned,  // of an OwnedPromise, always
    };

    PromiseBase(std::coroutine_handle<> frame, State state) noexcept
        : PostNode{&PromiseBase::resume}, frame_{frame}, parent_{nullptr}, task_{nullptr},
          state_{state} {}

    void awaits_at(std::source_location where) noexcept {
        awaiting_at_ = where;
        if constexpr (has_checks) {
            task_->loop().note_await();
        }
    }

    /// The loop resumes it from now on.
    void stand_apart(std::coroutine_handle<> self) noexcept {
        frame_ = self;
        call_instead(&PromiseBase::resume);
        state_ = State::apart;
    }
    void resume_observed() noexcept;
    static void resume_unless_cancelled(PostNode& node) noexcept;
    static void destroy_frame(PostNode& node) noexcept;

    // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): see the constructors
    union {
        std::coroutine_handle<> frame_;
    };
    PromiseBase* parent_;
    std::source_location awaiting_at_;
    SpawnedTask* task_;
    State state_;
    // NOLINTEND(cppcoreguidelines-pro-type-member-init)
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
