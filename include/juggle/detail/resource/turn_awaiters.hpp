#pragma once

#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/resource/event_parts.hpp>
#include <juggle/detail/resource/resource_state.hpp>
#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/no_event.hpp>
#include <juggle/task.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace juggle {
template <class T, DeviceEvent Event>
class ResourceAllocation;
}

namespace juggle::detail {

/// Waits for the turn.
template <class T, DeviceEvent Event>
class TurnWait : public TurnWaiter {
public:
    static constexpr bool only_throws_when_cancelled = true;

    [[nodiscard]] bool await_ready() const noexcept {
        return ticket().state() != TicketState::waiting;
    }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return stand_in_line(coroutine.promise());
    }

    std::span<const Event> await_resume() {
        end_wait();
        if (waited()) {
            claim(coroutine().task());
        }
        return allocation().take_turn_after_wait();
    }

protected:
    explicit TurnWait(ResourceAllocation<T, Event>& allocation) noexcept : TurnWaiter{allocation} {}
    ~TurnWait() = default;

    /// When the coroutine goes on. Throws what ended the wait early.
    void end_wait() { arrive(); }

    [[nodiscard]] ResourceAllocation<T, Event>& allocation() const noexcept {
        return static_cast<ResourceAllocation<T, Event>&>(ticket());
    }
};

/// An await of an allocation that is over at once if it is its turn already and there is no event:
/// it takes it then. Otherwise `Wait` does all; it is not even made before.
template <class SomeAllocation, class Wait>
class AwaiterAtOnce : public Awaiter {
public:
    using Allocation = SomeAllocation;
    static constexpr bool only_throws_when_cancelled = true;

    [[nodiscard]] bool await_ready() noexcept {
        if (allocation_ != nullptr && allocation_->take_at_once()) [[likely]] {
            return true;
        }
        return false;
    }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return begin_wait() && wait_.await_suspend(coroutine);
    }

    /// Precondition: not over at once.
    [[nodiscard]] Wait& waiter() noexcept { return wait_; }

protected:
    explicit AwaiterAtOnce(Allocation& allocation) noexcept : allocation_{&allocation} {}
    ~AwaiterAtOnce() {
        if (allocation_ == nullptr) [[unlikely]] {
            std::destroy_at(&wait_);
        }
    }

    /// What it has taken at once; null: the waiter says.
    [[nodiscard]] Allocation* taken() const noexcept { return allocation_; }

    [[nodiscard]] static auto& value_of(Allocation& allocation) noexcept {
        return allocation.resource().value;
    }
    [[nodiscard]] static auto inherited_of(Allocation& allocation) noexcept {
        return allocation.resource().inherited();
    }

private:
    /// False: it need not suspend.
    [[gnu::noinline]] bool begin_wait() {
        if (allocation_ != nullptr) {  // it may be awaited again
            std::construct_at(&wait_, *std::exchange(allocation_, nullptr));
        }
        return !wait_.await_ready();
    }

    Allocation* allocation_;
    union {
        Wait wait_;
    };
};

/// To be awaited: the awaiter is made where that is done. GCC, which would keep a reference to one
/// that is made before, has less to do.
template <class SomeAwaiter>
class WaitFor {
public:
    explicit WaitFor(typename SomeAwaiter::Allocation& allocation) noexcept
        : allocation_{allocation} {}

    [[nodiscard]] SomeAwaiter operator co_await() const noexcept {
        return SomeAwaiter{allocation_};
    }

private:
    typename SomeAwaiter::Allocation& allocation_;
};

/// `wait()`.
template <class T, DeviceEvent Event>
class LongTurnWait final : public TurnWait<T, Event> {
public:
    explicit LongTurnWait(ResourceAllocation<T, Event>& allocation) noexcept
        : TurnWait<T, Event>{allocation} {}
};
template <class T, DeviceEvent Event>
class TurnAwaiter final
    : public AwaiterAtOnce<ResourceAllocation<T, Event>, LongTurnWait<T, Event>> {
public:
    explicit TurnAwaiter(ResourceAllocation<T, Event>& allocation) noexcept
        : AwaiterAtOnce<ResourceAllocation<T, Event>, LongTurnWait<T, Event>>{allocation} {}

    std::span<const Event> await_resume() {
        if (this->taken() == nullptr) [[unlikely]] {
            return this->waiter().await_resume();
        }
        return this->inherited_of(*this->taken());
    }
};

/// `wait_device(queue)`.
template <class T, DeviceEvent Event, class Queue>
class DeviceAwaiter final : public TurnWait<T, Event> {
public:
    DeviceAwaiter(ResourceAllocation<T, Event>& allocation, Queue& queue) noexcept
        : TurnWait<T, Event>{allocation}, queue_{queue} {}

    T& await_resume() {
        this->end_wait();
        if (this->waited()) {
            this->claim(this->coroutine().task());
        }
        ResourceAllocation<T, Event>& allocation = this->allocation();
        allocation.check_turn("wait_device");
        const std::span<const Event> events = allocation.resource().inherited();
        if (!events.empty()) {
            EventTraits<Event>::wait_on_device(queue_, events);
        }
        allocation.hold_after_wait();
        return allocation.resource().value;
    }

private:
    Queue& queue_;
};

/// First the turn, then the events, without going back to the coroutine between. `Part` says which
/// of them.
template <class T, DeviceEvent Event, class Part = WholePart<Event>>
class HostWait : public TurnWaiter, private PostNode {
public:
    static constexpr bool only_throws_when_cancelled = true;

