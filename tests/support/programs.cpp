#include "support/programs.hpp"

#include "support/tasks.hpp"

#include <juggle/juggle.hpp>

#include <array>
#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace support {

using juggle::Generator;
using juggle::JoinHandle;
using juggle::Task;
using namespace std::chrono_literals;

ManualEvent World::event() {
    const ManualEvent made;
    events_.push_back(made);
    return made;
}

void World::complete_events() {
    for (const ManualEvent& event : events_) {
        if (event.status() == juggle::EventStatus::pending) {
            event.complete();
        }
    }
    events_.clear();
}

std::string World::what_is_lost() {
    if (!a.idle() || !b.idle()) {
        return "a ticket";
    }
    if (permits.available() != permits.permits()) {
        return "a permit";
    }
    if (static_cast<int>(channel.size()) != pushed - popped || lost_elements != 0) {
        return "an element of the channel";
    }
    if (live_elements() != static_cast<long>(channel.size())) {
        return "an element";
    }
    if (executor.running_tasks() != 0) {
        return "a task";
    }
    if (a.poisoned() != (failed_holders_of_a != 0)) {
        return "the failure of a holder";
    }
    return {};
}

void World::restore() {
    complete_events();
    a.clear_poison();
    b.clear_poison();
    while (channel.try_pop()) {}
    pushed = popped = 0;
    failed_holders_of_a = 0;
    queue.wait_lists.clear();
}

