#pragma once

#include "support/allocation_counter.hpp"

#include <juggle/executor.hpp>
#include <juggle/task.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iterator>
#include <vector>

namespace measure {

/// While it lives, counts what this thread allocates by `operator new`; then makes it the counter
/// `allocs`, per operation. Make it when everything is warm, just before the measured loop.
class Allocations {
public:
    explicit Allocations(benchmark::State& state) : state_{state} {}
    ~Allocations() {
        const auto count = static_cast<double>(counter_.on_this_thread());
        state_.counters["allocs"] = {count, benchmark::Counter::kAvgIterations};
    }
    Allocations(const Allocations&) = delete;
    Allocations& operator=(const Allocations&) = delete;

private:
    benchmark::State& state_;
    support::AllocationCounter counter_;
};

/// The time that each operation took, for what other programs disturb now and then: makes their
/// median the counter `p50_us`, in microseconds. Needs `UseManualTime`.
///
/// The reference may be measured in turns with the operations, so that both meet the same
/// conditions: the median of the ratios of neighbours is the counter `ratio`.
class Samples {
public:
    using Clock = std::chrono::steady_clock;

    explicit Samples(benchmark::State& state) : state_{state} {
        seconds_.reserve(static_cast<std::size_t>(state.max_iterations));
        ratios_.reserve(seconds_.capacity());
    }
    ~Samples() {
        if (!seconds_.empty()) {
            state_.counters["p50_us"] = median_of(seconds_) * 1e6;
        }
        if (!ratios_.empty()) {
            state_.counters["ratio"] = median_of(ratios_);
        }
    }
    Samples(const Samples&) = delete;
    Samples& operator=(const Samples&) = delete;

    /// So many operations that began then have ended.
    void add_since(Clock::time_point start, int operations = 1) {
        const double seconds = seconds_since(start);
        seconds_.push_back(seconds / operations);
        state_.SetIterationTime(seconds);
    }

    /// So many operations of the reference that began then have ended, after those above.
    void add_reference_since(Clock::time_point start, int operations = 1) {
        ratios_.push_back(seconds_.back() / (seconds_since(start) / operations));
    }

private:
    static double seconds_since(Clock::time_point start) {
        return std::chrono::duration<double>{Clock::now() - start}.count();
    }
    static double median_of(std::vector<double>& values) {
        const auto middle = values.begin() + std::ssize(values) / 2;
        std::nth_element(values.begin(), middle, values.end());
        return *middle;
    }

    benchmark::State& state_;
    std::vector<double> seconds_;
    std::vector<double> ratios_;
};

/// A benchmark, or what it needs, that fails says why instead of giving a figure.
template <class Function>
void or_skip(benchmark::State& state, Function function) {
    try {
        function();
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

/// Runs a benchmark that is a coroutine: the measured loop is inside it, so that neither starting
/// nor ending the executor is measured.
template <juggle::Task<> (*coroutine)(benchmark::State&, juggle::Executor&)>
void in_executor(benchmark::State& state) {
    or_skip(state, [&state] {
        juggle::Executor executor;
        executor.run(coroutine(state, executor));
    });
}

/// How often an operation is done before it is measured: until free lists and caches are full.
inline constexpr int warm_up = 100;

}  // namespace measure
