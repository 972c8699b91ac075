#pragma once

#include <juggle/detail/resource/resource_state.hpp>
#include <juggle/detail/resource/turn_awaiters.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/no_event.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <optional>
#include <source_location>
#include <span>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

namespace detail {
struct SetAccess;
}

/// A ticket for the value of a `Resource`: the right to use it when the turn has come.
///
/// From `Resource::acquire` it is exclusive. From `acquire_shared` it is a
/// `ResourceAllocation<const T, Event>`, and those next to each other in the queue hold the value
/// together.
///
/// First *waiting*; *granted* when the one before has released it; *held* once one of the
/// `wait...()` functions has completed; *released* by `ready` or `fail`. The order is that of
/// `Resource::acquire`, whatever the order of waiting.
///
/// An allocation that goes out of scope before it was held passes its turn on, with the events
/// that were left to it. One that goes out of scope while it is held was forgotten: if an
/// exception did it (`Cancelled` too, or one that has ended the last `run` on the thread) the
/// resource is poisoned (`ResourcePoisoned`), otherwise the executor reports that it "was not made
/// ready"; either way the next one inherits the tracked events and those that this one had to
/// respect.
///
/// All awaits resume on the awaiting task's executor and throw
///  - `ResourcePoisoned` if a holder before failed,
///  - `Cancelled` if the task is asked to stop while it waits for its turn or for events,
///  - `std::logic_error` if the allocation was released already, is empty (moved from), or is
///    awaited by another task;
/// each leaves the ticket in its place, so it can be awaited again, or be dropped. An allocation
/// that another task awaits must not be dropped: that await, too, throws `std::logic_error`, or a
/// library with checks aborts if it was reading the events.
///
/// Those who hold the value together all respect the same events, and the next one, whose turn
/// comes when the last of them has released it, inherits what all of them have left.
///
/// Several waits may be made on one allocation. Move-only; moving keeps the place in the queue.
template <class T, DeviceEvent Event = NoEvent>
class [[nodiscard("dropping an allocation passes its turn on")]] ResourceAllocation
    : private detail::Ticket {
    static constexpr bool is_shared = std::is_const_v<T>;

public:
    using value_type = T;
    using event_type = Event;

    /// Not an allocation of anything.
    ResourceAllocation() = default;
    ResourceAllocation(ResourceAllocation&& other) noexcept = default;
    ResourceAllocation& operator=(ResourceAllocation&& other) noexcept {
        if (this != &other) {
            drop();
            take_place_of(other);
        }
        return *this;
    }
    ~ResourceAllocation() { drop(); }

    /// `co_await`: waits for the turn. Gives the device events that the holder must still respect,
    /// as a span that is valid until the release; nothing was made to wait for them.
    [[nodiscard]] detail::WaitFor<detail::TurnAwaiter<T, Event>> wait() {
        check_waitable("wait");
        return detail::WaitFor<detail::TurnAwaiter<T, Event>>{*this};
    }

    /// `co_await`: waits for the turn and, on the host, for the events that the holder must
    /// respect. Gives the value. Throws what the event's kind throws if one has failed.
    [[nodiscard]] detail::WaitFor<detail::HostAwaiter<T, Event>> wait_events() {
        check_waitable("wait_events");
        return detail::WaitFor<detail::HostAwaiter<T, Event>>{*this};
    }

    /// `co_await`: waits for the turn, and tells `queue` to wait, on the device, for the events
    /// that the holder must respect. Gives the value, for use by commands of that queue. Throws
    /// what the event's kind throws if one has failed; nothing is enqueued then.
    template <DeviceQueueFor<Event> Queue>
    [[nodiscard]] detail::DeviceAwaiter<T, Event, Queue> wait_device(Queue& queue) {
        check_waitable("wait_device");
        return detail::DeviceAwaiter<T, Event, Queue>{*this, queue};
    }

    /// The same as `wait()` if it is this one's turn already, else nothing. Never suspends; throws
    /// `ResourcePoisoned` and `std::logic_error` like the awaits.
    [[nodiscard]] std::optional<std::span<const Event>> try_wait() {
        check_waitable("try_wait");
        if (state() == detail::TicketState::waiting) {
            return std::nullopt;
        }
        return take_turn();
    }

    /// `co_await allocation`, an rvalue: `wait_events()`, then gives the allocation itself.
    [[nodiscard]] detail::AcquireAwaiter<T, Event> operator co_await() && {
        check_waitable("co_await");
        return detail::AcquireAwaiter<T, Event>{std::move(*this)};
    }

    /// The value. `std::logic_error` unless held.
    [[nodiscard]] T& value() const {
        check_held("value");
        return resource().value;
    }
    [[nodiscard]] T& operator*() const { return value(); }
    [[nodiscard]] T* operator->() const { return &value(); }

    /// This event, too, guards the value: the next holder inherits it, however this one ends. Track
    /// a command that touches the value before awaiting it: a stop request may end that await.
    /// `std::logic_error` unless held, `std::invalid_argument` if the event is null; nothing has
    /// changed then.
    void track(Event event) {
        check_held("track");
        check_event("track", event);
        if constexpr (is_shared) {
            resource().reserve_in_group(1);
        }
        resource().track(std::move(event));
    }

    /// The events that have been tracked by this holder, whom nobody shares the value with; a view
    /// that is valid until the next one is, or the release. `std::logic_error` unless held.
    [[nodiscard]] std::span<const Event> tracked() const
        requires(!is_shared)
    {
        check_held("tracked");
        return resource().tracked();
    }

    /// Releases the value. The next holder inherits the tracked events and these. Returns before
    /// the next holder runs. `std::logic_error` unless held, or if another task waits for its
    /// events; nothing has changed then, nor when memory runs out.
    template <std::convertible_to<const Event&>... Events>
    void ready(const Events&... events) {
        if constexpr (sizeof...(events) != 0) {
            check_releasable("ready");
            (check_event("ready", events), ...);
            reserve(sizeof...(events));
            (resource().track(events), ...);
            release();
        } else {
            release_if_releasable();
        }
    }
    void ready(std::span<const Event> events) {
        check_releasable("ready");
        for (const Event& event : events) {
            check_event("ready", event);
        }
        reserve(events.size());
        for (const Event& event : events) {
            resource().track(event);
        }
        release();
    }

    /// Releases the value as poisoned: the next waiters get `ResourcePoisoned` with this exception
    /// nested. Tracked events, and those this holder had to respect, are kept. `std::logic_error`
    /// unless held, or if another task waits for its events.
    void fail(std::exception_ptr cause) {
        check_releasable("fail");
        queue().check_thread("ResourceAllocation::fail");
        queue().poison(*this, std::move(cause));
        resource().template end_turn<kind>(*this, detail::GroupOutcome::unknown);
    }

    /// Whether the turn has come, so that `wait()` would not suspend.
    [[nodiscard]] bool granted() const noexcept {
        return state() == detail::TicketState::granted || state() == detail::TicketState::held;
    }
    [[nodiscard]] bool held() const noexcept { return state() == detail::TicketState::held; }
    /// False when it has been released, moved from, or was never acquired.
    explicit operator bool() const noexcept { return in_queue(); }

private:
    template <class, DeviceEvent>
    friend class Resource;
    friend detail::TurnWait<T, Event>;
    template <class, DeviceEvent, class>
    friend class detail::HostWait;
    template <class, class>
    friend class detail::TurnAtOnce;
    friend detail::AcquireAwaiter<T, Event>;
    friend detail::SetAccess;
    template <class, DeviceEvent, class>
    friend class detail::DeviceAwaiter;

    using State = detail::ResourceState<std::remove_const_t<T>, Event>;
    static constexpr detail::TicketKind kind =
        is_shared ? detail::TicketKind::shared : detail::TicketKind::exclusive;

    ResourceAllocation(State& resource, std::source_location where) noexcept
        : Ticket{resource, kind, where} {}

    [[nodiscard]] State& resource() const noexcept { return static_cast<State&>(queue()); }

    /// As what it was given: one of several kinds (`OneOf`) is not made of it just to be asked.
    template <class Given>
    void check_event(const char* operation, const Given& event) const {
        using Kind = std::conditional_t<std::is_base_of_v<Event, Given>, Event, Given>;
        if constexpr (requires { EventTraits<Kind>::is_valid(event); }) {
            if (!EventTraits<Kind>::is_valid(event)) [[unlikely]] {
                throw_null_event(operation);
            }
        } else if constexpr (!DeviceEvent<Kind> && !std::same_as<Kind, Event>) {
            check_event<Event>(operation, event);
        }
    }

    void reserve(std::size_t events) {
        if constexpr (is_shared) {
            resource().reserve_in_group(events);
        } else {
            resource().reserve(events);
        }
    }

    void release() noexcept {
        queue().check_thread("ResourceAllocation::ready");
        resource().template end_turn<kind>(*this, detail::GroupOutcome::respected);
    }

    void release_if_releasable() {
        if constexpr (!is_shared) {
            if (held_alone()) [[likely]] {
                queue().check_thread("ResourceAllocation::ready");
                if (resource().end_turn_at_once(*this)) [[likely]] {
                    return;
                }
            }
        }
        release_with_waiters();
    }
    [[gnu::noinline]] void release_with_waiters() {
        check_releasable("ready");
        release();
    }

    /// Whether the value could be used at once, and is held now.
    [[nodiscard]] bool take_at_once() noexcept {
        return !queue().poisoned() && resource().nothing_inherited() && hold_at_once(kind);
    }

    /// The turn has come: throws if it was released since the await was made, or if the value
    /// cannot be trusted.
    void check_turn(const char* operation) const {
        check_waitable(operation);
        if (queue().poisoned()) [[unlikely]] {
            queue().throw_poisoned();
        }
    }
    [[nodiscard]] std::span<const Event> take_turn() {
        check_turn("wait");
        hold();
        return resource().inherited();
    }
    [[nodiscard]] std::span<const Event> take_turn_after_wait() {
        check_turn("wait");
        hold_after_wait();
        return resource().inherited();
    }
};

}  // namespace juggle
