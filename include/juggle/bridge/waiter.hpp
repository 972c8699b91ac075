#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/executor.hpp>
#include <juggle/post_node.hpp>

#include <coroutine>
#include <cstdint>
#include <string>

namespace juggle::bridge {

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
class JUGGLE_EXPORT Waiter : public juggle::detail::Waiter, private PostNode {
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

    /// The same from any thread: the executor calls `complete`. The waiter may be gone when it
    /// returns; call it last, and at most once in a wait.
    void post_completion() noexcept { loop().inbox().post(*this); }

    /// Ends the wait for a stop request: `throw_if_stopped` throws `Cancelled`. On the executor's
    /// thread, inside of `cancel` or after it, instead of `complete`.
    void give_up() noexcept;

    /// To be asked before the waiter is handed something that nobody else can have then, such as
    /// an element of a queue. False: it has lost a race (`when_any`) and is to have nothing; it
    /// has been asked to stop. On the executor's thread, while it waits.
    using juggle::detail::Waiter::try_commit;

protected:
    Waiter() noexcept : PostNode{&Waiter::posted} {}
    ~Waiter() = default;

    /// That of the task that waits. From `start` on.
    [[nodiscard]] Executor& executor() const noexcept { return loop().executor(); }

    /// For `await_resume`: throws `Cancelled` if the wait was given up.
    void throw_if_stopped() const { throw_if_cancelled(); }

    /// Begins what is waited for. The task is suspended; `complete` may be called in it already.
    /// What it throws is thrown by the `co_await`, and the wait has ended: nobody may hold the
    /// waiter then.
    virtual void start() = 0;

    /// A stop request has come. Either give up now; or see to it that the wait ends soon, by
    /// `complete` or `give_up`, since whoever else holds the waiter is not done with it. Not called
    /// more than once in a wait. What has been posted by `post_completion` comes anyway.
    virtual void cancel() noexcept = 0;

    /// What is waited for, as in "it waits for ...": for deadlock reports, `Executor::describe` and
    /// the watchdog. On the executor's thread, while it waits. May throw `std::bad_alloc`.
    [[nodiscard]] virtual std::string describe() const = 0;

private:
    enum class State : std::uint8_t { idle, starting, waiting, stopping, ended };

    [[nodiscard]] bool begin(juggle::detail::PromiseBase& coroutine);
    void end() noexcept;
    static void posted(PostNode& node) noexcept;

    void stop_requested() noexcept;
    void describe_wait(juggle::detail::WaitReport& report) const;

    [[nodiscard]] bool outside() const noexcept final { return true; }
    void tell(juggle::detail::WaitReport& report) const final { describe_wait(report); }
    void on_cancel() noexcept final { stop_requested(); }

    State state_ = State::idle;
};

}  // namespace juggle::bridge
