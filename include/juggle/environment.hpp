#pragma once

#include <juggle/detail/run/waiter.hpp>
#include <juggle/executor.hpp>
#include <juggle/task_id.hpp>

#include <coroutine>
#include <source_location>
#include <string_view>

namespace juggle::inline JUGGLE_ABI {

/// What a task and all coroutines that it awaits have in common. Valid while the task runs.
class Environment {
public:
    explicit Environment(detail::SpawnedTask& task) noexcept : task_{&task} {}

    [[nodiscard]] Executor& executor() const noexcept { return task_->loop().executor(); }

    /// Whether the task was ever asked to stop, by `JoinHandle::request_stop`, by the stop token
    /// of `Executor::run`, or because its executor ends. Stays true after `Cancelled` was thrown.
    [[nodiscard]] bool stop_requested() const noexcept { return task_->stop_requested(); }

    [[nodiscard]] TaskId task_id() const noexcept { return task_->id(); }
    /// That of the task, or of the one it is a part of; empty if it was not given one.
    [[nodiscard]] std::string_view name() const noexcept {
        const detail::Label* label = task_->label();
        return label == nullptr ? std::string_view{} : label->name();
    }
    [[nodiscard]] std::source_location spawned_at() const noexcept { return task_->spawned_at(); }

private:
    detail::SpawnedTask* task_;
};

namespace detail {

class EnvironmentAwaiter final : public Awaiter {
public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        task_ = &coroutine.promise().task();
        return false;
    }
    [[nodiscard]] Environment await_resume() const noexcept { return Environment{*task_}; }

private:
    SpawnedTask* task_ = nullptr;
};

}  // namespace detail

/// `co_await current_environment()` gives the `Environment` of the task it is in. Never suspends.
[[nodiscard]] inline detail::EnvironmentAwaiter current_environment() noexcept { return {}; }

}  // namespace juggle
