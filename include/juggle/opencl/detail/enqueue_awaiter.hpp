#pragma once

#include <juggle/allocation_set.hpp>
#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/resource/set_awaiters.hpp>
#include <juggle/opencl/commands.hpp>
#include <juggle/opencl/detail/calls.hpp>
#include <juggle/opencl/detail/command_recorder.hpp>
#include <juggle/opencl/detail/command_store.hpp>
#include <juggle/opencl/error.hpp>
#include <juggle/opencl/event_traits.hpp>
#include <juggle/resource_allocation.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace juggle::opencl::detail {

template <class T>
std::true_type test_ticket(juggle::ResourceAllocation<T, cl::Event>&);
template <class... Allocations>
std::bool_constant<(decltype(test_ticket(std::declval<Allocations&>()))::value && ...)> test_ticket(
    juggle::AllocationSet<Allocations...>&);
std::false_type test_ticket(...);

/// An allocation, or a set of them, that is an lvalue.
template <class Argument>
concept Ticket =
    std::is_lvalue_reference_v<Argument> && decltype(test_ticket(std::declval<Argument>()))::value;

template <class Argument>
concept PlainEvent = std::derived_from<std::remove_cvref_t<Argument>, cl::Event>;

/// `co_await enqueue(...)`. The function is kept as it was given: a lambda that captures references
/// is nothing that GCC 12 could destroy twice.
template <std::size_t event_count, class Function, class... Tickets>
class EnqueueAwaiter final : private juggle::detail::BaseFromMember<std::tuple<Tickets...>>,
                             public juggle::detail::SetAwaiter<Tickets...> {
    using Access = juggle::detail::SetAccess;

public:
    using Events = std::array<cl::Event, event_count>;

    EnqueueAwaiter(const cl::CommandQueue& queue, std::tuple<Tickets...> tickets, Events events,
                   Function&& function)
        : juggle::detail::BaseFromMember<std::tuple<Tickets...>>{tickets},
          juggle::detail::SetAwaiter<Tickets...>{this->kept}, queue_{queue},
          events_{std::move(events)}, function_{std::forward<Function>(function)} {
        std::array<const juggle::detail::Ticket*, ticket_count> places{};
        auto* place = places.begin();
        this->for_each([&](const auto& ticket) {
            Access::check_waitable("enqueue", ticket);
            if (std::ranges::find(places, Access::place(ticket)) != places.end()) {
                throw_same_ticket();
            }
            *place++ = Access::place(ticket);
        });
    }

    [[nodiscard]] bool await_ready() const noexcept { return this->turns_have_come(); }

    template <juggle::detail::LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->begin_wait(coroutine.promise(), this->wait_for_turns());
    }

    /// The last command's event.
    cl::Event await_resume() {
        this->end_wait();
        cl::Event last = run();
        if (last() != nullptr) {
            flush(queue_());
        }
        return last;
    }

