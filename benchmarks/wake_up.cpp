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
#include <utility>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using juggle::Executor;
using juggle::Task;
using Time = measure::Samples::Clock;

/// A thread that waits until another one sleeps, then wakes it, as often as asked.
///
/// `Wake` wakes; what it is given is asked for by `request`. Both threads stay on processors of
/// their own, where there are two.
template <class Request, class Wake>
class Waker {
public:
    explicit Waker(Wake wake) : wake_{wake} {}

    /// For the thread that is going to sleep: it is woken once it does.
    void request(Request request) noexcept {
        request_ = request;
        requested_.store(true, std::memory_order_release);
    }

    /// When the last waking began.
    Time::time_point began() const noexcept { return began_; }

private:
    void run(std::stop_token stop) {
        const measure::OnProcessor second{1};
        while (true) {
            while (!requested_.load(std::memory_order_acquire)) {
                if (stop.stop_requested()) {
                    return;
                }
            }
            requested_.store(false, std::memory_order_relaxed);
            sleeper_.wait_until_asleep();
            began_ = Time::now();
            wake_(request_);
        }
    }

    Wake wake_;
    Request request_{};
    std::atomic<bool> requested_{false};
    Time::time_point began_;
    measure::OnProcessor first_{0};
    measure::Sleeper sleeper_;  // the thread that makes this
    std::jthread thread_{[this](std::stop_token stop) { run(std::move(stop)); }};
};

void resume(std::coroutine_handle<> coroutine) { coroutine.resume(); }

using CoroutineWaker = Waker<std::coroutine_handle<>, decltype(&resume)>;

/// Any awaitable that another thread completes: what resumes it there is a post to the executor.
struct Woken {
    CoroutineWaker& waker;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) const noexcept {
        waker.request(coroutine);
    }
    void await_resume() const noexcept {}
};

/// The time from just before the post to just after the resumption.
Task<> post_asleep(benchmark::State& state, Executor&) {
    CoroutineWaker waker{&resume};
    for (int round = 0; round < measure::warm_up; ++round) {
        co_await Woken{waker};
    }
    measure::Samples samples{state};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        co_await Woken{waker};
        samples.add_since(waker.began());
    }
}

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
    return ::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

void wake(std::atomic<std::uint32_t>* word) {
    word->store(1, std::memory_order_release);
    futex(*word, FUTEX_WAKE_PRIVATE, 1);
}

/// The same from just before the store that precedes the wake to just after the wait.
void futex_wake(benchmark::State& state) {
    std::atomic<std::uint32_t> word{0};
    Waker<std::atomic<std::uint32_t>*, decltype(&wake)> waker{&wake};
    const auto wait = [&] {
        word.store(0, std::memory_order_relaxed);
        waker.request(&word);
        while (word.load(std::memory_order_acquire) == 0) {
            futex(word, FUTEX_WAIT_PRIVATE, 0);
        }
    };
    for (int round = 0; round < measure::warm_up; ++round) {
        wait();
    }
    measure::Samples samples{state};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        wait();
        samples.add_since(waker.began());
    }
}

}  // namespace

void register_wake_up_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("executor/post_asleep", &measure::in_executor<post_asleep>)->UseManualTime();
    RegisterBenchmark("reference/futex_wake", &futex_wake)->UseManualTime();
}
