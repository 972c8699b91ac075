// What it costs to be recorded. Each is also measured without a timeline, elsewhere or here: the
// difference, by the number of events that an operation makes (`events`), is the cost of one.

#include "benchmarks.hpp"
#include "measure.hpp"

#include <juggle/channel.hpp>
#include <juggle/resource.hpp>
#include <juggle/timeline.hpp>
#include <juggle/yield.hpp>

#include <chrono>
#include <cstdint>
#include <ostream>
#include <streambuf>

namespace {

using juggle::Executor;
using juggle::Task;
using juggle::Timeline;

/// In an executor that records.
template <Task<> (*coroutine)(benchmark::State&, Timeline&)>
void recorded(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        Timeline timeline;
        Executor executor{{.observer = &timeline}};
        executor.run(coroutine(state, timeline));
    });
}

void events_an_operation(benchmark::State& state, int events) { state.counters["events"] = events; }

/// Held, and left.
Task<> resource(benchmark::State& state, Timeline&) {
    juggle::Resource<int> shared{0};
    (co_await shared.acquire()).ready();
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            auto allocation = shared.acquire();
            benchmark::DoNotOptimize(++co_await allocation.wait_events());
            allocation.ready();
        }
    }
    events_an_operation(state, 2);
}

/// Two levels.
Task<> channel(benchmark::State& state, Timeline&) {
    juggle::Channel<int> numbers{4};
    co_await numbers.push(1);
    benchmark::DoNotOptimize(co_await numbers.pop());
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            co_await numbers.push(1);
            benchmark::DoNotOptimize(co_await numbers.pop());
        }
    }
    events_an_operation(state, 2);
}

Task<> yield_until(const bool& done) {
    while (!done) {
        co_await juggle::yield();
    }
}

/// The turns of two tasks, one after the other.
Task<> turns_unrecorded(benchmark::State& state, Executor& executor) {
    bool done = false;
    const auto other = executor.spawn(yield_until(done));
    co_await juggle::yield();
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            co_await juggle::yield();
        }
    }
    done = true;
    co_await other;
}

Task<> turns(benchmark::State& state, Timeline&) {
    co_await turns_unrecorded(state, *Executor::current());
    events_an_operation(state, 2);
}

/// Looks at the clock twice.
void span(benchmark::State& state) {
    Timeline timeline;
    timeline.span("process").end();
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        const auto shown = timeline.span("process");
    }
    events_an_operation(state, 2);
}

/// The clock alone: no event can be cheaper.
void clock(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(std::chrono::steady_clock::now());
    }
}

/// Takes everything.
class Nowhere final : public std::streambuf {
    int_type overflow(int_type character) override { return traits_type::not_eof(character); }
    std::streamsize xsputn(const char*, std::streamsize size) override { return size; }
};

/// A hundred thousand spans into a file of each kind.
void write(benchmark::State& state) {
    Timeline timeline;
    for (int index = 0; index < 100'000; ++index) {
        timeline.span("process", static_cast<std::uint64_t>(index)).end();
    }
    Nowhere nowhere;
    std::ostream out{&nowhere};
    for (auto _ : state) {
        switch (state.range(0)) {
            case 0:
                timeline.write_svg(out);
                break;
            case 1:
                timeline.write_html(out);
                break;
            default:
                timeline.write_trace(out);
        }
    }
}

}  // namespace

void register_timeline_benchmarks() {
    benchmark::RegisterBenchmark("timeline/clock", clock);
    benchmark::RegisterBenchmark("timeline/resource", recorded<resource>);
    benchmark::RegisterBenchmark("timeline/channel", recorded<channel>);
    benchmark::RegisterBenchmark("timeline/turns", recorded<turns>);
    benchmark::RegisterBenchmark("timeline/turns_unrecorded",
                                 measure::in_executor<turns_unrecorded>);
    benchmark::RegisterBenchmark("timeline/span", span);
    benchmark::RegisterBenchmark("timeline/write_svg", write)->Arg(0);
    benchmark::RegisterBenchmark("timeline/write_html", write)->Arg(1);
    benchmark::RegisterBenchmark("timeline/write_trace", write)->Arg(2);
}
