// What it costs to say who waits for what, and to watch for waits that last.

#include "benchmarks.hpp"
#include "measure.hpp"

#include <juggle/async_event.hpp>
#include <juggle/manual_clock.hpp>
#include <juggle/resource.hpp>
#include <juggle/thread_channel.hpp>
#include <juggle/yield.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

namespace {

using juggle::AsyncEvent;
using juggle::Executor;
using juggle::Resource;
using juggle::Task;
using juggle::ThreadChannel;

Task<> use_when(AsyncEvent& go, Resource<int>::Allocation ticket) {
    co_await ticket.wait_events();
    co_await go;
    ticket.ready();
}

/// So many tasks that stand in line for one resource; the first of them waits for an event.
Task<> describe_line(benchmark::State& state, Executor& executor) {
    Resource<int> resource{"buffer", 0};
    AsyncEvent go{"go"};
    std::vector<juggle::JoinHandle<>> tasks;
    for (int task = 0; task < state.range(0); ++task) {
        tasks.push_back(executor.spawn(use_when(go, resource.acquire())));
    }
    co_await juggle::yield();
    for (auto _ : state) {
        benchmark::DoNotOptimize(executor.describe());
    }
    go.set();
    for (const auto& task : tasks) {
        co_await task;
    }
}

Task<> pop(ThreadChannel<int>& channel) { (void)co_await channel.pop(); }

/// A look of the watchdog at so many waits for other threads, all of which it has reported.
void watch(benchmark::State& state) {
    juggle::ManualClock clock{false};
    std::size_t reports = 0;
    juggle::ExecutorOptions options;
    options.on_diagnostic = [&reports](std::string_view) { ++reports; };
    options.wake_up = [] {};
    options.report_waits_after = 4s;
    options.clock = &clock;
    Executor executor{options};
    std::vector<std::unique_ptr<ThreadChannel<int>>> channels;
    std::vector<juggle::JoinHandle<>> tasks;
    for (int task = 0; task < state.range(0); ++task) {
        channels.push_back(std::make_unique<ThreadChannel<int>>(executor, 1));
        tasks.push_back(executor.spawn(pop(*channels.back())));
    }
    for (int look = 0; look < 10; ++look) {
        clock.advance(1s);
        (void)executor.poll();
    }
    if (reports != tasks.size()) {
        state.SkipWithError("the watchdog has not reported all waits");
        return;
    }
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            clock.advance(1s);
            benchmark::DoNotOptimize(executor.poll());
        }
    }
    for (const auto& channel : channels) {
        channel->close();
    }
    while (executor.running_tasks() != 0) {
        (void)executor.poll();
    }
}

}  // namespace

void register_description_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("describe", &measure::in_executor<describe_line>)->Arg(10)->Arg(1000);
    RegisterBenchmark("watchdog/look", &watch)->Arg(1000);
}
