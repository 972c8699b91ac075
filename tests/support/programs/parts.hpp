// What the small programs have in common.
#pragma once

#include "support/manual_event.hpp"
#include "support/programs.hpp"

#include <juggle/executor.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/semaphore.hpp>
#include <juggle/sleep.hpp>
#include <juggle/task.hpp>
#include <juggle/yield.hpp>

#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>

namespace support {

// One file each.
std::span<const Program> task_programs();
std::span<const Program> resource_programs();
std::span<const Program> channel_programs();
std::span<const Program> combinator_programs();

inline void expect(bool holds) {
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
    static juggle::Task<> complete(World& world) {
        for (;;) {
            co_await juggle::sleep_for(std::chrono::milliseconds{1});
            world.complete_events();
        }
    }
    juggle::JoinHandle<> task_;
};

inline juggle::Task<int> give(int value) {
    co_await juggle::yield();
    co_return value;
}

/// Counts those who fail while they hold, or are destroyed.
template <class Ticket>
juggle::Task<> hold(World& world, Ticket ticket, int& failed) {
    struct Count {
        ~Count() { count += held.held() ? 1 : 0; }
        const Ticket& held;
        int& count;
    };
    (void)co_await ticket.wait_events();
    const Count counted{ticket, failed};
    const ManualEvent command = world.event();
    ticket.track(command);
    co_await command.settled();
    ticket.ready(world.event(), world.event());
}
template <class Ticket>
juggle::Task<> hold_a(World& world, Ticket ticket) {
    return hold(world, std::move(ticket), world.failed_holders_of_a);
}

inline juggle::Task<> hold_permits(World& world, std::size_t count) {
    const juggle::SemaphorePermit permit = co_await world.permits.acquire(count);
    co_await juggle::yield();
}

}  // namespace support
