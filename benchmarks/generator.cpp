// What an element costs that comes out of a generator.

#include "benchmarks.hpp"
#include "measure.hpp"

#include <juggle/elements_of.hpp>
#include <juggle/generator.hpp>
#include <juggle/merge.hpp>
#include <juggle/yield.hpp>

#include <cstdint>

namespace {

using juggle::Executor;
using juggle::Generator;
using juggle::Task;

Generator<std::int64_t> integers() {
    for (std::int64_t value = 0;; ++value) {
        co_yield value;
    }
}

Generator<std::int64_t> suspending_integers() {
    for (std::int64_t value = 0;; ++value) {
        co_await juggle::yield();
        co_yield value;
    }
}

Generator<std::int64_t> nested_integers(int depth) {
    if (depth == 0) {
        co_yield juggle::elements_of(integers());
    } else {
        co_yield juggle::elements_of(nested_integers(depth - 1));
    }
}

/// One operation is one element.
Task<> consume(benchmark::State& state, Generator<std::int64_t> elements) {
    for (int round = 0; round < measure::warm_up; ++round) {
        benchmark::DoNotOptimize(co_await elements.next());
    }
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        auto element = co_await elements.next();
        benchmark::DoNotOptimize(element);
    }
}

Task<> next(benchmark::State& state, Executor&) { co_await consume(state, integers()); }

Task<> next_suspending(benchmark::State& state, Executor&) {
    co_await consume(state, suspending_integers());
}

/// Ten generators around the one that has the elements.
Task<> elements_of_depth_10(benchmark::State& state, Executor&) {
    co_await consume(state, nested_integers(9));
}

Task<> merge_3(benchmark::State& state, Executor&) {
    co_await consume(state, juggle::merge(integers(), integers(), integers()));
}

}  // namespace

void register_generator_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("generator/next", &measure::in_executor<next>);
    RegisterBenchmark("generator/next_suspending", &measure::in_executor<next_suspending>);
    RegisterBenchmark("generator/elements_of_depth_10",
                      &measure::in_executor<elements_of_depth_10>);
    RegisterBenchmark("generator/merge_3", &measure::in_executor<merge_3>);
}
