#pragma once

#include <juggle/detail/resource/resource_state.hpp>
#include <juggle/event_traits.hpp>

#include <concepts>
#include <span>

namespace juggle::inline JUGGLE_ABI::detail {

// Events of several kinds (`OneOf`) of which a device deals with some by itself: what says which.

/// None.
struct NoDevice {
    template <class Kind>
    static constexpr bool deals_with = false;
};

/// A queue that can wait for them.
template <class Queue>
struct QueueDevice {
    template <class Kind>
    static constexpr bool deals_with = DeviceQueueFor<Queue, Kind>;
};

/// What takes events of one kind.
template <class Known>
struct KindDevice {
    template <class Kind>
    static constexpr bool deals_with = std::same_as<Kind, Known>;
};

/// The events may be of several kinds.
template <class Event, class Device>
concept HasPartsFor = requires(std::span<const Event> events) {
    { EventTraits<Event>::template settled_besides<Device>(events) } -> std::same_as<bool>;
    EventTraits<Event>::template wait_besides<Device>(events);
};

/// All that guards a value is awaited on the host.
template <class Event>
struct WholePart {
    [[nodiscard]] static bool settled_well(const GuardedQueue<Event>& queue) noexcept {
        return queue.settled_well();
    }
    [[nodiscard]] static decltype(auto) wait(std::span<const Event> events) {
        return EventTraits<Event>::wait(events);
    }
};

/// What the device does not deal with.
template <class Event, class Device>
    requires HasPartsFor<Event, Device>
struct HostPart {
    [[nodiscard]] static bool settled_well(const GuardedQueue<Event>& queue) noexcept {
        return EventTraits<Event>::template settled_besides<Device>(queue.inherited());
    }
    [[nodiscard]] static auto wait(std::span<const Event> events) {
        return EventTraits<Event>::template wait_besides<Device>(events);
    }
};

}  // namespace juggle::detail
