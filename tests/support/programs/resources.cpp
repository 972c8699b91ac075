// Programs of tasks that take turns.

#include "support/programs/parts.hpp"

#include <juggle/juggle.hpp>

#include <array>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace support {

using juggle::Task;

namespace {

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

constexpr auto programs = std::to_array<Program>({
    {"resource handed over", &handed_over},
    {"resource shared", &shared},
    {"resources acquired together", &acquired_together},
    {"resource scoped", &scoped},
    {"resource ring", &ring},
    {"job queue", &jobs},
});

}  // namespace

std::span<const Program> resource_programs() { return programs; }

}  // namespace support
