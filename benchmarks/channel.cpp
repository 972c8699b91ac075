// What it costs to hand an element from task to task, and from another thread to a task.

#include "benchmarks.hpp"
#include "measure.hpp"

#include <juggle/channel.hpp>
#include <juggle/channel_to_thread.hpp>
#include <juggle/thread_channel.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace {

using juggle::Executor;
using juggle::Task;
using Channel = juggle::Channel<std::unique_ptr<int>>;

/// Pushes until the channel is closed.
Task<> feed(Channel& channel) {
    try {
        for (;;) {
            co_await channel.push(nullptr);
        }
    } catch (const juggle::ChannelClosed&) {}
}

/// Nothing ever suspends.
Task<> push_pop(benchmark::State& state, Executor&) {
    Channel channel{16};
    for (int element = 0; element < 8; ++element) {
        co_await channel.push(nullptr);
    }
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        co_await channel.push(nullptr);
        benchmark::DoNotOptimize(co_await channel.pop());
    }
}

/// A task that pushes and one that pops. One operation is one element.
template <std::size_t capacity>
Task<> two_tasks(benchmark::State& state, Executor& executor) {
    Channel channel{capacity};
    const juggle::JoinHandle<> feeding = executor.spawn(feed(channel));
    for (int element = 0; element < measure::warm_up; ++element) {
        benchmark::DoNotOptimize(co_await channel.pop());
    }
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            benchmark::DoNotOptimize(co_await channel.pop());
        }
    }
    channel.close();
    co_await feeding;
}

Task<> link(Channel& from, Channel& to) {
    while (std::optional<std::unique_ptr<int>> element = co_await from.pop()) {
        co_await to.push(std::move(*element));
    }
    to.close();
}

/// Through a hundred tasks that pop from one channel and push into the next. One operation is one
/// element at one of them.
Task<> chain(benchmark::State& state, Executor& executor) {
    constexpr int links = 100;
    std::deque<Channel> channels;
    channels.emplace_back(static_cast<std::size_t>(state.range(0)));
    for (int number = 0; number < links; ++number) {
        Channel& from = channels.back();
        Channel& to = channels.emplace_back(static_cast<std::size_t>(state.range(0)));
        executor.spawn(link(from, to)).detach();
    }
    executor.spawn(feed(channels.front())).detach();
    for (int element = 0; element < measure::warm_up; ++element) {
        benchmark::DoNotOptimize(co_await channels.back().pop());
    }
    {
        const measure::Allocations allocations{state};
        while (state.KeepRunningBatch(links)) {
            benchmark::DoNotOptimize(co_await channels.back().pop());
        }
    }
    channels.front().close();
    while (co_await channels.back().pop()) {}
}

/// Nobody else is there: what the atomic operations cost.
Task<> thread_push_pop(benchmark::State& state, Executor& executor) {
    juggle::ThreadChannel<std::unique_ptr<int>> channel{executor, 16};
    const juggle::ThreadProducer<std::unique_ptr<int>> producer = channel.producer();
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        benchmark::DoNotOptimize(producer.try_push(nullptr));
        benchmark::DoNotOptimize(channel.try_pop());
    }
    co_return;
}

/// Another thread pushes as fast as it can, and sleeps when the channel is full.
Task<> thread_stream(benchmark::State& state, Executor& executor) {
    juggle::ThreadChannel<std::unique_ptr<int>> channel{executor, 256};
    const std::jthread thread{[producer = channel.producer()] {
        while (producer.push(nullptr)) {}
    }};
    for (int element = 0; element < measure::warm_up; ++element) {
        benchmark::DoNotOptimize(co_await channel.pop());
    }
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            benchmark::DoNotOptimize(co_await channel.pop());
        }
    }
    channel.close();
}

/// The other direction, alone.
Task<> to_thread_push_pop(benchmark::State& state, Executor& executor) {
    juggle::ChannelToThread<std::unique_ptr<int>> channel{executor, 16};
    const juggle::ThreadConsumer<std::unique_ptr<int>> consumer = channel.consumer();
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        benchmark::DoNotOptimize(channel.try_push(nullptr));
        benchmark::DoNotOptimize(consumer.try_pop());
    }
    co_return;
}

/// Another thread pops as fast as it can, and sleeps when the channel is empty.
Task<> to_thread_stream(benchmark::State& state, Executor& executor) {
    juggle::ChannelToThread<std::unique_ptr<int>> channel{executor, 256};
    const std::jthread thread{[consumer = channel.consumer()] {
        while (consumer.pop()) {}
    }};
    for (int element = 0; element < measure::warm_up; ++element) {
        co_await channel.push(nullptr);
    }
    {
        const measure::Allocations allocations{state};
        for (auto _ : state) {
            co_await channel.push(nullptr);
        }
    }
    channel.close();
}

}  // namespace

void register_channel_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("channel/push_pop", &measure::in_executor<push_pop>);
    RegisterBenchmark("channel/rendezvous", &measure::in_executor<two_tasks<0>>);
    RegisterBenchmark("channel/capacity_1", &measure::in_executor<two_tasks<1>>);
    RegisterBenchmark("channel/chain_100", &measure::in_executor<chain>)->Arg(1)->Arg(16);
    RegisterBenchmark("thread_channel/push_pop", &measure::in_executor<thread_push_pop>);
    RegisterBenchmark("thread_channel/stream", &measure::in_executor<thread_stream>)->UseRealTime();
    RegisterBenchmark("channel_to_thread/push_pop", &measure::in_executor<to_thread_push_pop>);
    RegisterBenchmark("channel_to_thread/stream", &measure::in_executor<to_thread_stream>)
        ->UseRealTime();
}
