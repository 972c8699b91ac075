#pragma once

#include <juggle/allocation_set.hpp>
#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/resource/set_awaiters.hpp>
#include <juggle/opencl/commands.hpp>
#include <juggle/opencl/detail/calls.hpp>
#include <juggle/opencl/detail/command_recorder.hpp>
#include <juggle/opencl/detail/command_store.hpp>
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

template <class Argument>
inline constexpr bool is_ticket = false;
template <class T>
inline constexpr bool is_ticket<juggle::ResourceAllocation<T, cl::Event>&> = true;
template <class... Allocations>
inline constexpr bool is_ticket<juggle::AllocationSet<Allocations...>&> =
    (is_ticket<Allocations&> && ...);

template <class Argument>
concept Ticket = is_ticket<Argument>;

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
        this->for_each([](const auto& ticket) { Access::check_waitable("enqueue", ticket); });
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
    [[nodiscard]] cl::Event run() {
        Turn turn{*this};
        gather(turn.store.waits);
        make_room();
        (void)this->hold_all();
        function_(turn.commands);
        turn.check_use();
        return turn.last();
    }

    /// While the function runs. What has been enqueued is the tickets' at its end.
    struct Turn {
        explicit Turn(EnqueueAwaiter& self)
            : awaiter{self}, store{juggle::detail::current_loop->service<CommandStore>()},
              commands{store, &self, &EnqueueAwaiter::reserve} {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() {
            bool any = false;
            for (const CommandStore::Done& done : store.done) {
                if (done.event() != nullptr) {
                    awaiter.track(done);
                    any = true;
                }
            }
            if (!any) {
                awaiter.keep_inherited();
            }
            store.clear();
        }

        void check_use() const {
            if (commands.has_given_wait_list_ && store.done.empty()) [[unlikely]] {
                throw_misused_commands("the function took a wait list, but no event");
            }
            if (!commands.has_given_wait_list_ && !store.done.empty() && !store.waits.empty())
                [[unlikely]] {
                throw_misused_commands("the function took an event, but not the wait list");
            }
            for (const CommandStore::Done& done : store.done) {
                if (done.event() == nullptr) [[unlikely]] {
                    throw_misused_commands(
                        "a command left no event where it was told to: it was "
                        "refused, or never enqueued");
                }
            }
            awaiter.for_each([](const auto& ticket) {
                if (!ticket.held()) [[unlikely]] {
                    throw_misused_commands("the function released a ticket");
                }
            });
        }
        [[nodiscard]] cl::Event last() const noexcept {
            return store.done.empty() ? cl::Event{} : store.done.back().event;
        }

        EnqueueAwaiter& awaiter;
        CommandStore& store;
        Commands commands;
    };

    /// What the commands must wait for. Throws if one of it has failed.
    void gather(std::vector<cl::Event>& waits) {
        const auto add = [&waits](std::span<const cl::Event> events) {
            for (const cl::Event& event : events) {
                // Of several tickets it may be the same.
                if (std::ranges::none_of(
                        waits, [&](const cl::Event& known) { return known() == event(); })) {
                    prepare_wait(event());
                    waits.push_back(event);
                }
            }
        };
        this->for_each([&add](const auto& ticket) {
            add(Access::inherited(ticket));
            add(Access::tracked_alone(ticket));
        });
        add(events_);
    }

    /// So that `keep_inherited` cannot fail.
    void make_room() {
        std::size_t index = 0;
        this->for_each([this, &index](auto& ticket) {
            kept_[index] = ticket.held() ? 0 : Access::inherited(ticket).size();
            Access::reserve(ticket, kept_[index]);
            ++index;
        });
    }
    /// Nothing was enqueued that respects it: it is left to the next holders.
    void keep_inherited() noexcept {
        std::size_t index = 0;
        this->for_each([this, &index](auto& ticket) {
            if (ticket.held() && std::exchange(kept_[index], 0) != 0) {
                for (const cl::Event& event : Access::inherited(ticket)) {
                    Access::track(ticket, event);
                }
            }
            ++index;
        });
    }

    static void reserve(void* awaiter, std::size_t events) {
        auto& self = *static_cast<EnqueueAwaiter*>(awaiter);
        self.for_each([events](auto& ticket) { Access::reserve(ticket, events); });
    }

    void track(const CommandStore::Done& done) noexcept {
        if (!done.name.empty() || !done.lane.empty()) [[unlikely]] {  // there is an observer
            record_command(*juggle::detail::current_observer, done.event(), done.name, done.lane);
        }
        this->for_each([&done](auto& ticket) {
            if (ticket.held()) {
                Access::track(ticket, done.event);
            }
        });
    }

    const cl::CommandQueue& queue_;
    [[no_unique_address]] Events events_;
    Function function_;
    std::array<std::size_t, sizeof...(Tickets)>
        kept_{};  // inherited ones, of those not held before
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
    static_assert(((Ticket<std::tuple_element_t<index, All>> ||
                    PlainEvent<std::tuple_element_t<index, All>>) &&
                   ...),
                  "enqueue(queue, tickets..., function): an argument is neither a ticket, a "
                  "juggle::opencl::ResourceAllocation that is an lvalue, nor a cl::Event");
    return make_enqueue(queue, std::forward<Function>(std::get<sizeof...(index)>(all)),
                        std::tuple_cat(only_ticket(std::get<index>(all))...),
                        std::tuple_cat(only_event(std::get<index>(all))...));
}

}  // namespace juggle::opencl::detail
