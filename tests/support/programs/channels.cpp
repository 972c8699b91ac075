// Programs of tasks that hand elements on, and permits.

#include "support/programs/parts.hpp"

#include <juggle/juggle.hpp>

#include <array>
#include <optional>
#include <span>
#include <utility>

namespace support {

using juggle::Generator;
using juggle::Task;

namespace {

Task<> push(World& world, int count) {
    for (int index = 0; index < count; ++index) {
        World::Element element = world.element();
        try {
            co_await world.channel.push(std::move(element));
        } catch (...) {
            world.lost_elements += element == nullptr ? 1 : 0;  // it should not have been touched
            throw;
        }
        ++world.pushed;
    }
}
Task<> pop(World& world, int count) {
    for (int index = 0; index < count; ++index) {
        const std::optional<World::Element> element = co_await world.channel.pop();
        ++world.popped;
        expect(element.has_value());
    }
}
Task<> channel(World& world) {
    co_await juggle::when_all(push(world, 3), push(world, 2), pop(world, 1), pop(world, 4));
}

/// So that those who push wait.
Task<> pop_slowly(World& world, int count) {
    for (int index = 0; index < count; ++index) {
        co_await juggle::yield();
        co_await pop(world, 1);
    }
}
Task<> full_channel(World& world) {
    co_await juggle::when_all(push(world, 3), push(world, 2), pop_slowly(world, 5));
}

Task<> pop_from_thread(juggle::ThreadChannel<World::Element>& channel, int& count) {
    while (const std::optional<World::Element> element = co_await channel.pop()) {
        ++count;
    }
}
Task<> thread_channel(World& world) {
    juggle::ThreadChannel<World::Element> channel{2};
    const juggle::ThreadProducer<World::Element> producer = channel.producer();
    int count = 0;
    juggle::TaskGroup group;
    const auto body = [&](juggle::TaskGroup& tasks) -> Task<> {
        tasks.spawn(pop_from_thread(channel, count));
        for (int index = 0; index < 5;) {
            if (producer.try_push(world.element())) {
                ++index;
            } else {
                co_await juggle::yield();
            }
        }
        channel.close();
    };
    co_await juggle::with_task_group(body);
    expect(count == 5);
}

int take_all(const juggle::ThreadConsumer<World::Element>& consumer) {
    int count = 0;
    while (consumer.try_pop()) {
        ++count;
    }
    return count;
}
Task<> push_to_thread(World& world, juggle::ChannelToThread<World::Element>& channel, int count) {
    for (int index = 0; index < count; ++index) {
        World::Element element = world.element();
        co_await channel.push(std::move(element));
    }
}
Task<> channel_to_thread(World& world) {
    juggle::ChannelToThread<World::Element> channel{2};
    const juggle::ThreadConsumer<World::Element> consumer = channel.consumer();
    int count = 0;
    const auto take = [&]() -> Task<> {
        while (count < 5) {
            count += take_all(consumer);
            co_await juggle::yield();
        }
    };
    co_await juggle::when_all(push_to_thread(world, channel, 3), push_to_thread(world, channel, 2),
                              take());
}

Task<> semaphore(World& world) {
    co_await juggle::when_all(hold_permits(world, 1), hold_permits(world, 2),
                              hold_permits(world, 1), hold_permits(world, 1));
}

Generator<World::Element> elements(World& world, int count) {
    for (int index = 0; index < count; ++index) {
        co_await juggle::yield();
        co_yield world.element();
    }
}
Generator<World::Element> elements_twice(World& world, int count) {
    co_yield juggle::elements_of(elements(world, count));
    co_yield juggle::elements_of(elements(world, count));
}
Task<int> count(Generator<World::Element> generator) {
    int result = 0;
    while (const auto element = co_await generator.next()) {
        ++result;
    }
    co_return result;
}
Task<> generated(World& world) {
    const int number = co_await count(elements_twice(world, 2));
    expect(number == 4);
}
Task<> merged(World& world) {
    const int number = co_await count(
        juggle::merge(elements(world, 3), elements_twice(world, 1), elements(world, 0)));
    expect(number == 5);
}

constexpr auto programs = std::to_array<Program>({
    {"channel", &channel},
    {"full channel", &full_channel},
    {"thread channel", &thread_channel},
    {"channel to threads", &channel_to_thread},
    {"semaphore", &semaphore},
    {"generator", &generated},
    {"merge", &merged},
});

}  // namespace

std::span<const Program> channel_programs() { return programs; }

}  // namespace support
