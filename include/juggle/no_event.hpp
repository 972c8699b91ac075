#pragma once

#include <juggle/event_traits.hpp>

#include <coroutine>

namespace juggle::inline JUGGLE_ABI {

/// The event type of a `Resource` that no device touches. There are none.
struct NoEvent {
    NoEvent() = delete;
};

template <>
struct EventTraits<NoEvent> {
    static EventStatus status(const NoEvent&) noexcept { return EventStatus::complete; }
    static std::suspend_never wait(std::span<const NoEvent>) noexcept { return {}; }
    static void wait_on_host(std::span<const NoEvent>) noexcept {}
};

}  // namespace juggle
