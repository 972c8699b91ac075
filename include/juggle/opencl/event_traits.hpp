#pragma once

#include <juggle/event_traits.hpp>
#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/detail/calls.hpp>
#include <juggle/opencl/detail/command_recorder.hpp>
#include <juggle/opencl/detail/events_awaiter.hpp>
#include <juggle/opencl/detail/handles.hpp>

#include <span>

/// `co_await event`, for a `cl::Event`: ends when its command has ended, on the task's executor.
///
/// Its queue is flushed first. Throws `juggle::opencl::Error`, with the event's own (negative)
/// status, if the command ended abnormally; the code is the event's real one, not what a callback
/// was told. An event that has settled already is not waited for. The event must stay where it is
/// while it is awaited. A stop request (`Cancelled`) ends the wait; the command goes on, and its
/// event is kept until it has settled.
template <>
struct juggle::EventTraits<cl::Event> {
    [[nodiscard]] static EventStatus status(const cl::Event& event) noexcept {
        return opencl::detail::to_event_status(opencl::detail::settled_status(event()));
    }

    [[nodiscard]] static bool is_valid(const cl::Event& event) noexcept {
        return event() != nullptr;
    }

    [[nodiscard]] static opencl::detail::EventsAwaiter wait(
        std::span<const cl::Event> events) noexcept {
        return opencl::detail::EventsAwaiter{opencl::detail::handles(events)};
    }

    static bool wait_on_host(std::span<const cl::Event> events) noexcept {
        return opencl::detail::wait_on_host(opencl::detail::handles(events));
    }

    static void record(Observer& observer, const cl::Event& event) noexcept {
        opencl::detail::record_guard(observer, event());
    }

    static void wait_on_device(const cl::CommandQueue& queue, std::span<const cl::Event> events) {
        opencl::detail::wait_on(queue(), opencl::detail::handles(events));
    }
};

/// `co_await event` for a `cl::UserEvent`, which is a `cl::Event`.
template <>
struct juggle::EventTraits<cl::UserEvent> {
    using treated_as = cl::Event;
};
