// From one thread to another that sleeps: through an executor, and by the bare system call.

#include "benchmarks.hpp"
#include "measure.hpp"
#include "post_asleep.hpp"

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

using measure::Waker;

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
    RegisterBenchmark("executor/post_asleep", &measure::in_executor<measure::post_asleep<Futex>>)
        ->UseManualTime();
    RegisterBenchmark("reference/futex_wake", &futex_wake)->UseManualTime();
}
