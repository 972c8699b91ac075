#pragma once

#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/resource/turn_awaiters.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/no_event.hpp>
#include <juggle/resource_allocation.hpp>
#include <juggle/task.hpp>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

[[noreturn]] JUGGLE_EXPORT void throw_set_moved();

/// What sets do with the allocations that they are made of.
struct SetAccess {
    template <class SomeResource>
    [[nodiscard]] static TicketQueue& queue(const SomeResource& resource) noexcept {
        return resource.state();
    }
    template <class T, DeviceEvent Event>
    [[nodiscard]] static const Ticket* place(
        const ResourceAllocation<T, Event>& allocation) noexcept {
        return &allocation;
    }

    template <class T, DeviceEvent Event>
    static void check_waitable(const char* operation,
                               const ResourceAllocation<T, Event>& allocation) {
        allocation.check_waitable(operation);
    }
    template <class T, DeviceEvent Event>
    static void check_turn(const ResourceAllocation<T, Event>& allocation) {
        allocation.check_turn("wait");
    }

    template <class T, DeviceEvent Event>
    [[nodiscard]] static bool turn_has_come(
        const ResourceAllocation<T, Event>& allocation) noexcept {
        return allocation.state() != TicketState::waiting;
    }
    template <class T, DeviceEvent Event>
    [[nodiscard]] static bool needs_no_wait(
        const ResourceAllocation<T, Event>& allocation) noexcept {
        return !allocation || allocation.queue().poisoned() || allocation.resource().settled_well();
    }

    /// Whether the host has nothing to wait for, besides what the device deals with.
    template <class Device, class T, DeviceEvent Event>
    [[nodiscard]] static bool needs_no_wait_besides(
        const ResourceAllocation<T, Event>& allocation) noexcept {
        if constexpr (HasPartsFor<Event, Device>) {
            return !allocation || allocation.queue().poisoned() ||
                   HostPart<Event, Device>::settled_well(allocation.resource());
        }
        return true;
    }

    template <class T, DeviceEvent Event, class Queue>
    static void wait_on_device(const ResourceAllocation<T, Event>& allocation, Queue& queue) {
        if constexpr (!std::same_as<Event, NoEvent>) {
            const std::span<const Event> events = allocation.resource().inherited();
            if (!events.empty()) {
                EventTraits<Event>::wait_on_device(queue, events);
            }
        }
    }

    // What a bridge needs that enqueues a command for the tickets it has.

    /// None of others who share it.
    template <class T, DeviceEvent Event>
    [[nodiscard]] static std::span<const Event> tracked_alone(
        const ResourceAllocation<T, Event>& allocation) noexcept {
        if constexpr (std::is_const_v<T>) {
            return {};
        } else {
            return allocation.resource().tracked();
        }
    }
    template <class T, DeviceEvent Event>
    [[nodiscard]] static GuardedQueue<Event>& resource(
        const ResourceAllocation<T, Event>& allocation) noexcept {
        return allocation.resource();
    }

    template <class T, DeviceEvent Event>
    [[nodiscard]] static T& hold(ResourceAllocation<T, Event>& allocation) noexcept {
        allocation.hold_after_wait();
        return allocation.resource().value;
    }
    template <class T, DeviceEvent Event>
    static void expect_hold(ResourceAllocation<T, Event>& allocation) noexcept {
        allocation.expect_hold();
    }
    template <class T, DeviceEvent Event>
    static void take_over(ResourceAllocation<T, Event>& allocation) noexcept {
        allocation.take_over();
    }
};

/// Waits for the turn of one of a set, by `Wait`, and does not hold it.
template <class T, DeviceEvent Event, class Wait>
class MemberAwaiter final : public Wait {
public:
    explicit MemberAwaiter(ResourceAllocation<T, Event>& allocation) noexcept
        : Wait{allocation}, place_{SetAccess::place(allocation)} {}

    void await_resume() {
        this->end_wait();
        if (SetAccess::place(this->allocation()) != place_) [[unlikely]] {
            throw_set_moved();
        }
        // Its events have not been waited for if it is poisoned: that may be over by the end.
        SetAccess::check_turn(this->allocation());
    }

private:
    const Ticket* place_;
};

/// Waits for all of a set, one after the other, and holds none of them meanwhile: if that ends
/// early nobody has touched a value. They are taken all at once when the last has come.
template <class... Allocations>
class SetAwaiter : public Awaiter {
protected:
    using Set = std::tuple<Allocations...>;

    explicit SetAwaiter(Set& set) noexcept : set_{set} {}
    ~SetAwaiter() = default;

    [[nodiscard]] bool turns_have_come() const noexcept {
        return all_of([](const auto& allocation) { return SetAccess::turn_has_come(allocation); });
    }
    [[nodiscard]] bool events_are_over() const noexcept {
        return all_of([](const auto& allocation) { return SetAccess::needs_no_wait(allocation); });
    }

    /// False: everything has come already.
    [[nodiscard]] bool begin_wait(PromiseBase& coroutine, Task<> waits) {
        coroutine_ = &coroutine;
        waits_.emplace(std::move(waits));
        return !waits_->begin_below(coroutine);
    }
    /// For their turns, and for the events that the device does not deal with.
    template <class Device>
    [[nodiscard]] Task<> wait_for_turns_before() {
        return std::apply(&SetAwaiter::wait_for_each_turn_before<Device>, set_);
    }
    template <class Device>
    [[nodiscard]] bool may_use_device() const noexcept {
        return turns_have_come() && all_of([](const auto& allocation) {
                   return SetAccess::needs_no_wait_besides<Device>(allocation);
               });
    }
    [[nodiscard]] Task<> wait_for_events() {
        return std::apply(&SetAwaiter::wait_for_the_events_of_each, set_);
    }