namespace {

void expect(bool holds) {
    if (!holds) {
        throw std::logic_error{"a program went wrong"};
    }
}

/// Completes commands as long as it lives.
class Device {
public:
    explicit Device(World& world) : task_{world.executor.spawn(complete(world))} {}
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    ~Device() { task_.request_stop(); }

private:
    static Task<> complete(World& world) {
        for (;;) {
            co_await juggle::sleep_for(1ms);
            world.complete_events();
        }
    }
    JoinHandle<> task_;
};

Task<int> give(int value) {
    co_await juggle::yield();
    co_return value;
}

Task<> spawned(World& world) {
    const JoinHandle<int> one = world.executor.spawn(give(1));
    const JoinHandle<int> two = world.executor.spawn(give(2));
    world.executor.spawn(give(3)).detach();
    const int first = co_await one;
    const int second = co_await two;
    expect(first + second == 3);
}

Task<int> nest(int depth) {
    if (depth == 0) {
        co_return co_await give(0);
    }
    const int below = co_await nest(depth - 1);
    co_return below + 1;
}
Task<> nested(World&) {
    const int depth = co_await nest(70);
    expect(depth == 70);
}

/// Counts those who fail while they hold.
template <class Ticket>
Task<> hold(World& world, Ticket ticket, int& failed) {
    (void)co_await ticket.wait_events();
    try {
        const ManualEvent command = world.event();
        ticket.track(command);
        co_await command.settled();
        ticket.ready(world.event(), world.event());
    } catch (...) {
        ++failed;
        throw;
    }
}
template <class Ticket>
Task<> hold_a(World& world, Ticket ticket) {
    return hold(world, std::move(ticket), world.failed_holders_of_a);
}
Task<> handed_over(World& world) {
    const Device device{world};
    co_await juggle::when_all(hold_a(world, world.a.acquire()), hold_a(world, world.a.acquire()),
                              hold_a(world, world.a.acquire()));
}
Task<> shared(World& world) {
    const Device device{world};
    co_await juggle::when_all(hold_a(world, world.a.acquire_shared()),
                              hold_a(world, world.a.acquire_shared()),
                              hold_a(world, world.a.acquire()));
}

Task<> hold_both(World& world, bool on_device) {
    juggle::AllocationSet set = juggle::acquire_all(world.a, juggle::shared(world.b));
    if (on_device) {
        co_await set.wait_device(world.queue);
    } else {
        co_await set.wait_events();
    }
    try {
        auto& [a, b] = set;
        const ManualEvent command = world.event();
        a.ready(command);
        b.ready(command);
    } catch (...) {
        world.failed_holders_of_a += std::get<0>(set).held() ? 1 : 0;
        throw;
    }
}
Task<> acquired_together(World& world) {
    const Device device{world};
    co_await juggle::when_all(hold_both(world, false), hold_both(world, true),
                              hold_both(world, false));
    auto [a, b] = co_await juggle::acquire_all(world.b, world.a);
    a.ready();
    b.ready();
}

Task<int> increment(int& value) {
    co_await juggle::yield();
    co_return ++value;
}
Task<> scoped(World& world) {
    const int before = co_await world.b.use([](int& value) { return value; });
    const int after = co_await world.b.use(&increment);
    expect(after == before + 1);
}

Task<> ring(World& world) {
    const Device device{world};
    std::vector<int> values(2);
    juggle::ResourceRing<int, ManualEvent> buffers{"ring", std::move(values)};
    juggle::JobQueue jobs{2};
    static int failed = 0;  // outlives those jobs that outlive this
    for (int job = 0; job < 4; ++job) {
        co_await jobs.push(hold(world, buffers.acquire(), failed));
    }
    co_await jobs.finish();
}

Task<> jobs(World& world) {
    const Device device{world};
    juggle::JobQueue queue{2};
    for (int job = 0; job < 5; ++job) {
        co_await queue.push(hold_a(world, world.a.acquire()));
    }
    co_await queue.finish();
}

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

Task<> hold_permits(World& world, std::size_t count) {
    const juggle::SemaphorePermit permit = co_await world.permits.acquire(count);
    co_await juggle::yield();
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

Task<> offloaded(World& world) {
    const int plain = co_await juggle::offload([] { return 1; });
    const int stoppable = co_await juggle::offload([](std::stop_token) { return 2; });
    expect(plain + stoppable == 3);
    juggle::ThreadPool pool{1};
    const auto work = [&world] { return world.permits.permits(); };
    const auto [one, two] =
        co_await juggle::when_all(juggle::offload(pool, work), juggle::offload(pool, work));
    expect(one == two);
}

Task<> stop_signals(World&) {
    const juggle::StopSignals signals;
    co_await juggle::yield();
    expect(signals.signal() == 0);
}

/// Resumes at once, from inside.
struct Foreign {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) const { waiting.resume(); }
    int await_resume() const noexcept { return 1; }
};
Task<> foreign(World&) {
    const int one = co_await Foreign{};
    const auto [two, three] = co_await juggle::when_all(Foreign{}, give(2));
    expect(one == two && three == 2);
}

Task<> meet(juggle::Latch& latch, juggle::AsyncEvent& event) {
    co_await latch.arrive_and_wait();
    event.set();
}
Task<> met(World& world) {
    juggle::Latch latch{2};
    juggle::AsyncEvent event;
    world.executor.post([] {});  // may be called much later
    co_await juggle::when_all(meet(latch, event), meet(latch, event), event);
}

constexpr auto programs = std::to_array<Program>({
    {"spawned tasks", &spawned},
    {"nested tasks", &nested},
    {"resource handed over", &handed_over},
    {"resource shared", &shared},
    {"resources acquired together", &acquired_together},
    {"resource scoped", &scoped},
    {"resource ring", &ring},
    {"job queue", &jobs},
    {"channel", &channel},
    {"full channel", &full_channel},
    {"thread channel", &thread_channel},
    {"semaphore", &semaphore},
    {"generator", &generated},
    {"merge", &merged},
    {"when_all", &all},
    {"when_any", &any},
    {"when_all_settled", &settled},
    {"when_all_windowed", &windowed},
    {"task group", &grouped},
    {"timeout", &timed},
    {"shield", &shielded},
    {"offload", &offloaded},
    {"stop signals", &stop_signals},
    {"foreign awaitable", &foreign},
    {"latch, event and post", &met},
});

}  // namespace

std::span<const Program> small_programs() { return programs; }

}  // namespace support
