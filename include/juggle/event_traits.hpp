#pragma once

#include <juggle/config.hpp>

#include <concepts>
#include <cstdint>
#include <span>

namespace juggle::inline JUGGLE_ABI {

/// What is known of a device event without waiting.
enum class EventStatus : std::uint8_t {
    pending,   ///< the command has not ended
    complete,  ///< it has ended well; its effects are visible to the host
    failed,    ///< it has ended abnormally
};

/// How the library deals with the events of one kind of device. Specialise it to bring a new one;
/// `Resource<T, Event>` and `co_await event` then work with it. `Event` is copyable, a copy stands
/// for the same command.
///
/// ```
/// template <>
/// struct juggle::EventTraits<MyEvent> {
///     // Cheap; called before every wait.
///     static EventStatus status(const MyEvent& event) noexcept;
///
///     // Optional: false for what stands for no command. Nobody can then release a resource
///     // with it by mistake.
///     static bool is_valid(const MyEvent& event) noexcept;
///
///     // Something to co_await, on the executor's thread: ends when all have settled, and throws
///     // if one has failed. The events outlive the await.
///     static auto wait(std::span<const MyEvent> events);
///
///     // Blocks until all have settled, whether or not well. For destructors. False if nobody can
///     // say whether they have: what they guard is then never freed. It may return nothing.
///     static bool wait_on_host(std::span<const MyEvent> events) noexcept;
///
///     // Makes later commands of `queue` wait for the events, on the device; returns at once.
///     // Throws, with nothing enqueued, if it cannot. Only for `wait_device`.
///     static void wait_on_device(Queue& queue, std::span<const MyEvent> events);
///
///     // Optional: shows the event's command in a timeline, by `Observer::command`. Called with
///     // every event that comes to guard a resource while an observer looks.
///     static void record(Observer& observer, const MyEvent& event) noexcept;
/// };
/// ```
///
/// A class derived from such an event needs a specialisation with nothing but
/// `using treated_as = MyEvent;` to be awaited as well.
template <class Event>
struct EventTraits;

/// An event type that the library knows how to wait for.
template <class Event>
concept DeviceEvent = requires(const Event& event, std::span<const Event> events) {
    { EventTraits<Event>::status(event) } noexcept -> std::same_as<EventStatus>;
    EventTraits<Event>::wait(events);
    { EventTraits<Event>::wait_on_host(events) } noexcept;
};

/// A queue that can be made to wait for such events.
template <class Queue, class Event>
concept DeviceQueueFor = requires(Queue& queue, std::span<const Event> events) {
    EventTraits<Event>::wait_on_device(queue, events);
};

}  // namespace juggle
