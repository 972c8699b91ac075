#pragma once

#include <juggle/allocation_set.hpp>
#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/resource/event_parts.hpp>
#include <juggle/detail/resource/set_awaiters.hpp>
#include <juggle/resource_allocation.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace juggle::inline JUGGLE_ABI::bridge {

namespace detail {

[[noreturn]] JUGGLE_EXPORT void throw_same_ticket(const char* function);

template <class Event, class T>
std::true_type test_ticket(ResourceAllocation<T, Event>&);
template <class Event, class T, class... Events>
std::bool_constant<(std::same_as<Event, Events> || ...)> test_ticket(
    ResourceAllocation<T, std::variant<Events...>>&);
template <class Event, class... Allocations>
std::bool_constant<(decltype(test_ticket<Event>(std::declval<Allocations&>()))::value && ...)>
test_ticket(AllocationSet<Allocations...>&);
template <class Event>
std::false_type test_ticket(...);

}  // namespace detail

/// An allocation that events of this kind guard, alone or beside others (`OneOf`), or a set of
/// such, that is an lvalue.
template <class Argument, class Event>
concept TicketFor = std::is_lvalue_reference_v<Argument> &&
                    decltype(detail::test_ticket<Event>(std::declval<Argument>()))::value;

/// A ticket as a tuple of a reference to it, a set as one of references to all of its tickets: what
/// `TurnsAwaiter` is made from.
template <class T, DeviceEvent Event>
[[nodiscard]] std::tuple<ResourceAllocation<T, Event>&> tie_tickets(
    ResourceAllocation<T, Event>& ticket) noexcept {
    return std::tie(ticket);
}
template <class... Allocations>
[[nodiscard]] std::tuple<Allocations&...> tie_tickets(AllocationSet<Allocations...>& set) noexcept {
    return std::apply([](auto&... tickets) { return std::tie(tickets...); }, set);
}

/// Base of an awaiter that waits for the turns of several tickets, and then starts something
/// asynchronous that uses their values: a command of a device, a message. See
/// `juggle::opencl::enqueue` and `juggle::cuda::enqueue`, which are made of it.
///
/// `co_await` suspends until all turns have come, and until what of other kinds than `Event` has to
/// be respected has settled. What of this kind has to be respected is not waited for: in its
/// `await_resume` the derived class makes a `Turn`, learns the events from that, starts what waits
/// for them by itself, and says which events guard the values from then on. `Tickets` are
/// references to `ResourceAllocation`s.
template <class Event, class... Tickets>
class TurnsAwaiter : private juggle::detail::BaseFromMember<std::tuple<Tickets...>>,
                     public juggle::detail::SetAwaiter<Tickets...> {
    using Access = juggle::detail::SetAccess;
    using Base = juggle::detail::SetAwaiter<Tickets...>;
    using Device = juggle::detail::KindDevice<Event>;

public:
    [[nodiscard]] bool await_ready() const noexcept {
        return this->template may_use_device<Device>();
    }

    template <juggle::detail::LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->begin_wait(coroutine.promise(),
                                this->template wait_for_turns_before<Device>());
    }

