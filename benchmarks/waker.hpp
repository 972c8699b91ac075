// Wakes a thread that sleeps, from another one.
#pragma once

#include "threads.hpp"

#include <atomic>
#include <chrono>
#include <coroutine>
#include <stop_token>
#include <thread>

namespace measure {

using Time = std::chrono::steady_clock;

/// A thread that waits until another one sleeps, then wakes it, as often as asked. Each stays on a
/// processor of its own, where there are two.
class Waker {
public:
    /// Wakes the thread that made this.
    using Wake = void (*)(void* target);

    /// For that thread, when it is going to sleep: it is woken once it does.
    void request(Wake wake, void* target) noexcept {
        wake_ = wake;
        target_ = target;
        requested_.store(true, std::memory_order_release);
    }

    /// When the last waking began.
    Time::time_point began() const noexcept { return began_; }

private:
    void run(const std::stop_token& stop) {
        const OnProcessor second{1};
        while (!stop.stop_requested()) {
            if (!requested_.load(std::memory_order_acquire)) {
                continue;
            }
            requested_.store(false, std::memory_order_relaxed);
            sleeper_.wait_until_asleep();
            began_ = Time::now();
            wake_(target_);
        }
    }

    Wake wake_ = nullptr;
    void* target_ = nullptr;
    std::atomic<bool> requested_{false};
    Time::time_point began_;
    OnProcessor first_{0};
    Sleeper sleeper_;
    std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};
};

/// An awaitable that another thread completes. To resume it there is to post to the executor.
struct Woken {
    Waker& waker;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) const noexcept {
        waker.request(
            [](void* address) { std::coroutine_handle<>::from_address(address).resume(); },
            coroutine.address());
    }
    void await_resume() const noexcept {}
};

}  // namespace measure