private:
    using Guarded = juggle::detail::GuardedQueue<cl::Event>;
    static constexpr std::size_t ticket_count = sizeof...(Tickets);

    /// While the function runs. What has been enqueued is the tickets' at its end.
    struct Turn {
        explicit Turn(EnqueueAwaiter& self)
            : awaiter{self}, store{juggle::detail::current_loop->service<CommandStore>()},
              commands{store, &self, &EnqueueAwaiter::reserve} {
            awaiter.pin();
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() { awaiter.end(*this); }

        EnqueueAwaiter& awaiter;
        CommandStore& store;
        Commands commands;
        bool called = false;
    };

    [[nodiscard]] cl::Event run() {
        Turn turn{*this};
        gather(turn.store.waits);
        make_room();
        (void)this->hold_all();
        turn.called = true;
        if constexpr (std::same_as<std::invoke_result_t<Function&, Commands&>, cl_int>) {
            check_use(turn.commands, turn.store, function_(turn.commands));
        } else {
            function_(turn.commands);
            check_use(turn.commands, turn.store, CL_SUCCESS);
        }
        return turn.store.last();
    }

    /// What the commands must wait for. Throws if one of it has failed, unless that is what the
    /// holder has taken over already.
    void gather(std::vector<cl::Event>& waits) {
        const auto add = [&waits](std::span<const cl::Event> events, bool dealt_with) {
            constexpr std::size_t few = 32;  // of several tickets it may be the same
            for (const cl::Event& event : events) {
                const bool is_known =
                    waits.size() < few &&
                    std::ranges::any_of(
                        waits, [&](const cl::Event& known) { return known() == event(); });
                if (!is_known && prepare_wait(event(), dealt_with)) {
                    waits.push_back(event);
                }
            }
        };
        this->for_each([&add](const auto& ticket) {
            add(Access::resource(ticket).inherited(), ticket.held());
            add(Access::tracked_alone(ticket), false);
        });
        add(events_, false);
    }

    /// So that `keep_inherited` cannot fail.
    void make_room() {
        kept_ = 0;
        this->for_each([this, index = std::size_t{0}](const auto& ticket) mutable {
            was_held_[index] = ticket.held();
            kept_ += was_held_[index] ? 0 : Access::resource(ticket).inherited().size();
            ++index;
        });
        reserve(this, 0);
    }

    /// They may be of one resource.
    static void reserve(void* awaiter, std::size_t events) {
        auto& self = *static_cast<EnqueueAwaiter*>(awaiter);
        for (Guarded* const guarded : self.pinned_) {
            guarded->reserve_in_group(self.kept_ + events * ticket_count);
        }
    }

    /// The resources stay, even if the function drops the tickets.
    void pin() noexcept {
        this->for_each([this, index = std::size_t{0}](const auto& ticket) mutable {
            pinned_[index] = &Access::resource(ticket);
            pinned_[index++]->retain();
        });
    }

    void end(Turn& turn) noexcept {
        if (turn.called) {
            const bool respected = turn.store.last()() != nullptr &&
                                   (turn.commands.wait_lists_ != 0 || turn.store.waits.empty());
            this->for_each([&, index = std::size_t{0}](const auto& ticket) mutable {
                const bool is_first_of_its = std::find(pinned_.begin(), pinned_.begin() + index,
                                                       pinned_[index]) == pinned_.begin() + index;
                if (is_first_of_its) {
                    const bool is_held =
                        ticket.held() && &Access::resource(ticket) == pinned_[index];
                    track(turn.store, *pinned_[index], is_held);
                }
                if (!respected && !was_held_[index] && ticket.held()) {
                    pinned_[index]->keep_inherited();
                }
                ++index;
            });
        }
        for (Guarded* const guarded : pinned_) {
            guarded->release();
        }
        turn.store.clear();
    }

    static void track(const CommandStore& store, Guarded& guarded, bool is_held) noexcept {
        for (const auto& done : store.done()) {
            if (done->event() == nullptr) {
                continue;
            }
            if (!done->name.empty() || !done->lane.empty()) [[unlikely]] {  // for an observer
                record_command(*juggle::detail::current_observer, done->event(), done->name,
                               done->lane);
            }
            if (is_held) [[likely]] {
                guarded.track(done->event);
            } else {
                guarded.guard_behind(done->event);
            }
        }
    }

    void check_use(const Commands& commands, const CommandStore& store, cl_int status) {
        if (status != CL_SUCCESS) {
            throw Error{status, "enqueue: what the function returned"};
        }
        const std::size_t events = store.done().size();
        if (commands.wait_lists_ > events) [[unlikely]] {
            throw_misused_commands("took a wait list for which there is no event");
        }
        if (commands.wait_lists_ == 0 && events != 0 && !store.waits.empty()) [[unlikely]] {
            throw_misused_commands("took an event, but not the wait list");
        }
        for (std::size_t index = 0; index < events; ++index) {
            if (store.done()[index]->event() == nullptr) [[unlikely]] {
                throw_refused_command(index);
            }
        }
        this->for_each([this, index = std::size_t{0}](const auto& ticket) mutable {
            if (!ticket.held()) [[unlikely]] {
                throw_misused_commands("released or moved its ticket of resource " +
                                       pinned_[index]->name());
            }
            ++index;
        });
    }

    const cl::CommandQueue& queue_;
    [[no_unique_address]] Events events_;
    Function function_;
    std::array<Guarded*, ticket_count> pinned_{};
    std::array<bool, ticket_count> was_held_{};
    std::size_t kept_ = 0;  // inherited ones, of tickets that were not held before
};

/// A ticket or an event as a tuple of one, a set as one of each; of the other kind as one of none.
template <class T>
[[nodiscard]] auto only_ticket(juggle::ResourceAllocation<T, cl::Event>& ticket) noexcept {
    return std::tie(ticket);
}
template <class... Allocations>
[[nodiscard]] auto only_ticket(juggle::AllocationSet<Allocations...>& set) noexcept {
    return std::apply([](auto&... tickets) { return std::tie(tickets...); }, set);
}
[[nodiscard]] inline std::tuple<> only_ticket(const cl::Event&) noexcept { return {}; }
template <class Argument>
[[nodiscard]] auto only_event(Argument& argument) {
    if constexpr (PlainEvent<Argument>) {
        return std::tuple<cl::Event>{argument};
    } else {
        return std::tuple<>{};
    }
}

template <class Function, class... Tickets, class... Events>
[[nodiscard]] auto make_enqueue(const cl::CommandQueue& queue, Function&& function,
                                std::tuple<Tickets...> tickets, std::tuple<Events...> events) {
    return EnqueueAwaiter<sizeof...(Events), Function, Tickets...>{
        queue, tickets,
        std::apply(
            [](auto&... event) { return std::array<cl::Event, sizeof...(Events)>{event...}; },
            events),
        std::forward<Function>(function)};
}

template <class All, std::size_t... index>
[[nodiscard]] auto make_enqueue(const cl::CommandQueue& queue, const All& all,
                                std::index_sequence<index...>) {
    using Function = std::tuple_element_t<sizeof...(index), All>;
    static_assert(std::invocable<Function, Commands&>,
                  "enqueue(queue, tickets..., function): the last argument is no function of "
                  "juggle::opencl::Commands&");
    if constexpr (std::invocable<Function, Commands&>) {
        using Result = std::invoke_result_t<Function, Commands&>;
        static_assert(
            std::same_as<Result, void> || std::same_as<Result, cl_int>,
            "enqueue(queue, tickets..., function): the function gives something else than "
            "nothing or a cl_int; it must not be a coroutine");
    }
    static_assert(((Ticket<std::tuple_element_t<index, All>> ||
                    PlainEvent<std::tuple_element_t<index, All>>) &&
                   ...),
                  "enqueue(queue, tickets..., function): an argument is neither a ticket, a "
                  "juggle::opencl::ResourceAllocation or a set of them that is an lvalue, nor a "
                  "cl::Event");
    return make_enqueue(queue, std::forward<Function>(std::get<sizeof...(index)>(all)),
                        std::tuple_cat(only_ticket(std::get<index>(all))...),
                        std::tuple_cat(only_event(std::get<index>(all))...));
}

}  // namespace juggle::opencl::detail
