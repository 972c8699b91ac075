// From one thread to another that sleeps: through an executor, and by the bare system call.

#include "benchmarks.hpp"
#include "measure.hpp"
#include "threads.hpp"

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <stop_token>
#include <thread>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using juggle::Executor;
using juggle::Task;
using Time = measure::Samples::Clock;

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
        const measure::OnProcessor second{1};
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
    measure::OnProcessor first_{0};
    measure::Sleeper sleeper_;
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

/// A word to sleep on, with nothing around it.
class Futex {
public:
    void wait_for(Waker& waker) {
        word_.store(0, std::memory_order_relaxed);
        waker.request([](void* self) { static_cast<Futex*>(self)->wake(); }, this);
        while (word_.load(std::memory_order_acquire) == 0) {
            call(FUTEX_WAIT_PRIVATE, 0);
        }
    }

private:
    void wake() {
        word_.store(1, std::memory_order_release);
        call(FUTEX_WAKE_PRIVATE, 1);
    }
    void call(int operation, std::uint32_t value) {
        ::syscall(SYS_futex, &word_, operation, value, nullptr, nullptr, 0);
    }

    std::atomic<std::uint32_t> word_{0};
};

/// The time from just before the post to just after the resumption.
Task<> post_asleep(benchmark::State& state, Executor&) {
    Waker waker;
    Futex futex;
    for (int round = 0; round < measure::warm_up; ++round) {
        co_await Woken{waker};
    }
    measure::Samples samples{state};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        co_await Woken{waker};
        samples.add_since(waker.began());
        futex.wait_for(waker);
        samples.add_reference_since(waker.began());
    }
}

/// The time from just before the store that precedes the wake to just after the wait.
void futex_wake(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        Waker waker;
        Futex futex;
        for (int round = 0; round < measure::warm_up; ++round) {
            futex.wait_for(waker);
        }
        measure::Samples samples{state};
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            futex.wait_for(waker);
            samples.add_since(waker.began());
        }
    });
}

}  // namespace

void register_wake_up_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("executor/post_asleep", &measure::in_executor<post_asleep>)->UseManualTime();
    RegisterBenchmark("reference/futex_wake", &futex_wake)->UseManualTime();
}
