#pragma once

#include <juggle/opencl.hpp>
#include <juggle/task.hpp>

#include <array>
#include <cstdint>
#include <span>

namespace support {

/// All ways in which a task can wait for a command.
enum class Way : std::uint8_t {
    await,            // co_await event
    list,             // wait_for_events(event)
    span,             // wait_for_events(span)
    resource_host,    // the event guards a resource: wait_events
    resource_device,  // the same, and another queue waits: wait_device
    enqueue,          // the same, and a command of another queue waits: enqueue
    wait_on,          // another queue is told to wait for it, and that is awaited
    marker,           // these two wait for the whole queue
    finish,
};
inline constexpr int ways = 9;
/// The first so many wait for nothing but the event, on the host.
inline constexpr int ways_on_host = 4;

inline const char* name_of(Way way) {
    static constexpr std::array<const char*, ways> names{
        "await",   "list",    "span",   "resource_host", "resource_device",
        "enqueue", "wait_on", "marker", "finish"};
    return names.at(static_cast<std::size_t>(way));
}

namespace detail {

inline juggle::Task<> wait_as_holder(Way way, cl::Event event, cl::CommandQueue other) {
    juggle::opencl::Resource<int> guarded{0};
    {
        auto before = co_await guarded.acquire();
        before.ready(event);
    }
    auto mine = guarded.acquire();
    if (way == Way::resource_host) {
        co_await mine.wait_events();
        mine.ready();
        co_return;
    }
    if (way == Way::enqueue) {
        const cl::Event after =
            co_await juggle::opencl::enqueue(other, mine, [&](juggle::opencl::Commands& commands) {
                return other.enqueueMarkerWithWaitList(commands.wait_list(), commands.event());
            });
        mine.ready();
        co_await after;
        co_return;
    }
    co_await mine.wait_device(other);
    const cl::Event after = juggle::opencl::marker(other);
    mine.ready(after);
    co_await after;
}

}  // namespace detail

/// Ends when the command of `event`, which is in `queue`, has ended; `other` is a queue that may be
/// made to wait.
inline juggle::Task<> wait_by(Way way, cl::Event event, cl::CommandQueue queue,
                              cl::CommandQueue other) {
    namespace jcl = juggle::opencl;
    switch (way) {
        case Way::await:
            co_await event;
            break;
        case Way::list:
            co_await jcl::wait_for_events(event);
            break;
        case Way::span:
            co_await jcl::wait_for_events(std::span<const cl::Event>{&event, 1});
            break;
        case Way::wait_on:
            jcl::wait_on(other, event);
            co_await jcl::finish(other);
            break;
        case Way::resource_host:
        case Way::resource_device:
        case Way::enqueue:
            co_await detail::wait_as_holder(way, event, other);
            break;
        case Way::marker: {
            const cl::Event marker = jcl::marker(queue);
            co_await marker;
            break;
        }
        case Way::finish:
            co_await jcl::finish(queue);
            break;
    }
}

}  // namespace support
