#pragma once

#include <juggle/detail/run/waiter.hpp>

#include <coroutine>

namespace juggle {

namespace detail {

class YieldAwaiter final : public Waiter {
public:
    static constexpr bool only_throws_when_cancelled = true;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        if (!suspend(coroutine.promise())) {
            return false;
        }
        wake();
        return true;
    }
    void await_resume() const {
        throw_if_cancelled();
        if (coroutine().task().take_stop()) [[unlikely]] {
            throw Cancelled{};
        }
    }

    // It is woken as soon as it waits.
    void tell(WaitReport&) const override {}

private:
    void on_cancel() noexcept override {}
};

}  // namespace detail

/// `co_await yield()` lets everything run that is ready now, and goes on at the executor's next
/// turn. Throws `Cancelled` if the task was asked to stop, before or meanwhile. It allocates
/// nothing and costs a few nanoseconds; sprinkle it over long computations.
[[nodiscard]] inline detail::YieldAwaiter yield() noexcept { return {}; }

}  // namespace juggle
