// Awaiting several things at once: what it costs beside what is awaited.

#include "benchmarks.hpp"
#include "measure.hpp"

#include <juggle/async_event.hpp>
#include <juggle/task_group.hpp>
#include <juggle/timeout.hpp>
#include <juggle/when_all.hpp>
#include <juggle/when_any.hpp>
#include <juggle/yield.hpp>

#include <chrono>
#include <cstdint>

namespace {

using juggle::Executor;
using juggle::Task;

Task<int> ready(int value) { co_return value; }

Task<int> after_a_turn(int value) {
    co_await juggle::yield();
    co_return value;
}

/// An operation that is a coroutine, again and again.
template <Task<> (*operation)()>
Task<> repeated(benchmark::State& state, Executor&) {
    for (int round = 0; round < measure::warm_up; ++round) {
        co_await operation();
    }
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        co_await operation();
    }
}

/// Two tasks that have nothing to wait for.
Task<> all_ready(benchmark::State& state, Executor&) {
    (void)co_await juggle::when_all(ready(1), ready(2));
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        benchmark::DoNotOptimize(co_await juggle::when_all(ready(1), ready(2)));
    }
}

/// Two tasks that take a tick of the executor each.
Task<> all_suspending() {
    benchmark::DoNotOptimize(co_await juggle::when_all(after_a_turn(1), after_a_turn(2)));
}

/// The loser has a turn to go when it is stopped.
Task<> any_of_tasks() {
    benchmark::DoNotOptimize(co_await juggle::when_any(after_a_turn(1), after_a_turn(2)));
}

/// An event that never comes, against a tick of the executor.
Task<> any_of_awaitables(benchmark::State& state, Executor&) {
    juggle::AsyncEvent never;
    (void)co_await juggle::when_any(never.wait(), juggle::yield());
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        benchmark::DoNotOptimize(co_await juggle::when_any(never.wait(), juggle::yield()));
    }
}

/// A task that takes a turn, in time.
Task<> in_time() {
    benchmark::DoNotOptimize(co_await juggle::timeout(std::chrono::hours{1}, after_a_turn(1)));
}

/// One operation is one task.
Task<> spawn_and_join(benchmark::State& state, Executor&) {
    constexpr std::int64_t count = 100;
    juggle::TaskGroup group;
    const auto round = [&group]() -> Task<> {
        for (std::int64_t task = 0; task < count; ++task) {
            group.spawn(ready(1));
        }
        co_await group.join();
    };
    co_await round();
    const measure::Allocations allocations{state};
    while (state.KeepRunningBatch(count)) {
        co_await round();
    }
}

}  // namespace

void register_combinators_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("when_all/2", &measure::in_executor<all_ready>);
    RegisterBenchmark("when_all/2_suspending", &measure::in_executor<repeated<all_suspending>>);
    RegisterBenchmark("when_any/2", &measure::in_executor<repeated<any_of_tasks>>);
    RegisterBenchmark("when_any/2_awaitables", &measure::in_executor<any_of_awaitables>);
    RegisterBenchmark("timeout/task", &measure::in_executor<repeated<in_time>>);
    RegisterBenchmark("task_group/spawn_join", &measure::in_executor<spawn_and_join>);
}
