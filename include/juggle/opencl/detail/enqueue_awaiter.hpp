#pragma once

#include <juggle/bridge/service.hpp>
#include <juggle/bridge/turns_arguments.hpp>
#include <juggle/bridge/turns_awaiter.hpp>
#include <juggle/executor.hpp>
#include <juggle/opencl/commands.hpp>
#include <juggle/opencl/detail/calls.hpp>
#include <juggle/opencl/detail/command_recorder.hpp>
#include <juggle/opencl/detail/command_store.hpp>
#include <juggle/opencl/error.hpp>
#include <juggle/opencl/event_traits.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

template <class Argument>
concept Ticket = bridge::TicketFor<Argument, cl::Event>;

template <class Argument>
concept PlainEvent = bridge::PlainEventFor<Argument, cl::Event>;

/// `co_await enqueue(...)`.
template <std::size_t event_count, class Function, class... Tickets>
class EnqueueAwaiter final : public bridge::TurnsAwaiter<cl::Event, Tickets...> {
    using Base = bridge::TurnsAwaiter<cl::Event, Tickets...>;

public:
    using Events = std::array<cl::Event, event_count>;

    EnqueueAwaiter(const cl::CommandQueue& queue, std::tuple<Tickets...> tickets, Events events,
                   Function&& function)
        : Base{"enqueue", tickets}, queue_{queue}, events_{std::move(events)},
          function_{std::forward<Function>(function)} {}

    /// The last command's event.
    cl::Event await_resume() {
        cl::Event last = run();
        if (last() != nullptr) {
            flush(queue_());
        }
        return last;
    }

private:
    /// While the function runs. What has been enqueued is the tickets' at its end.
    struct Turn : Base::Turn {
        explicit Turn(EnqueueAwaiter& awaiter)
            : Base::Turn{awaiter}, executor{*Executor::current()},
              store{bridge::service<CommandStore>(executor)},
              commands{store, this, &Turn::make_room} {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() {
            if (this->holds()) {
                for (const auto& done : store.done()) {
                    if (done->event() != nullptr) {
                        track(*done);
                    }
                }
                if (store.last()() != nullptr &&
                    (commands.wait_lists_ != 0 || store.waits.empty())) {
                    this->set_respected();
                }
            }
            store.clear();
        }

        void track(const CommandStore::Done& done) noexcept {
            if (!done.name.empty() || !done.lane.empty()) [[unlikely]] {  // for an observer
                record_command(*executor.observer(), done.event(), done.name, done.lane);
            }
            Base::Turn::track(done.event);
        }

        static void make_room(void* turn, std::size_t events) {
            static_cast<Turn*>(turn)->reserve(events);
        }

        Executor& executor;
        CommandStore& store;
        Commands commands;
    };

    [[nodiscard]] cl::Event run() {
        Turn turn{*this};
        gather(turn);
        turn.hold();
        if constexpr (std::same_as<std::invoke_result_t<Function&, Commands&>, cl_int>) {
            check_use(turn, function_(turn.commands));
        } else {
            function_(turn.commands);
            check_use(turn, CL_SUCCESS);
        }
        return turn.store.last();
    }

    /// What the commands must wait for. Throws if one of it has failed, unless that is what the
    /// holder has taken over already.
    void gather(Turn& turn) {
        turn.gather(
            turn.store.waits, events_,
            [](const cl::Event& one, const cl::Event& other) { return one() == other(); },
            [](const cl::Event& event, bool dealt_with) {
                return prepare_wait(event(), dealt_with);
            });
    }

    static void check_use(const Turn& turn, cl_int status) {
        if (status != CL_SUCCESS) {
            throw Error{status, "enqueue: what the function returned"};
        }
        const CommandStore& store = turn.store;
        const std::size_t events = store.done().size();
        const std::size_t wait_lists = turn.commands.wait_lists_;
        if (wait_lists > events) [[unlikely]] {
            throw_misused_commands("took a wait list for which there is no event");
        }
        if (wait_lists == 0 && events != 0 && !store.waits.empty()) [[unlikely]] {
            throw_misused_commands("took an event, but not the wait list");
        }
        for (std::size_t index = 0; index < events; ++index) {
            if (store.done()[index]->event() == nullptr) [[unlikely]] {
                throw_refused_command(index);
            }
        }
        const std::string released = turn.released();
        if (!released.empty()) [[unlikely]] {
            throw_misused_commands("released or moved its ticket of resource " + released);
        }
    }

    const cl::CommandQueue& queue_;
    [[no_unique_address]] Events events_;
    Function function_;
};

template <class All, std::size_t... index>
[[nodiscard]] auto make_enqueue(const cl::CommandQueue& queue, const All& all,
                                std::index_sequence<index...>) {
    using Function = bridge::detail::KeptFunction<std::tuple_element_t<sizeof...(index), All>>;
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
    return bridge::sort_arguments<cl::Event>(
        [&queue]<class... Tickets, std::size_t event_count>(
            std::tuple<Tickets...> tickets, std::array<cl::Event, event_count> events,
            Function&& function) {
            return EnqueueAwaiter<event_count, Function, Tickets...>{
                queue, tickets, std::move(events), std::forward<Function>(function)};
        },
        all);
}

}  // namespace juggle::opencl::detail
