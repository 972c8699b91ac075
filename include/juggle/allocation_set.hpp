#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/resource/set_awaiters.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/no_event.hpp>
#include <juggle/resource_allocation.hpp>

#include <concepts>
#include <cstddef>
#include <tuple>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

namespace detail {
template <class Queue, class Event>
concept SetQueueFor = std::same_as<Event, NoEvent> || DeviceQueueFor<Queue, Event>;
}  // namespace detail

/// Tickets that are waited for together and are held all at once or not at all: what `acquire_all`
/// gives. A `std::tuple` of `ResourceAllocation`s with three awaits.
///
/// As long as one of them still has to wait, for its turn or for events, none becomes held by these
/// awaits. So a stop request or a failure in between poisons nothing. They resume on the
/// awaiting task's executor and throw what those of `ResourceAllocation` throw, with none held that
/// was not before and all tickets in their places. A set must stay where it is while it is
/// awaited: that await throws `std::logic_error` otherwise.
///
/// What follows concerns each allocation on its own, `std::get<0>(set).ready()`; so does dropping
/// the set. Move-only.
template <class... Allocations>
class [[nodiscard("dropping allocations passes their turns on")]] AllocationSet
    : public std::tuple<Allocations...> {
    using Tuple = std::tuple<Allocations...>;

public:
    /// Not allocations of anything.
    AllocationSet() = default;
    explicit AllocationSet(Allocations... allocations) noexcept
        requires(sizeof...(Allocations) != 0)
        : Tuple{std::move(allocations)...} {}

    /// `co_await`: waits for all turns and, on the host, for the events of all. Gives references to
    /// the values, as a tuple.
    [[nodiscard]] detail::SetHostAwaiter<Allocations...> wait_events() {
        check_waitable("wait_events");
        return detail::SetHostAwaiter<Allocations...>{*this};
    }

    /// `co_await`: waits for all turns, and tells `queue` to wait, on the device, for the events of
    /// all. Gives references to the values, as a tuple. If an event of one has failed the queue may
    /// have been told to wait for those of others.
    template <class Queue>
        requires(detail::SetQueueFor<Queue, typename Allocations::event_type> && ...)
    [[nodiscard]] detail::SetDeviceAwaiter<Queue, Allocations...> wait_device(Queue& queue) {
        check_waitable("wait_device");
        return detail::SetDeviceAwaiter<Queue, Allocations...>{*this, queue};
    }

    /// `co_await set`, an rvalue: `wait_events()`, then gives the allocations themselves, as a
    /// tuple. If that throws they pass their turns on.
    [[nodiscard]] detail::SetAcquireAwaiter<Allocations...> operator co_await() && {
        check_waitable("co_await");
        return detail::SetAcquireAwaiter<Allocations...>{std::move(*this)};
    }

private:
    void check_waitable(const char* operation) const {
        std::apply(
            [operation](const Allocations&... allocations) {
                (detail::SetAccess::check_waitable(operation, allocations), ...);
            },
            static_cast<const Tuple&>(*this));
    }
};

}  // namespace juggle

template <class... Allocations>
struct std::tuple_size<juggle::AllocationSet<Allocations...>>
    : std::tuple_size<std::tuple<Allocations...>> {};

template <std::size_t index, class... Allocations>
struct std::tuple_element<index, juggle::AllocationSet<Allocations...>>
    : std::tuple_element<index, std::tuple<Allocations...>> {};
