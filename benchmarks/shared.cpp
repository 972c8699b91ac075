// Several holders at once, and several resources at once: no device, everything in the caches.

#include "benchmarks.hpp"
#include "measure.hpp"

#include <juggle/acquire_all.hpp>
#include <juggle/resource.hpp>

#include <array>

namespace {

using juggle::Executor;
using juggle::Task;
using Resource = juggle::Resource<int>;

Task<> uncontended(benchmark::State& state, Executor&) {
    Resource resource{0};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        auto allocation = resource.acquire_shared();
        int value = co_await allocation.wait_events();
        benchmark::DoNotOptimize(value);
        allocation.ready();
    }
}

/// One operation is one of eight shared tickets that are held together; an exclusive ticket behind
/// them ends the group.
Task<> group(benchmark::State& state, Executor&) {
    constexpr int size = 8;
    Resource resource{0};
    std::array<Resource::SharedAllocation, size> readers;
    const measure::Allocations allocations{state};
    while (state.KeepRunningBatch(size)) {
        for (auto& reader : readers) {
            reader = resource.acquire_shared();
        }
        auto writer = resource.acquire();
        for (auto& reader : readers) {
            int value = co_await reader.wait_events();
            benchmark::DoNotOptimize(value);
        }
        for (auto& reader : readers) {
            reader.ready();
        }
        ++co_await writer.wait_events();
        writer.ready();
    }
}

Task<> both(benchmark::State& state, Executor&) {
    Resource first{0};
    Resource second{0};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        auto [one, other] = co_await juggle::acquire_all(first, second);
        benchmark::DoNotOptimize(++*one);
        benchmark::DoNotOptimize(++*other);
        one.ready();
        other.ready();
    }
}

Task<> try_acquire(benchmark::State& state, Executor&) {
    Resource resource{0};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        auto allocation = resource.try_acquire();
        benchmark::DoNotOptimize(++**allocation);
        allocation->ready();
    }
    co_return;
}

}  // namespace

void register_shared_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("shared/uncontended", &measure::in_executor<uncontended>);
    RegisterBenchmark("shared/group_8", &measure::in_executor<group>);
    RegisterBenchmark("acquire_all/2", &measure::in_executor<both>);
    RegisterBenchmark("resource/try_acquire", &measure::in_executor<try_acquire>);
}
