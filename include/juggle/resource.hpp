#pragma once

#include <juggle/resource_allocation.hpp>
#include <juggle/resource_poisoned.hpp>
#include <juggle/task.hpp>

#include <concepts>
#include <exception>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace juggle {

/// A value that tasks use one after the other, in the order in which they asked, and that device
/// commands may still be using when the host has done with it.
///
/// ```
/// juggle::Resource<std::vector<float>, cl::Event> buffer{std::vector<float>(1024)};
///
/// juggle::ResourceAllocation ticket = buffer.acquire();  // takes the next place in the line
/// std::vector<float>& floats = co_await ticket.wait_events();
/// ... enqueue a command that reads floats ...
/// ticket.ready(event_of_that_command);                   // the next one waits for it
/// ```
///
/// Without device events (`Event` left out) it is a fair mutex around a value. Not for a value that
/// several tasks may look at together, and not for use from several threads.
///
/// The value lives until the resource and its last allocation are gone; whichever is destroyed last
/// waits on the host until the last events have settled, so no memory is freed under a running
/// command. Move-only; moving keeps the allocations, and leaves a resource that must not be used.
///
/// Acquiring, waiting (for nothing) and releasing costs a few nanoseconds and allocates nothing,
/// however many wait.
///
/// After katsdpsigproc's `resource.Resource`.
template <class T, DeviceEvent Event = NoEvent>
class Resource {
public:
    using value_type = T;
    using event_type = Event;
    using Allocation = ResourceAllocation<T, Event>;

    explicit Resource(T value, std::source_location where = std::source_location::current())
        : state_{new State{where, std::move(value)}} {}

    /// With a name, for messages.
    Resource(std::string name, T value,
             std::source_location where = std::source_location::current())
        : Resource{std::move(value), where} {
        state_->set_name(std::move(name));
    }

    Resource(Resource&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    Resource& operator=(Resource&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~Resource() {
        if (state_ != nullptr) {
            state_->release();
        }
    }

    /// Takes the next place in the line, now. Never waits, never fails.
    ///
    /// `co_await resource.acquire()` also waits for the turn and, on the host, for the events
    /// (`ResourceAllocation::wait_events`), and gives the allocation, held.
    [[nodiscard]] Allocation acquire(
        std::source_location where = std::source_location::current()) noexcept {
        return Allocation{state(), where};
    }

    /// A task that calls `callable(value)` holding the resource, with no event pending on the host,
    /// and gives what it returns; `callable` may be a coroutine that returns a `Task`. The place in
    /// the line is taken by this call, not when the task starts. If `callable` throws (`Cancelled`
    /// too), the resource is poisoned with that exception nested, and the task ends with it.
    ///
    /// GCC 12 destroys the captures of a lambda twice that is made within a `co_await` expression:
    /// give it a name first, or capture nothing that has a destructor.
    template <std::invocable<T&> Callable>
    [[nodiscard]] auto use(Callable callable,
                           std::source_location where = std::source_location::current()) {
        return use_allocation(acquire(where), std::move(callable));
    }

    /// The value can be trusted again: waits no longer throw `ResourcePoisoned`, and events of
    /// commands that have failed no longer guard it. Others still do.
    void clear_poison() noexcept {
        state().clear_poison();
        state().forget_failed_events();
    }
    [[nodiscard]] bool poisoned() const noexcept { return state().poisoned(); }

    /// True while nobody has a ticket.
    [[nodiscard]] bool idle() const noexcept { return state().idle(); }

    /// As given, in quotes, or where the resource was made.
    [[nodiscard]] std::string name() const { return state().name(); }

private:
    using State = detail::ResourceState<T, Event>;

    [[nodiscard]] State& state() const noexcept {
        if (detail::checks_threads && state_ == nullptr) {
            detail::misuse("juggle: a resource was used after it was moved from");
        }
        return *state_;
    }

    template <class Returned>
    struct Unwrapped {
        using type = Returned;
        static constexpr bool is_task = false;
    };
    template <class Value>
    struct Unwrapped<Task<Value>> {
        using type = Value;
        static constexpr bool is_task = true;
    };

    template <class Callable>
    static auto use_allocation(Allocation allocation, Callable callable)
        -> Task<typename Unwrapped<std::invoke_result_t<Callable&, T&>>::type>;

    State* state_;
};

template <class T, DeviceEvent Event>
template <class Callable>
auto Resource<T, Event>::use_allocation(Allocation allocation, Callable callable)
    -> Task<typename Unwrapped<std::invoke_result_t<Callable&, T&>>::type> {
    using Return = Unwrapped<std::invoke_result_t<Callable&, T&>>;
    T& value = co_await allocation.wait_events();
    try {
        if constexpr (Return::is_task) {
            if constexpr (std::is_void_v<typename Return::type>) {
                co_await callable(value);
                allocation.ready();
                co_return;
            } else {
                auto&& result = co_await callable(value);
                allocation.ready();
                co_return std::forward<decltype(result)>(result);
            }
        } else if constexpr (std::is_void_v<typename Return::type>) {
            callable(value);
            allocation.ready();
            co_return;
        } else {
            auto&& result = callable(value);
            allocation.ready();
            co_return std::forward<decltype(result)>(result);
        }
    } catch (...) {
        if (allocation.held()) {
            allocation.fail(std::current_exception());
        }
        throw;
    }
}

}  // namespace juggle
