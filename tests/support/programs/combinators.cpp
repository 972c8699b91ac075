// Programs of tasks that run at once.

#include "support/programs/parts.hpp"

#include <juggle/juggle.hpp>

#include <array>
#include <chrono>
#include <span>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace support {

using juggle::JoinHandle;
using juggle::Task;
using namespace std::chrono_literals;

namespace {

std::vector<Task<int>> four_tasks() {
    std::vector<Task<int>> tasks;
    for (int value = 0; value < 4; ++value) {
        tasks.push_back(give(value));
    }
    return tasks;
}
Task<> all(World& world) {
    const auto [one, two, handle] =
        co_await juggle::when_all(give(1), give(2), world.executor.spawn(give(3)));
    expect(one + two + handle == 6);
    const std::vector<int> values = co_await juggle::when_all(four_tasks());
    expect(values.size() == 4);
    std::vector<JoinHandle<int>> handles;
    for (int value = 0; value < 4; ++value) {
        handles.push_back(world.executor.spawn(give(value)));
    }
    const std::vector<int> results = co_await juggle::when_all(std::move(handles));
    expect(results == values);
}
Task<> any(World& world) {
    const auto winner = co_await juggle::when_any(juggle::sleep_for(1h), world.permits.acquire(),
                                                  world.channel.pop(), give(1));
    expect(winner.index() == 1);
    const auto first = co_await juggle::when_any(four_tasks());
    expect(first.index == 0);
}
Task<> settled(World& world) {
    const auto outcomes = co_await juggle::when_all_settled(give(1), hold_permits(world, 1));
    std::get<1>(outcomes).value();
    const auto values = co_await juggle::when_all_settled(four_tasks());
    for (const juggle::Outcome<int>& outcome : values) {
        (void)outcome.value();
    }
}
Task<> windowed(World&) {
    const std::vector<int> values = co_await juggle::when_all_windowed(four_tasks(), 2);
    expect(values.size() == 4);
}

Task<> grouped(World& world) {
    const Device device{world};
    const auto body = [&world](juggle::TaskGroup& group) -> Task<int> {
        group.spawn(hold_a(world, world.a.acquire()));
        group.spawn(hold_a(world, world.a.acquire()));
        co_await juggle::yield();
        group.spawn(hold_permits(world, 2));
        co_return 1;
    };
    const int result = co_await juggle::with_task_group(body);
    expect(result == 1);
}

Task<> timed(World& world) {
    const int soon = co_await juggle::timeout(1h, give(1));
    bool timed_out = false;
    try {
        (void)co_await juggle::timeout(1ms, world.channel.pop());
    } catch (const juggle::TimedOut&) {
        timed_out = true;
    }
    co_await juggle::deadline(world.executor.now() + 1ms, juggle::yield());
    expect(soon == 1 && timed_out);
}
Task<> shielded(World& world) {
    const Device device{world};
    co_await juggle::shield(hold_a(world, world.a.acquire()));
    const juggle::Outcome<int> outcome = co_await juggle::as_outcome(give(1));
    expect(outcome.value() == 1);
}

constexpr auto programs = std::to_array<Program>({
    {"when_all", &all},
    {"when_any", &any},
    {"when_all_settled", &settled},
    {"when_all_windowed", &windowed},
    {"task group", &grouped},
    {"timeout", &timed},
    {"shield", &shielded},
});

}  // namespace

std::span<const Program> combinator_programs() { return programs; }

}  // namespace support
