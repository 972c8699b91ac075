// What waiting for each other costs the tasks of one executor.

#include "benchmarks.hpp"
#include "measure.hpp"

#include <juggle/async_event.hpp>
#include <juggle/cancelled.hpp>
#include <juggle/latch.hpp>
#include <juggle/semaphore.hpp>
#include <juggle/yield.hpp>

#include <optional>
#include <utility>

namespace {

using juggle::AsyncEvent;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Latch;
using juggle::Semaphore;
using juggle::SemaphorePermit;
using juggle::Task;

/// A permit is taken and given back; nothing ever suspends.
Task<> uncontended(benchmark::State& state, Executor&) {
    Semaphore semaphore{4};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        SemaphorePermit permit = co_await semaphore.acquire();
        benchmark::DoNotOptimize(permit.count());
    }
}

Task<> keep_taking(Semaphore& semaphore, const bool& over) {
    while (!over) {
        const SemaphorePermit permit = co_await semaphore.acquire();
    }
}

/// Two tasks and one permit: whoever gives it back wakes the other, and then has to wait itself.
/// One operation is one hand-over.
Task<> contended(benchmark::State& state, Executor& executor) {
    Semaphore semaphore{1};
    bool over = false;
    SemaphorePermit first = co_await semaphore.acquire();
    const JoinHandle<> other = executor.spawn(keep_taking(semaphore, over));
    co_await juggle::yield();  // now the other waits
    first.release();
    {
        const measure::Allocations allocations{state};
        while (state.KeepRunningBatch(2)) {
            const SemaphorePermit permit = co_await semaphore.acquire();
        }
    }
    over = true;
    co_await other;
}

/// For a task that runs beside the measured loop for as long as that takes.
Task<> stop_and_join(const JoinHandle<>& handle) {
    handle.request_stop();
    try {
        co_await handle;
    } catch (const juggle::Cancelled&) {}
}

Task<> keep_waiting(AsyncEvent& event) {
    for (;;) {
        co_await event.wait();
    }
}

/// Sets and resets an event for which a task waits, and lets that go on and wait again.
Task<> set_wait(benchmark::State& state, Executor& executor) {
    AsyncEvent event;
    const JoinHandle<> other = executor.spawn(keep_waiting(event));
    co_await juggle::yield();
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            event.set();
            event.reset();
            co_await juggle::yield();
        }
    }
    co_await stop_and_join(other);
}

Task<> keep_waiting(std::optional<Latch>& latch) {
    for (;;) {
        co_await latch->wait();
        co_await juggle::yield();  // until there is another one
    }
}

/// Makes a latch, lets a task wait for it, counts down to zero, and lets that task go on: three
/// ticks of the executor beside the wait.
Task<> latch_wait(benchmark::State& state, Executor& executor) {
    std::optional<Latch> latch{std::in_place, 1};
    const JoinHandle<> other = executor.spawn(keep_waiting(latch));
    co_await juggle::yield();
    latch->count_down();
    co_await juggle::yield();
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            latch.emplace(2);
            co_await juggle::yield();  // now the other waits
            latch->count_down();
            latch->count_down();
            co_await juggle::yield();  // now it has passed
        }
    }
    co_await stop_and_join(other);
}

}  // namespace

void register_synchronisation_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("semaphore/uncontended", &measure::in_executor<uncontended>);
    RegisterBenchmark("semaphore/contended", &measure::in_executor<contended>);
    RegisterBenchmark("async_event/set_wait", &measure::in_executor<set_wait>);
    RegisterBenchmark("latch/wait", &measure::in_executor<latch_wait>);
}
