// Programs of tasks, of what they wait for, and of what is no task.

#include "support/programs/parts.hpp"

#include <juggle/juggle.hpp>

#include <array>
#include <coroutine>
#include <span>
#include <stop_token>

namespace support {

using juggle::JoinHandle;
using juggle::Task;

namespace {

Task<> spawned(World& world) {
    const JoinHandle<int> one = world.executor.spawn(give(1));
    const JoinHandle<int> two = world.executor.spawn(give(2));
    world.executor.spawn(give(3)).detach();
    const int first = co_await one;
    const int second = co_await two;
    expect(first + second == 3);
}

Task<> named(World& world) {
    world.executor.spawn("a task with a name that needs memory", give(1)).detach();
    co_await juggle::with_task_group([&world](juggle::TaskGroup& group) -> Task<> {
        group.spawn("one of a group, with a name as long", give(2));
        juggle::JobQueue jobs{1};
        co_await jobs.push("a job, with a name that needs memory", give(3));
        co_await jobs.finish();
        expect(!world.executor.describe().empty());
    });
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
    {"named tasks", &named},
    {"nested tasks", &nested},
    {"offload", &offloaded},
    {"stop signals", &stop_signals},
    {"foreign awaitable", &foreign},
    {"latch, event and post", &met},
});

}  // namespace

std::span<const Program> task_programs() { return programs; }

}  // namespace support