protected:
    static constexpr std::size_t ticket_count = sizeof...(Tickets);

    /// `function` is what the user calls, for messages. `std::logic_error` if one of the tickets
    /// is none (any more), `std::invalid_argument` if one is given twice.
    TurnsAwaiter(const char* function, std::tuple<Tickets...> tickets)
        : juggle::detail::BaseFromMember<std::tuple<Tickets...>>{tickets}, Base{this->kept} {
        std::array<const juggle::detail::Ticket*, ticket_count> places{};
        auto* place = places.begin();
        this->for_each([&](const auto& ticket) {
            Access::check_waitable(function, ticket);
            if (std::ranges::find(places, Access::place(ticket)) != places.end()) {
                detail::throw_same_ticket(function);
            }
            *place++ = Access::place(ticket);
        });
    }
    ~TurnsAwaiter() = default;

    /// From the end of the wait until what uses the values has been started. The resources stay
    /// meanwhile, even if the tickets are dropped.
    class Turn {
    public:
        /// Throws what the wait ended with, if not well; no ticket is held then that was not
        /// before.
        explicit Turn(TurnsAwaiter& awaiter) : awaiter_{awaiter} {
            awaiter.end_wait();
            for_each([this](std::size_t index, const auto& ticket) {
                resources_[index] = &Access::resource(ticket);
                resources_[index]->retain();
            });
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        /// A ticket that has become held here, and nothing was started that respects what it
        /// inherited: that is the next holder's to respect.
        ~Turn() {
            if (holds_ && !respected_) {
                for_each([this](std::size_t index, const auto& ticket) {
                    if (!was_held_[index] && ticket.held()) {
                        guarded(index, ticket).keep_inherited();
                    }
                });
            }
            for (juggle::detail::TicketQueue* const resource : resources_) {
                resource->release();
            }
        }

        /// Calls `function(events, dealt_with)` with what has to be respected before the values may
        /// be used: spans of the events that a ticket has inherited, and of those that it has
        /// tracked itself, if it is exclusive. `dealt_with`: it was held before, so its holder has
        /// seen already if one of them has failed.
        template <class Function>
        void for_each_events(Function function) const {
            for_each([&function](std::size_t, const auto& ticket) {
                call(function, Access::resource(ticket).inherited(), ticket.held());
                call(function, Access::tracked_alone(ticket), false);
            });
        }

        /// Puts the events of `for_each_events`, and `more`, into `waits` if
        /// `prepare(event, dealt_with)` says that they are to be waited for; while they are few,
        /// each once, as `is_same(event, event)` has it: of several tickets it may be the same.
        template <class Same, class Prepare>
        void gather(std::vector<Event>& waits, std::span<const Event> more, Same is_same,
                    Prepare prepare) const {
            const auto add = [&](std::span<const Event> events, bool dealt_with) {
                constexpr std::size_t few = 32;
                for (const Event& event : events) {
                    const bool is_known =
                        waits.size() < few &&
                        std::ranges::any_of(
                            waits, [&](const Event& known) { return is_same(known, event); });
                    if (!is_known && prepare(event, dealt_with)) {
                        waits.push_back(event);
                    }
                }
            };
            for_each_events(add);
            add(more, false);
        }

        /// From now on the tickets are held, with room for so many calls of `track`.
        /// `std::bad_alloc`, with nothing changed.
        void hold(std::size_t events = 0) {
            for_each([this](std::size_t index, const auto& ticket) {
                was_held_[index] = ticket.held();
                kept_ += was_held_[index] ? 0 : guarded(index, ticket).inherited().size();
            });
            reserve(events);
            (void)awaiter_.hold_all();
            holds_ = true;
        }
        [[nodiscard]] bool holds() const noexcept { return holds_; }

        /// Makes room, so that so many calls of `track` cannot fail. `std::bad_alloc`.
        void reserve(std::size_t events) {
            for_each([&](std::size_t index, const auto& ticket) {  // they may be of one resource
                guarded(index, ticket).reserve_in_group(kept_ + events * ticket_count);
            });
        }

        /// This event guards all values. After `hold`, with room made. A ticket that was released
        /// meanwhile is no exception: those who come next wait for the event.
        void track(const Event& event) noexcept {
            for_each([&](std::size_t index, const auto& ticket) {
                if (!is_first(index)) {
                    return;
                }
                if (is_held(index, ticket)) [[likely]] {
                    guarded(index, ticket).track(event);
                } else {
                    guarded(index, ticket).guard_behind(event);
                }
            });
        }

        /// What was tracked respects all events of `for_each_events`: nobody else has to.
        void set_respected() noexcept { respected_ = true; }

        /// The name of the first resource whose ticket was let go of since `hold`; empty if none.
        [[nodiscard]] std::string released() const {
            std::string name;
            for_each([this, &name](std::size_t index, const auto& ticket) {
                if (name.empty() && !ticket.held()) {
                    name = resources_[index]->name();
                }
            });
            return name;
        }

    private:
        template <class Function>
        static void call(Function& function, std::span<const Event> events, bool dealt_with) {
            function(events, dealt_with);
        }
        template <class Function, class... Events>
        static void call(Function& function, std::span<const std::variant<Events...>> events,
                         bool dealt_with) {
            for (const auto& event : events) {
                if (const Event* const known = std::get_if<Event>(&event)) {
                    function(std::span<const Event>{known, 1}, dealt_with);
                }
            }
        }

        template <class T, class Kind>
        [[nodiscard]] juggle::detail::GuardedQueue<Kind>& guarded(
            std::size_t index, const ResourceAllocation<T, Kind>&) const noexcept {
            return static_cast<juggle::detail::GuardedQueue<Kind>&>(*resources_[index]);
        }

        template <class Function>
        void for_each(Function function) const {
            awaiter_.for_each([&function, index = std::size_t{0}](const auto& ticket) mutable {
                function(index++, ticket);
            });
        }

        [[nodiscard]] bool is_first(std::size_t index) const noexcept {
            const auto place = resources_.begin() + static_cast<std::ptrdiff_t>(index);
            return std::find(resources_.begin(), place, *place) == place;
        }
        [[nodiscard]] bool is_held(std::size_t index, const auto& ticket) const noexcept {
            return ticket.held() && &Access::resource(ticket) == resources_[index];
        }

        TurnsAwaiter& awaiter_;
        std::array<juggle::detail::TicketQueue*, ticket_count> resources_{};
        std::array<bool, ticket_count> was_held_{};
        std::size_t kept_ = 0;  // inherited ones, of tickets that were not held before
        bool holds_ = false;
        bool respected_ = false;
    };
};

}  // namespace juggle::bridge