    /// Throws if the wait ended early, if a value cannot be trusted, or if a race was lost.
    void end_wait() {
        if (waits_) {
            const Cleared cleared{waits_};  // it may be awaited again
            waits_->take();
        }
        for_each([](const auto& allocation) { SetAccess::check_turn(allocation); });
        PromiseBase* const coroutine = std::exchange(coroutine_, nullptr);
        if (coroutine != nullptr && !coroutine->task().try_commit()) [[unlikely]] {
            (void)coroutine->task().take_stop();
            throw Cancelled{};
        }
    }

    template <class Function>
    void for_each(Function function) {
        std::apply([&function](auto&... allocations) { (function(allocations), ...); }, set_);
    }

    /// References to the values.
    [[nodiscard]] auto hold_all() noexcept {
        for_each([](auto& allocation) { SetAccess::expect_hold(allocation); });
        return std::apply(
            [](auto&... allocations) { return std::tie(SetAccess::hold(allocations)...); }, set_);
    }

private:
    template <class Predicate>
    [[nodiscard]] bool all_of(Predicate predicate) const noexcept {
        return std::apply(
            [&predicate](const auto&... allocations) { return (predicate(allocations) && ...); },
            set_);
    }

    template <class T, DeviceEvent Event>
    using MemberTurn = MemberAwaiter<T, Event, TurnWait<T, Event>>;
    template <class T, DeviceEvent Event>
    using MemberEvents = MemberAwaiter<T, Event, HostWait<T, Event>>;

    template <class T, DeviceEvent Event>
    [[nodiscard]] static MemberTurn<T, Event> turn_of(ResourceAllocation<T, Event>& allocation) {
        return MemberTurn<T, Event>{allocation};
    }
    template <class T, DeviceEvent Event>
    [[nodiscard]] static MemberEvents<T, Event> events_of(
        ResourceAllocation<T, Event>& allocation) {
        return MemberEvents<T, Event>{allocation};
    }

    template <class Device, class T, DeviceEvent Event>
    [[nodiscard]] static auto turn_before(ResourceAllocation<T, Event>& allocation) {
        if constexpr (HasPartsFor<Event, Device>) {
            return MemberAwaiter<T, Event, HostWait<T, Event, HostPart<Event, Device>>>{allocation};
        } else {
            return turn_of(allocation);
        }
    }

    template <class Device>
    static Task<> wait_for_each_turn_before(Allocations&... allocations) {
        (co_await turn_before<Device>(allocations), ...);
    }
    static Task<> wait_for_the_events_of_each(Allocations&... allocations) {
        (co_await events_of(allocations), ...);
    }

    struct Cleared {
        std::optional<Child<void>>& child;
        ~Cleared() { child.reset(); }
    };

    Set& set_;
    PromiseBase* coroutine_ = nullptr;
    std::optional<Child<void>> waits_;
};

/// `wait_events()` of a set.
template <class... Allocations>
class SetHostAwaiter : public SetAwaiter<Allocations...> {
public:
    explicit SetHostAwaiter(std::tuple<Allocations...>& set) noexcept
        : SetAwaiter<Allocations...>{set} {}

    [[nodiscard]] bool await_ready() const noexcept {
        return this->turns_have_come() && this->events_are_over();
    }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->begin_wait(coroutine.promise(), this->wait_for_events());
    }
    auto await_resume() {
        this->end_wait();
        return this->hold_all();
    }
};

/// `wait_device(queue)` of a set.
template <class Queue, class... Allocations>
class SetDeviceAwaiter final : public SetAwaiter<Allocations...> {
public:
    SetDeviceAwaiter(std::tuple<Allocations...>& set, Queue& queue) noexcept
        : SetAwaiter<Allocations...>{set}, queue_{queue} {}

    [[nodiscard]] bool await_ready() const noexcept {
        return this->template may_use_device<QueueDevice<Queue>>();
    }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->begin_wait(coroutine.promise(),
                                this->template wait_for_turns_before<QueueDevice<Queue>>());
    }
    auto await_resume() {
        this->end_wait();
        this->for_each(
            [this](const auto& allocation) { SetAccess::wait_on_device(allocation, queue_); });
        return this->hold_all();
    }

private:
    Queue& queue_;
};

/// `co_await acquire_all(...)`.
template <class... Allocations>
class SetAcquireAwaiter final : private BaseFromMember<std::tuple<Allocations...>>,
                                public SetHostAwaiter<Allocations...> {
public:
    explicit SetAcquireAwaiter(std::tuple<Allocations...>&& set) noexcept
        : BaseFromMember<std::tuple<Allocations...>>{std::move(set)},
          SetHostAwaiter<Allocations...>{this->kept} {}

    std::tuple<Allocations...> await_resume() {
        this->end_wait();
        (void)this->hold_all();
        std::tuple<Allocations...> held = std::move(this->kept);
        std::apply([](auto&... allocations) { (SetAccess::take_over(allocations), ...); }, held);
        return held;
    }
};

}  // namespace juggle::detail
