#pragma once

#include <juggle/detail/resource/event_parts.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/observer.hpp>
#include <juggle/task.hpp>
#include <juggle/when_all_settled.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace juggle::inline JUGGLE_ABI {

/// An event of one of several kinds, for what devices or libraries of different kinds use: a
/// `Resource<std::vector<float>, OneOf<cl::Event, mpi::Event>>` is a host buffer that a download
/// fills and a message sends.
///
/// It is a `std::variant`, which is an event if all of its alternatives are: so an event of any of
/// the kinds can be tracked and released with (`ready(event)`). `co_await` and `wait_events` wait
/// for all kinds at once. `wait_device(queue)` lets the queue wait for the kinds that it can, and
/// awaits the others on the host first.
template <class... Events>
using OneOf = std::variant<Events...>;

/// What waits for several events throws what the first kind's wait has thrown, in the order of the
/// kinds, when all have settled.
template <DeviceEvent... Events>
    requires(sizeof...(Events) != 0)
struct EventTraits<std::variant<Events...>> {
    using Event = std::variant<Events...>;

    [[nodiscard]] static EventStatus status(const Event& event) noexcept {
        EventStatus result = EventStatus::complete;
        visit(event, [&result]<class Kind>(const Kind& known) {
            result = EventTraits<Kind>::status(known);
        });
        return result;
    }

    [[nodiscard]] static bool is_valid(const Event& event) noexcept {
        bool result = false;
        visit(event, [&result]<class Kind>(const Kind& known) {
            if constexpr (requires { EventTraits<Kind>::is_valid(known); }) {
                result = EventTraits<Kind>::is_valid(known);
            } else {
                result = true;
            }
        });
        return result;
    }

    [[nodiscard]] static Task<> wait(std::span<const Event> events) {
        return wait_besides<detail::NoDevice>(events);
    }

    static bool wait_on_host(std::span<const Event> events) noexcept {
        bool result = true;
        for (const Event& event : events) {
            visit(event, [&result]<class Kind>(const Kind& known) {
                const std::span<const Kind> one{&known, 1};
                if constexpr (requires {
                                  { EventTraits<Kind>::wait_on_host(one) } -> std::same_as<bool>;
                              }) {
                    result = EventTraits<Kind>::wait_on_host(one) && result;
                } else {
                    EventTraits<Kind>::wait_on_host(one);
                }
            });
        }
        return result;
    }

    /// For the kinds that it can; the others have been awaited before. If it throws, the queue may
    /// have been told to wait for some.
    template <class Queue>
        requires(DeviceQueueFor<Queue, Events> || ...)
    static void wait_on_device(Queue& queue, std::span<const Event> events) {
        (wait_for_kind_on_device<Events>(queue, events), ...);
    }

    static void record(Observer& observer, const Event& event) noexcept {
        visit(event, [&observer]<class Kind>(const Kind& known) {
            if constexpr (requires { EventTraits<Kind>::record(observer, known); }) {
                EventTraits<Kind>::record(observer, known);
            }
        });
    }

    // What is left for the host to wait for, besides what a device deals with by itself.

    template <class Device>
    [[nodiscard]] static bool settled_besides(std::span<const Event> events) noexcept {
        return std::ranges::all_of(events, [](const Event& event) {
            bool result = true;
            visit(event, [&result]<class Kind>(const Kind& known) {
                result = Device::template deals_with<Kind> ||
                         EventTraits<Kind>::status(known) == EventStatus::complete;
            });
            return result;
        });
    }

    template <class Device>
    [[nodiscard]] static Task<> wait_besides(std::span<const Event> events) {
        const std::tuple<std::vector<Events>...> kinds{of_kind<Device, Events>(events)...};
        const int kind_count =
            (static_cast<int>(!std::get<std::vector<Events>>(kinds).empty()) + ... + 0);
        if (kind_count < 2) {
            (co_await wait_for_kind<Events>(std::get<std::vector<Events>>(kinds)), ...);
        } else {
            const auto outcomes = co_await when_all_settled(
                wait_for_kind<Events>(std::get<std::vector<Events>>(kinds))...);
            std::apply([](const auto&... outcome) { (outcome.value(), ...); }, outcomes);
        }
    }

private:
    /// Calls the function with the event as what it is; not if it is nothing.
    template <class Function>
    static void visit(const Event& event, Function function) {
        (void)(visit_if<Events>(event, function) || ...);
    }
    template <class Kind, class Function>
    [[nodiscard]] static bool visit_if(const Event& event, Function& function) {
        const Kind* const known = std::get_if<Kind>(&event);
        if (known != nullptr) {
            function(*known);
        }
        return known != nullptr;
    }

    /// Those that are not complete, unless the device deals with them.
    template <class Device, class Kind>
    [[nodiscard]] static std::vector<Kind> of_kind(std::span<const Event> events) {
        std::vector<Kind> result;
        if constexpr (!Device::template deals_with<Kind>) {
            for (const Event& event : events) {
                const Kind* const known = std::get_if<Kind>(&event);
                if (known != nullptr &&
                    EventTraits<Kind>::status(*known) != EventStatus::complete) {
                    result.push_back(*known);
                }
            }
        }
        return result;
    }

    template <class Kind>
    [[nodiscard]] static Task<> wait_for_kind(const std::vector<Kind>& events) {
        if (!events.empty()) {
            co_await EventTraits<Kind>::wait(std::span<const Kind>{events});
        }
    }

    template <class Kind, class Queue>
    static void wait_for_kind_on_device(Queue& queue, std::span<const Event> events) {
        if constexpr (DeviceQueueFor<Queue, Kind>) {
            const std::vector<Kind> known = of_kind<detail::NoDevice, Kind>(events);
            if (!known.empty()) {
                EventTraits<Kind>::wait_on_device(queue, std::span<const Kind>{known});
            }
        }
    }
};

}  // namespace juggle
