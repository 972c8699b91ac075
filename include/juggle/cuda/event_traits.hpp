#pragma once

#include <juggle/cuda/detail/command_recorder.hpp>
#include <juggle/cuda/detail/events_awaiter.hpp>
#include <juggle/cuda/event.hpp>
#include <juggle/cuda/wait_on.hpp>
#include <juggle/event_traits.hpp>

#include <span>

#include <cuda.h>

/// `co_await event`, for a `juggle::cuda::Event`: ends when all that it stands for has ended, on
/// the task's executor.
///
/// Throws `juggle::cuda::Error`, with the code of `cuEventQuery`, if that failed. An event that has
/// settled already, or that stands for nothing, is not waited for. The event must stay where it is
/// while it is awaited. A stop request (`Cancelled`) ends the wait; the work goes on, and its event
/// is kept until it has settled.
template <>
struct juggle::EventTraits<juggle::cuda::Event> {
    using Event = juggle::cuda::Event;

    [[nodiscard]] static EventStatus status(const Event& event) noexcept { return event.status(); }

    [[nodiscard]] static bool is_valid(const Event& event) noexcept { return bool{event}; }

    [[nodiscard]] static cuda::detail::EventsAwaiter wait(std::span<const Event> events) noexcept {
        return cuda::detail::EventsAwaiter{events};
    }

    static bool wait_on_host(std::span<const Event> events) noexcept {
        bool all_ended = true;
        for (const Event& event : events) {
            cuda::detail::EventRecord* const record = cuda::detail::EventAccess::record(event);
            all_ended = (record == nullptr || record->wait_on_host()) && all_ended;
        }
        return all_ended;
    }

    static void record(Observer& observer, const Event& event) noexcept {
        cuda::detail::record_guard(observer, event);
    }

    static void wait_on_device(CUstream stream, std::span<const Event> events) {
        cuda::wait_on(stream, events);
    }
};
