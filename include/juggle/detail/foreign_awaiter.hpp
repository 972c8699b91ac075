#pragma once

#include <juggle/detail/inbox.hpp>
#include <juggle/detail/waiter.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace juggle::detail {

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

/// A coroutine that does nothing but post `home` to an executor when somebody resumes it, on
/// whatever thread that happens.
class WayHome {
public:
    class promise_type : public Pooled {
    public:
        promise_type(Inbox& inbox, PostNode& home) noexcept : inbox_{inbox}, home_{home} {}

        WayHome get_return_object() noexcept {
            return WayHome{std::coroutine_handle<promise_type>::from_promise(*this)};
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
        void unhandled_exception() noexcept { std::terminate(); }

    private:
        Inbox& inbox_;
        PostNode& home_;
    };

    WayHome() = default;
    explicit WayHome(std::coroutine_handle<promise_type> frame) noexcept : frame_{frame} {}
    WayHome(WayHome&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
    WayHome& operator=(WayHome&& other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~WayHome() {
        if (frame_) {
            frame_.destroy();
        }
    }

    [[nodiscard]] std::coroutine_handle<promise_type> frame() const noexcept { return frame_; }

    [[nodiscard]] static WayHome lead_to([[maybe_unused]] Inbox& inbox,
                                         [[maybe_unused]] PostNode& home) {
        co_return;
    }

private:
    std::coroutine_handle<promise_type> frame_;
};

/// Awaits something that is not the library's and comes back to the task's own executor, whatever
/// thread completes it. Such a wait cannot be cancelled: nobody knows how.
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
        way_home_ = WayHome::lead_to(loop.inbox(), coroutine.promise());
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
        task_->in_foreign_hands = &coroutine.promise();
        task_->foreign_wait_seen = 0;
        return true;
    }

    decltype(auto) await_resume() {
        if (task_ != nullptr) {
            task_->in_foreign_hands = nullptr;
            task_->loop().end_external_use();
        }
        return awaiter_.await_resume();
    }

private:
    using Suspended =
        decltype(std::declval<std::remove_reference_t<AwaiterOf<Awaitable>>&>().await_suspend(
            std::coroutine_handle<WayHome::promise_type>{}));

    bool suspend() {
        if constexpr (std::is_void_v<Suspended>) {
            awaiter_.await_suspend(way_home_.frame());
            return true;
        } else if constexpr (std::same_as<Suspended, bool>) {
            return awaiter_.await_suspend(way_home_.frame());
        } else {
            std::coroutine_handle<> next = awaiter_.await_suspend(way_home_.frame());
            next.resume();
            return true;
        }
    }

    Awaitable awaitable_;
    AwaiterOf<Awaitable> awaiter_;
    WayHome way_home_;
    SpawnedTask* task_ = nullptr;
};

}  // namespace juggle::detail
