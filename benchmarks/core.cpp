// What the core costs by itself: no device, no other thread, everything in the caches.

#include "benchmarks.hpp"
#include "measure.hpp"

#include <juggle/job_queue.hpp>
#include <juggle/resource.hpp>
#include <juggle/yield.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace {

using juggle::Executor;
using juggle::Task;
using Resource = juggle::Resource<int>;

/// A ticket that is held already is waited for again and again: nothing ever suspends.
Task<> await_ready(benchmark::State& state, Executor&) {
    Resource resource{0};
    auto allocation = co_await resource.acquire();
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            benchmark::DoNotOptimize(co_await allocation.wait());
        }
    }
    allocation.ready();
}

/// Through the executor's ready queue and back.
Task<> yield(benchmark::State& state, Executor&) {
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        co_await juggle::yield();
    }
}

Task<> uncontended(benchmark::State& state, Executor&) {
    Resource resource{0};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        auto allocation = resource.acquire();
        benchmark::DoNotOptimize(++co_await allocation.wait_events());
        allocation.ready();
    }
}

Task<> use_once(Resource& resource) {
    auto allocation = resource.acquire();
    ++co_await allocation.wait_events();
    allocation.ready();
}

Task<> child_task(benchmark::State& state, Executor&) {
    Resource resource{0};
    co_await use_once(resource);
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        co_await use_once(resource);
    }
}

/// Spawns `count` tasks that stand in line for a resource that is held, and releases it; returns
/// when it has gone through the hands of all of them and they have ended.
Task<> hand_over(Executor& executor, Resource& resource, std::int64_t count) {
    auto gate = co_await resource.acquire();
    for (std::int64_t task = 0; task < count; ++task) {
        executor.spawn(use_once(resource)).detach();
    }
    co_await juggle::yield();  // now all of them wait
    gate.ready();
    (co_await resource.acquire()).ready();  // behind the last of them
}

/// One operation is one task.
Task<> handoff(benchmark::State& state, Executor& executor) {
    Resource resource{0};
    const std::int64_t count = state.range(0);
    co_await hand_over(executor, resource, count);
    const measure::Allocations allocations{state};
    while (state.KeepRunningBatch(count)) {
        co_await hand_over(executor, resource, count);
    }
}

/// What `handoff` makes the memory do, and nothing else: as many blocks as it has frames and
/// records of tasks, of the same sizes, each cache line of which is written when the task is
/// spawned, when it queues and when it ends.
void touch_memory(benchmark::State& state) {
    constexpr std::size_t line_size = 64;
    constexpr std::size_t block_sizes[] = {4 * line_size, 2 * line_size};
    const std::int64_t count = state.range(0);
    std::vector<std::unique_ptr<std::byte[]>> blocks;
    for (std::int64_t task = 0; task < count; ++task) {
        for (const std::size_t size : block_sizes) {
            blocks.push_back(std::make_unique<std::byte[]>(size));
        }
    }
    const auto touch_all = [&] {
        for (std::size_t index = 0; index < blocks.size(); ++index) {
            std::byte* block = blocks[index].get();
            for (std::size_t at = 0; at < block_sizes[index % 2]; at += line_size) {
                block[at] ^= std::byte{1};
            }
        }
        benchmark::ClobberMemory();
    };
    const measure::Allocations allocations{state};
    while (state.KeepRunningBatch(count)) {
        touch_all();
        touch_all();
        touch_all();
    }
}

/// Holds the resource over a tick of the executor, so that the jobs behind it really queue.
Task<> use_for_a_turn(juggle::ResourceAllocation<int> allocation) {
    ++co_await allocation.wait_events();
    co_await juggle::yield();
    allocation.ready();
}

/// In the steady state 16 jobs are in the queue: one holds the resource, the others are in line for
/// it, and each push waits for the oldest to end.
Task<> push(benchmark::State& state, Executor&) {
    Resource resource{0};
    juggle::JobQueue jobs{16};
    for (int round = 0; round < measure::warm_up; ++round) {
        co_await jobs.push(use_for_a_turn(resource.acquire()));
    }
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            benchmark::DoNotOptimize(co_await jobs.push(use_for_a_turn(resource.acquire())));
        }
    }
    co_await jobs.finish();
}

}  // namespace

void register_core_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("await/ready", &measure::in_executor<await_ready>);
    RegisterBenchmark("executor/yield", &measure::in_executor<yield>);
    RegisterBenchmark("resource/uncontended", &measure::in_executor<uncontended>);
    RegisterBenchmark("resource/child_task", &measure::in_executor<child_task>);
    RegisterBenchmark("resource/handoff", &measure::in_executor<handoff>)
        ->Arg(10)
        ->Arg(1'000)
        ->Arg(1'000'000);
    RegisterBenchmark("reference/touch_memory", &touch_memory)->Arg(10)->Arg(1'000)->Arg(1'000'000);
    RegisterBenchmark("job_queue/push", &measure::in_executor<push>);
}