    [[nodiscard]] bool await_ready() const noexcept {
        return ticket().state() != TicketState::waiting && needs_no_wait();
    }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        coroutine_ = &coroutine.promise();
        if (ticket().state() == TicketState::waiting) {
            return stand_in_line(*coroutine_);
        }
        return !events_are_over();
    }

    T& await_resume() {
        end_host_wait();
        (void)allocation().take_turn_after_wait();
        return allocation().resource().value;
    }

protected:
    explicit HostWait(ResourceAllocation<T, Event>& allocation) noexcept
        : TurnWaiter{allocation}, PostNode{&HostWait::after_turn} {}
    ~HostWait() = default;

    [[nodiscard]] ResourceAllocation<T, Event>& allocation() const noexcept {
        return static_cast<ResourceAllocation<T, Event>&>(ticket());
    }

    /// The same where there may have been none; it takes part in races.
    void end_host_wait() {
        if (coroutine_ != nullptr) {
            end_wait();
            claim(coroutine_->task());
        }
    }

    /// When the coroutine goes on. Throws what ended the wait early.
    void end_wait() {
        if (events_) {
            coroutine_->task().reading_events = nullptr;
        }
        arrive();
        if (not_begun_) [[unlikely]] {
            std::rethrow_exception(not_begun_);
        }
        if (events_) {
            events_->take();
        }
    }

private:
    void turn_has_come() noexcept final {
        coroutine_->task().waits_no_more();
        loop().schedule(*this);
    }

    static void after_turn(PostNode& node) noexcept {
        auto& self = static_cast<HostWait&>(node);
        self.coroutine_->task().has_its_turn();
        if (self.events_are_over()) {
            PromiseBase::resume(*self.coroutine_);
        }
    }

    /// The turn has come; either no event is pending or the await is going to throw.
    [[nodiscard]] bool needs_no_wait() const noexcept {
        return ticket().state() == TicketState::released || allocation().queue().poisoned() ||
               Part::settled_well(allocation().resource());
    }

    /// False: they are being waited for, and the coroutine resumes when they are over.
    [[nodiscard]] bool events_are_over() noexcept {
        if (!has_ticket() || needs_no_wait()) {
            return true;
        }
        try {
            begin_reading_events();
            events_.emplace(wait_for(allocation().resource().inherited()));
        } catch (...) {
            not_begun_ = std::current_exception();
            return true;
        }
        coroutine_->task().reading_events = this;
        return events_->begin_below(*coroutine_);
    }

    static Task<> wait_for(std::span<const Event> events) { co_await Part::wait(events); }

    PromiseBase* coroutine_ = nullptr;
    std::optional<Child<void>> events_;
    std::exception_ptr not_begun_;
};

/// Where no event can guard the value the turn is all.
template <class T, class Part>
class HostWait<T, NoEvent, Part> : public TurnWait<T, NoEvent> {
public:
    T& await_resume() {
        (void)TurnWait<T, NoEvent>::await_resume();
        return this->allocation().resource().value;
    }

protected:
    using TurnWait<T, NoEvent>::TurnWait;
    ~HostWait() = default;
};

/// `wait_device(queue)` where the queue can wait for some kinds of events only.
template <class T, DeviceEvent Event, class Queue>
    requires HasPartsFor<Event, QueueDevice<Queue>>
class DeviceAwaiter<T, Event, Queue> final
    : public HostWait<T, Event, HostPart<Event, QueueDevice<Queue>>> {
    using Base = HostWait<T, Event, HostPart<Event, QueueDevice<Queue>>>;

public:
    DeviceAwaiter(ResourceAllocation<T, Event>& allocation, Queue& queue) noexcept
        : Base{allocation}, queue_{queue} {}

    T& await_resume() {
        this->end_host_wait();
        ResourceAllocation<T, Event>& allocation = this->allocation();
        allocation.check_turn("wait_device");
        const std::span<const Event> events = allocation.resource().inherited();
        if (!events.empty()) {
            EventTraits<Event>::wait_on_device(queue_, events);
        }
        allocation.hold_after_wait();
        return allocation.resource().value;
    }

private:
    Queue& queue_;
};

/// `wait_events()`.
template <class T, DeviceEvent Event>
class LongHostWait final : public HostWait<T, Event> {
public:
    explicit LongHostWait(ResourceAllocation<T, Event>& allocation) noexcept
        : HostWait<T, Event>{allocation} {}
};
template <class T, DeviceEvent Event>
class HostAwaiter : public AwaiterAtOnce<ResourceAllocation<T, Event>, LongHostWait<T, Event>> {
public:
    explicit HostAwaiter(ResourceAllocation<T, Event>& allocation) noexcept
        : AwaiterAtOnce<ResourceAllocation<T, Event>, LongHostWait<T, Event>>{allocation} {}

    T& await_resume() {
        if (this->taken() == nullptr) [[unlikely]] {
            return this->waiter().await_resume();
        }
        return this->value_of(*this->taken());
    }
};

/// `co_await resource.acquire()`.
template <class T, DeviceEvent Event>
class AcquireAwaiter final : private BaseFromMember<ResourceAllocation<T, Event>>,
                             public HostAwaiter<T, Event> {
public:
    explicit AcquireAwaiter(ResourceAllocation<T, Event> allocation) noexcept
        : BaseFromMember<ResourceAllocation<T, Event>>{std::move(allocation)},
          HostAwaiter<T, Event>{this->kept} {}

    ResourceAllocation<T, Event> await_resume() {
        HostAwaiter<T, Event>::await_resume();
        ResourceAllocation<T, Event> held = std::move(this->kept);
        held.take_over();
        return held;
    }
};

}  // namespace juggle::detail
