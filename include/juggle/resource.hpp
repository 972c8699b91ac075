#pragma once

#include <juggle/resource_allocation.hpp>
#include <juggle/resource_poisoned.hpp>
#include <juggle/task.hpp>

#include <concepts>
#include <exception>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace juggle::inline JUGGLE_ABI {

/// A value that tasks use one after the other, in the order in which they asked, and that device
/// commands may still be using when the host has done with it.
///
/// ```
/// juggle::Resource<std::vector<float>, cl::Event> buffer{std::vector<float>(1024)};
///
/// juggle::ResourceAllocation ticket = buffer.acquire();  // takes the next place in the queue
/// std::vector<float>& floats = co_await ticket.wait_events();
/// ... enqueue a command that reads floats ...
/// ticket.ready(event_of_that_command);                   // the next one waits for it
/// ```
///
/// Tasks that only look at the value take shared tickets, `acquire_shared()`: neighbours in the
/// queue hold it together. Without device events (`Event` left out) it is a fair mutex, with
/// readers, around a value; `Resource<void>` is one around none. Not for use from several threads,
/// and not for a value that never changes and that no command outlives: that needs no guard.
///
/// The value lives until the resource and its last allocation are gone; whichever is destroyed last
/// waits on the host until the last events have settled, so no memory is freed under a running
/// command. (It is never freed if the driver refuses to say.) Move-only; moving keeps the
/// allocations, and leaves a resource that must not be used.
///
/// `T` must not be const. Acquiring, waiting (for nothing) and releasing costs a few nanoseconds
/// and allocates nothing, however many wait.
///
/// After katsdpsigproc's `resource.Resource`.
template <class T, DeviceEvent Event = NoEvent>
class Resource {
    static_assert(!std::is_const_v<T>, "a resource for looking only is one with acquire_shared()");

public:
    using value_type = T;
    using event_type = Event;
    using Allocation = ResourceAllocation<T, Event>;
    using SharedAllocation = ResourceAllocation<const T, Event>;

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

    /// Takes the next place in the queue, now. Never waits, never fails.
    ///
    /// `co_await resource.acquire()` also waits for the turn and, on the host, for the events
    /// (`ResourceAllocation::wait_events`), and gives the allocation, held.
    [[nodiscard]] Allocation acquire(
        std::source_location where = std::source_location::current()) noexcept {
        return Allocation{state(), where};
    }

    /// The same for a holder that only looks at the value. Shared tickets that are next to each
    /// other in the queue have their turn together, and hold the value together; one that is taken
    /// when they are the last in the queue joins them. An exclusive ticket waits for all before it
    /// and inherits all their events, and those behind it wait for it: nobody can be starved.
    [[nodiscard]] SharedAllocation acquire_shared(
        std::source_location where = std::source_location::current()) noexcept {
        return SharedAllocation{state(), where};
    }

    /// An allocation that is held already, if that needs no waiting, neither for the turn nor for
    /// an event; else nothing. Throws `ResourcePoisoned`.
    [[nodiscard]] std::optional<Allocation> try_acquire(
        std::source_location where = std::source_location::current()) {
        state().check_thread("Resource::try_acquire");
        return try_take<Allocation>(detail::TicketKind::exclusive, where);
    }
    [[nodiscard]] std::optional<SharedAllocation> try_acquire_shared(
        std::source_location where = std::source_location::current()) {
        state().check_thread("Resource::try_acquire_shared");
        return try_take<SharedAllocation>(detail::TicketKind::shared, where);
    }

    /// A task that calls `callable(value)` holding the resource, with no event pending on the host,
    /// and gives what it returns; `callable` may be a coroutine that returns a `Task`. The place in
    /// the queue is taken by this call, not when the task starts. If `callable` throws (`Cancelled`
    /// too), the resource is poisoned with that exception nested, and the task ends with it.
    ///
    /// A lambda that stands in the `co_await` itself captures by reference: GCC 12 destroys what it
    /// captures by value twice (docs/compilers.md).
    template <std::invocable<T&> Callable>
    [[nodiscard]] auto use(Callable callable,
                           std::source_location where = std::source_location::current()) {
        return use_allocation(acquire(where), std::move(callable));
    }

    /// The value can be trusted again: waits no longer throw `ResourcePoisoned`, and events of
    /// commands that have failed no longer guard it (while somebody holds it: no longer for the
    /// next). Others still do.
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
    friend detail::SetAccess;
    using State = detail::ResourceState<T, Event>;

    template <class Taken>
    [[nodiscard]] std::optional<Taken> try_take(detail::TicketKind kind,
                                                std::source_location where) {
        State& resource = state();
        if (resource.poisoned()) [[unlikely]] {
            resource.throw_poisoned();
        }
        std::optional<Taken> taken;
        if (resource.turn_is_free(kind) && resource.settled_well()) {
            taken.emplace(Taken{resource, where});
            taken->hold();
        }
        return taken;
    }

    [[nodiscard]] State& state() const noexcept {
        if (detail::has_checks && state_ == nullptr) {
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

/// A resource without a value: a fair lock, with readers, and with the events of device commands if
/// there is an `Event`.
///
/// ```
/// juggle::Resource<void> lock{"console"};
/// auto mine = co_await lock.acquire();
/// mine.ready();
/// ```
template <DeviceEvent Event>
class Resource<void, Event> : public Resource<std::monostate, Event> {
    using Base = Resource<std::monostate, Event>;

public:
    using value_type = void;

    explicit Resource(std::source_location where = std::source_location::current())
        : Base{std::monostate{}, where} {}

    /// With a name, for messages.
    explicit Resource(std::string name,
                      std::source_location where = std::source_location::current())
        : Base{std::move(name), std::monostate{}, where} {}

    /// As that of a resource with a value, but `callable` has no argument.
    template <std::invocable<> Callable>
    [[nodiscard]] auto use(Callable callable,
                           std::source_location where = std::source_location::current()) {
        return Base::use(WithoutValue<Callable>{std::move(callable)}, where);
    }

private:
    template <class Callable>
    struct WithoutValue {
        decltype(auto) operator()(std::monostate&) { return callable(); }
        Callable callable;
    };
};

}  // namespace juggle
