#pragma once

#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/resource/event_parts.hpp>
#include <juggle/detail/resource/resource_state.hpp>
#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/detail/run/awaiter_at_once.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/no_event.hpp>
#include <juggle/task.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <span>
#include <utility>

namespace juggle::inline JUGGLE_ABI {
template <class T, DeviceEvent Event>
class ResourceAllocation;
}

namespace juggle::inline JUGGLE_ABI::detail {

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
        end_wait_and_claim();
        return allocation().take_turn_after_wait();
    }

protected:
    explicit TurnWait(ResourceAllocation<T, Event>& allocation) noexcept : TurnWaiter{allocation} {}
    ~TurnWait() = default;

    /// When the coroutine goes on. Throws what ended the wait early.
    void end_wait() { arrive(); }
    /// The same where there may have been none; it takes part in races.
    void end_wait_and_claim() {
        end_wait();
        if (waited()) {
            claim(coroutine().task());
        }
    }

    [[nodiscard]] ResourceAllocation<T, Event>& allocation() const noexcept {
        return static_cast<ResourceAllocation<T, Event>&>(ticket());
    }
};

/// An await of an allocation that is over at once if it is its turn already, and there is no event.
template <class Allocation, class Wait>
class TurnAtOnce : public AwaiterAtOnce<Allocation, Wait> {
public:
    [[nodiscard]] bool await_ready() noexcept {
        return this->source() != nullptr && this->source()->take_at_once();
    }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->wait(coroutine);
    }

protected:
    using AwaiterAtOnce<Allocation, Wait>::AwaiterAtOnce;
    ~TurnAtOnce() = default;

    [[nodiscard]] static auto& value_of(Allocation& allocation) noexcept {
        return allocation.resource().value;
    }
    [[nodiscard]] static auto inherited_of(Allocation& allocation) noexcept {
        return allocation.resource().inherited();
    }
};

/// `wait()`.
template <class T, DeviceEvent Event>
class LongTurnWait final : public TurnWait<T, Event> {
public:
    explicit LongTurnWait(ResourceAllocation<T, Event>& allocation) noexcept
        : TurnWait<T, Event>{allocation} {}
};
template <class T, DeviceEvent Event>
class TurnAwaiter final : public TurnAtOnce<ResourceAllocation<T, Event>, LongTurnWait<T, Event>> {
public:
    explicit TurnAwaiter(ResourceAllocation<T, Event>& allocation) noexcept
        : TurnAtOnce<ResourceAllocation<T, Event>, LongTurnWait<T, Event>>{allocation} {}

    std::span<const Event> await_resume() {
        if (this->source() == nullptr) [[unlikely]] {
            return this->end_wait();
        }
        return this->inherited_of(*this->source());
    }
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
        end_wait_and_claim();
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
    void end_wait_and_claim() {
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
        self.coroutine_->task().is_resumed();
        if (self.events_are_over()) {
            PromiseBase::resume(*self.coroutine_);
        }
    }

    /// The turn has come; either no event is pending or the await is going to throw.
    [[nodiscard]] bool needs_no_wait() const noexcept {
        return !ticket().in_queue() || allocation().queue().poisoned() ||
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

/// What `wait_device(queue)` waits for: the turn, and the events of kinds that the queue does not
/// know, if there can be any.
template <class T, DeviceEvent Event, class Queue>
struct DeviceWait {
    using Type = TurnWait<T, Event>;
};
template <class T, DeviceEvent Event, class Queue>
    requires HasPartsFor<Event, QueueDevice<Queue>>
struct DeviceWait<T, Event, Queue> {
    using Type = HostWait<T, Event, HostPart<Event, QueueDevice<Queue>>>;
};

/// `wait_device(queue)`.
template <class T, DeviceEvent Event, class Queue>
class DeviceAwaiter final : public DeviceWait<T, Event, Queue>::Type {
    using Base = typename DeviceWait<T, Event, Queue>::Type;

public:
    DeviceAwaiter(ResourceAllocation<T, Event>& allocation, Queue& queue) noexcept
        : Base{allocation}, queue_{queue} {}

    T& await_resume() {
        this->end_wait_and_claim();
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
class HostAwaiter : public TurnAtOnce<ResourceAllocation<T, Event>, LongHostWait<T, Event>> {
public:
    explicit HostAwaiter(ResourceAllocation<T, Event>& allocation) noexcept
        : TurnAtOnce<ResourceAllocation<T, Event>, LongHostWait<T, Event>>{allocation} {}

    T& await_resume() {
        if (this->source() == nullptr) [[unlikely]] {
            return this->end_wait();
        }
        return this->value_of(*this->source());
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
