#pragma once

#include <juggle/detail/run/waiter.hpp>

#include <coroutine>

namespace juggle::inline JUGGLE_ABI {

namespace detail {

/// No waiter, for it is woken as soon as it waits.
class YieldAwaiter final : public Awaiter {
public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        task_ = &coroutine.promise().task();
        if (task_->stop_pending()) [[unlikely]] {
            return false;
        }
        task_->loop().schedule(coroutine.promise());
        return true;
    }
    void await_resume() const {
        if (task_->take_stop()) [[unlikely]] {
            throw Cancelled{};
        }
    }

private:
    SpawnedTask* task_ = nullptr;
};

/// The awaiter is made where this is awaited, or GCC would keep a reference to it as well.
class Yield {
public:
    [[nodiscard]] YieldAwaiter operator co_await() const noexcept { return {}; }
};

}  // namespace detail

/// `co_await yield()` lets everything run that is ready now, and goes on at the executor's next
/// turn. Throws `Cancelled` if the task was asked to stop, before or meanwhile. It allocates
/// nothing and costs a few nanoseconds; sprinkle it over long computations.
[[nodiscard]] inline detail::Yield yield() noexcept { return {}; }

}  // namespace juggle
