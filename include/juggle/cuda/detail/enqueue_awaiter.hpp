#pragma once

#include <juggle/bridge/service.hpp>
#include <juggle/bridge/turns_arguments.hpp>
#include <juggle/bridge/turns_awaiter.hpp>
#include <juggle/cuda/detail/submission.hpp>
#include <juggle/cuda/detail/wait_store.hpp>
#include <juggle/cuda/event_traits.hpp>
#include <juggle/executor.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <cuda.h>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

template <class Argument>
concept Ticket = bridge::TicketFor<Argument, Event>;

template <class Argument>
concept PlainEvent = bridge::PlainEventFor<Argument, Event>;

template <class Function>
concept Enqueues = std::invocable<Function, CUstream> || std::invocable<Function>;

/// Calls it with the stream, or with nothing if it takes none.
template <Enqueues Function>
decltype(auto) call_with(CUstream stream, Function& function) {
    if constexpr (std::invocable<Function&, CUstream>) {
        return std::invoke(function, stream);
    } else {
        return std::invoke(function);
    }
}

/// `co_await enqueue(...)`.
template <std::size_t event_count, class Function, class... Tickets>
class EnqueueAwaiter final : public bridge::TurnsAwaiter<Event, Tickets...> {
    using Base = bridge::TurnsAwaiter<Event, Tickets...>;
    using Turn = typename Base::Turn;
    using Result = decltype(call_with(CUstream{}, std::declval<Function&>()));

public:
    using Events = std::array<Event, event_count>;

    EnqueueAwaiter(CUstream stream, std::tuple<Tickets...> tickets, Events events,
                   Function&& function)
        : Base{"enqueue", tickets}, stream_{stream}, context_{context_for_enqueue(stream)},
          events_{std::move(events)}, function_{std::forward<Function>(function)} {}

    Event await_resume() {
        Turn turn{*this};
        Executor& executor = *Executor::current();
        Waits waits{bridge::service<WaitStore>(executor).events};
        gather(turn, waits.events);
        Submission submission{stream_, context_, waits.events, executor.observer()};
        waits.events.clear();
        turn.hold(1);
        CUresult returned = CUDA_SUCCESS;
        try {
            returned = call(submission);
        } catch (...) {
            guard(turn, submission);
            throw;
        }
        guard(turn, submission);
        check_outcome(turn, submission, returned);
        return submission.event();
    }

private:
    struct Waits {
        explicit Waits(std::vector<Event>& memory) noexcept : events{memory} {}
        Waits(const Waits&) = delete;
        Waits& operator=(const Waits&) = delete;
        ~Waits() { events.clear(); }
        std::vector<Event>& events;
    };

    /// What the stream must wait for. Throws if one of it has failed, unless that is what the
    /// holder has taken over already.
    void gather(const Turn& turn, std::vector<Event>& waits) const {
        turn.gather(waits, events_, std::equal_to<>{}, [](const Event& event, bool dealt_with) {
            const CUresult code = event.code();
            if (code != CUDA_SUCCESS && code != CUDA_ERROR_NOT_READY && !dealt_with) {
                throw_failed_wait(event, code);
            }
            return code == CUDA_ERROR_NOT_READY;
        });
    }

    [[nodiscard]] CUresult call(const Submission& submission) {
        struct Call {
            EnqueueAwaiter& self;
            CUresult returned = CUDA_SUCCESS;
        };
        Call call{*this};
        submission.call(
            [](void* argument) {
                auto& [self, returned] = *static_cast<Call*>(argument);
                if constexpr (std::same_as<Result, CUresult>) {
                    returned = call_with(self.stream_, self.function_);
                } else {
                    call_with(self.stream_, self.function_);
                }
            },
            &call);
        return call.returned;
    }

    static void guard(Turn& turn, Submission& submission) noexcept {
        submission.record();
        turn.track(submission.event());
        turn.set_respected();
    }

    static void check_outcome(const Turn& turn, const Submission& submission, CUresult returned) {
        submission.check_recorded();
        if (returned != CUDA_SUCCESS) [[unlikely]] {
            throw_returned(returned);
        }
        const std::string released = turn.released();
        if (!released.empty()) [[unlikely]] {
            throw_released(released);
        }
    }

    CUstream stream_;
    CUcontext context_;
    [[no_unique_address]] Events events_;
    Function function_;
};

template <class All, std::size_t... index>
[[nodiscard]] auto make_enqueue(CUstream stream, const All& all, std::index_sequence<index...>) {
    using Function = bridge::detail::KeptFunction<std::tuple_element_t<sizeof...(index), All>>;
    static_assert(Enqueues<Function>,
                  "enqueue(stream, tickets..., function): the last argument is no function that "
                  "takes nothing, or the stream");
    if constexpr (Enqueues<Function>) {
        using Result = decltype(call_with(stream, std::declval<Function&>()));
        static_assert(std::same_as<Result, void> || std::same_as<Result, CUresult>,
                      "enqueue(stream, tickets..., function): the function gives something else "
                      "than nothing or a CUresult; it must not be a coroutine");
    }
    static_assert(((Ticket<std::tuple_element_t<index, All>> ||
                    PlainEvent<std::tuple_element_t<index, All>>) &&
                   ...),
                  "enqueue(stream, tickets..., function): an argument is neither a ticket, a "
                  "juggle::cuda::ResourceAllocation or a set of them that is an lvalue, nor a "
                  "juggle::cuda::Event");
    return bridge::sort_arguments<Event>(
        [stream]<class... Tickets, std::size_t event_count>(std::tuple<Tickets...> tickets,
                                                            std::array<Event, event_count> events,
                                                            Function&& function) {
            return EnqueueAwaiter<event_count, Function, Tickets...>{
                stream, tickets, std::move(events), std::forward<Function>(function)};
        },
        all);
}

}  // namespace juggle::cuda::detail
