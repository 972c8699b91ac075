#pragma once

#include <juggle/bridge/turns_awaiter.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::bridge {

/// An event of this kind itself, which no ticket has.
template <class Argument, class Event>
concept PlainEventFor = std::derived_from<std::remove_cvref_t<Argument>, Event>;

namespace detail {

/// How an awaiter keeps a function that it was given: one that has a name by reference, any other
/// as a copy of its own, so that the awaiter may be awaited later.
template <class Given>
using KeptFunction =
    std::conditional_t<std::is_rvalue_reference_v<Given>, std::remove_cvref_t<Given>, Given>;

template <class Event, class Argument>
[[nodiscard]] auto only_tickets(Argument& argument) noexcept {
    if constexpr (PlainEventFor<Argument, Event>) {
        return std::tuple<>{};
    } else {
        return tie_tickets(argument);
    }
}
template <class Event, class Argument>
[[nodiscard]] auto only_event(const Argument& argument) {
    if constexpr (PlainEventFor<Argument, Event>) {
        return std::tuple<Event>{argument};
    } else {
        return std::tuple<>{};
    }
}

}  // namespace detail

/// Sorts the arguments of a call such as `enqueue(queue, in, event, out, function)`: gives what
/// `make(tickets, events, function)` does, with a tuple of references to the tickets, also to those
/// of sets, an array of the events, and the last argument as it was given.
template <class Event, class Make, class... Arguments>
[[nodiscard]] auto sort_arguments(Make make, const std::tuple<Arguments...>& all) {
    constexpr std::size_t last = sizeof...(Arguments) - 1;
    return [&]<std::size_t... index>(std::index_sequence<index...>) {
        const auto to_array = [](const auto&... events) {
            return std::array<Event, sizeof...(events)>{events...};
        };
        return make(std::tuple_cat(detail::only_tickets<Event>(std::get<index>(all))...),
                    std::apply(to_array,
                               std::tuple_cat(detail::only_event<Event>(std::get<index>(all))...)),
                    std::forward<std::tuple_element_t<last, std::tuple<Arguments...>>>(
                        std::get<last>(all)));
    }(std::make_index_sequence<last>{});
}

}  // namespace juggle::bridge
