#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/executor.hpp>
#include <juggle/post_node.hpp>

#include <coroutine>
#include <cstdint>
#include <string>

namespace juggle::inline JUGGLE_ABI::bridge {

class Waiter;

namespace detail {

// Outside of the class, where they hide no name of those derived from it.

enum class WaiterState : std::uint8_t { idle, starting, waiting, stopping, ended };

class JUGGLE_EXPORT WaiterPost final : public PostNode {
public:
    explicit WaiterPost(Waiter& waiter) noexcept
        : PostNode{&WaiterPost::arrived}, waiter_{waiter} {}

private:
    static void arrived(PostNode& node) noexcept;
    Waiter& waiter_;
};

}  // namespace detail

/// An await that something outside of the executor ends: a thread, a driver, another loop.
///
/// Derive an awaiter from it. `co_await` suspends the task and calls `start`; `complete`, on the
/// executor's thread, or `post_completion`, on any thread, lets it go on with `await_resume`:
///
/// ```
/// class Reply final : public juggle::bridge::Waiter {
/// public:
///     explicit Reply(Server& server) : server_{server} {}
///     std::string await_resume() {
///         throw_if_stopped();
///         return std::move(text);
///     }
///     std::string text;  // the server's thread writes it, then calls post_completion
///
/// private:
///     void start() override { server_.ask(*this); }
///     void cancel() noexcept override {
///         if (server_.withdraw(*this)) { give_up(); }
///     }
///     std::string describe() const override { return "a reply of " + server_.name(); }
///     Server& server_;
/// };
/// ```
///
/// It stays where it is, and lives, until the wait has ended: also while a stop request waits for
/// it to end. An executor that is destroyed waits for it then.
///
/// It does not tell the executor that something is to come: for a thread a `Poster` does, which is
/// kept meanwhile, and otherwise a `Poller` or an `IdleSource`. Where none of them says so, a wait
/// that no task can end is a `Deadlock`, and described there.
class JUGGLE_EXPORT Waiter : public juggle::detail::Waiter {
public:
    /// To be hidden by one that need not suspend.
    [[nodiscard]] bool await_ready() const noexcept { return false; }

    template <juggle::detail::LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return begin(coroutine.promise());
    }

    /// Ends the wait: the task resumes at one of the executor's next ticks, or at once if this is
    /// called inside of `start`. On the executor's thread, once. What a waiter was handed counts:
    /// if a stop request has come and it did not give up, that is left to the task's next await.
    void complete() noexcept;

    /// The same from any thread, from `start` on: the executor calls `complete`. The waiter may be
    /// gone when it returns; call it last, and at most once in a wait. A bridge that has called it,
    /// or may have, must not give up.
    void post_completion() noexcept { loop().inbox().post(post_); }

    /// Ends the wait for a stop request: `throw_if_stopped` throws `Cancelled`. On the executor's
    /// thread, inside of `cancel` or after it, instead of `complete`.
    void give_up() noexcept;

    /// Decides the race (`when_any`) in which the task takes part, if it does: to be called before
    /// the waiter is handed something that nobody else can have then, such as an element of a
    /// queue.
    ///
    /// True: it has won, or there is no race; hand it over and call `complete`, at once: a stop
    /// request may not reach the wait any more. The others are asked to stop before this returns,
    /// so their `cancel` may be called inside of it: take the waiter out of the bridge's list
    /// first. False: another has won, and it is to have nothing; its `cancel` has been called, or
    /// is about to be. May be called again, and gives the same. On the executor's thread, while it
    /// waits.
    [[nodiscard]] bool try_commit() noexcept;

protected:
    Waiter() noexcept : post_{*this} {}
    /// Aborts with a word about it if a task waits in it.
    ~Waiter() {
        if (waits()) [[unlikely]] {
            misuse_by_destruction();
        }
    }

    /// That of the task that waits. From `start` on.
    [[nodiscard]] Executor& executor() const noexcept { return loop().executor(); }

    /// For `await_resume`: throws `Cancelled` if the wait was given up.
    void throw_if_stopped() const { throw_if_cancelled(); }

    /// Begins what is waited for. The task is suspended; `complete` may be called in it already.
    /// What it throws is thrown by the `co_await`, also after `complete`, and the wait has ended:
    /// nobody may hold the waiter then.
    virtual void start() = 0;

    /// A stop request has come. Either give up now; or see to it that the wait ends soon, by
    /// `complete` or `give_up`, since whoever else holds the waiter is not done with it. Not called
    /// more than once in a wait. What has been posted by `post_completion` comes anyway.
    virtual void cancel() noexcept = 0;

    /// What is waited for, as in "it waits for ...": for deadlock reports, `Executor::describe` and
    /// the watchdog. On the executor's thread, while it waits. May throw `std::bad_alloc`; in the
    /// place of another exception the report says that it cannot be described.
    [[nodiscard]] virtual std::string describe() const = 0;

private:
    [[nodiscard]] bool begin(juggle::detail::PromiseBase& coroutine);
    [[nodiscard]] bool waits() const noexcept {
        return state_ != detail::WaiterState::idle && state_ != detail::WaiterState::ended;
    }
    void check_waits(const char* function) const noexcept;
    static void misuse_by_destruction() noexcept;
    void end() noexcept;
    void stop_requested() noexcept;
    void describe_wait(juggle::detail::WaitReport& report) const;

    [[nodiscard]] bool outside() const noexcept final { return true; }
    void tell(juggle::detail::WaitReport& report) const final { describe_wait(report); }
    void on_cancel() noexcept final { stop_requested(); }

    detail::WaiterState state_ = detail::WaiterState::idle;
    detail::WaiterPost post_;
};

}  // namespace juggle::bridge
