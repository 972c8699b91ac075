#pragma once

#include <juggle/detail/run/inbox.hpp>
#include <juggle/detail/run/waiter.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

template <class T>
concept HasMemberCoAwait = requires(T&& value) { std::forward<T>(value).operator co_await(); };

template <class T>
concept HasFreeCoAwait = requires(T&& value) { operator co_await(std::forward<T>(value)); };

/// What `co_await value` suspends on ([expr.await] in the C++20 standard).
template <class T>
decltype(auto) awaiter_of(T&& value) {
    if constexpr (HasMemberCoAwait<T>) {
        return std::forward<T>(value).operator co_await();
    } else if constexpr (HasFreeCoAwait<T>) {
        return operator co_await(std::forward<T>(value));
    } else {
        return std::forward<T>(value);
    }
}

template <class T>
using AwaiterOf = decltype(awaiter_of(std::declval<T>()));

/// A coroutine that does nothing but post `home` to an executor when it is resumed, on
/// whatever thread that happens.
class Trampoline {
public:
    class promise_type : public Pooled {
    public:
        promise_type(Inbox& inbox, PostNode& home) noexcept : inbox_{inbox}, home_{home} {}

        Trampoline get_return_object() noexcept {
            return Trampoline{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept {
            struct Post {
                bool await_ready() noexcept { return false; }
                void await_suspend(std::coroutine_handle<promise_type> self) noexcept {
                    promise_type& promise = self.promise();
                    promise.inbox_.post(promise.home_);  // `self` may be gone now
                }
                void await_resume() noexcept {}
            };
            return Post{};
        }
        void return_void() noexcept {}
        [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }

    private:
        Inbox& inbox_;
        PostNode& home_;
    };

    Trampoline() = default;
    explicit Trampoline(std::coroutine_handle<promise_type> frame) noexcept : frame_{frame} {}
    Trampoline(Trampoline&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
    Trampoline& operator=(Trampoline&& other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~Trampoline() {
        if (frame_) {
            frame_.destroy();
        }
    }

    [[nodiscard]] std::coroutine_handle<promise_type> frame() const noexcept { return frame_; }

    [[nodiscard]] static Trampoline resume_on_executor([[maybe_unused]] Inbox& inbox,
                                                       [[maybe_unused]] PostNode& home) {
        co_return;
    }

private:
    std::coroutine_handle<promise_type> frame_;
};

/// Awaits something that is not the library's and comes back to the task's own executor, whatever
/// thread completes it. Such a wait cannot be cancelled: the library does not know how.
template <class Awaitable>
class ForeignAwaiter : public Awaiter {
public:
    template <class Make>
    explicit ForeignAwaiter(Make&& make)
        : awaitable_(std::forward<Make>(make)()),
          awaiter_(awaiter_of(static_cast<Awaitable&&>(awaitable_))) {}

    bool await_ready() { return static_cast<bool>(awaiter_.await_ready()); }

    template <LibraryPromise Promise>
    bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        Loop& loop = coroutine.promise().loop();
        trampoline_ = Trampoline::resume_on_executor(loop.inbox(), coroutine.promise());
        loop.begin_external_use();
        bool suspended = false;
        try {
            suspended = suspend();
        } catch (...) {
            loop.end_external_use();
            throw;
        }
        if (!suspended) {
            loop.end_external_use();
            return false;
        }
        // Not before now: the wait may have ended on another thread, but only this one reads it.
        task_ = &coroutine.promise().task();
        task_->innermost = &coroutine.promise();
        task_->foreign_wait_seen() = 0;
        return true;
    }

    decltype(auto) await_resume() {
        if (task_ != nullptr) {
            task_->innermost = nullptr;
            task_->loop().end_external_use();
        }
        return awaiter_.await_resume();
    }

private:
    using Suspended =
        decltype(std::declval<std::remove_reference_t<AwaiterOf<Awaitable>>&>().await_suspend(
            std::coroutine_handle<Trampoline::promise_type>{}));

    bool suspend() {
        if constexpr (std::is_void_v<Suspended>) {
            awaiter_.await_suspend(trampoline_.frame());
            return true;
        } else if constexpr (std::same_as<Suspended, bool>) {
            return awaiter_.await_suspend(trampoline_.frame());
        } else {
            std::coroutine_handle<> next = awaiter_.await_suspend(trampoline_.frame());
            next.resume();
            return true;
        }
    }

    Awaitable awaitable_;
    AwaiterOf<Awaitable> awaiter_;
    Trampoline trampoline_;
    SpawnedTask* task_ = nullptr;
};

}  // namespace juggle::detail
