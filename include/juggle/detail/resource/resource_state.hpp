#pragma once

#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/no_event.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <source_location>
#include <span>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

/// The events that guard a resource's value.
///
/// *Inherited* ones are for the group at the front of the queue to respect; they stay as they are
/// until it is over. *Tracked* ones are those of its holders, for the next group. When they are
/// handed on the two lists change places, so in the steady state nothing is allocated.
template <DeviceEvent Event>
class GuardedQueue : public TicketQueue {
public:
    using TicketQueue::TicketQueue;

    [[nodiscard]] std::span<const Event> inherited() const noexcept { return inherited_; }

    [[nodiscard]] std::span<const Event> tracked() const noexcept { return tracked_; }

    [[nodiscard]] bool nothing_inherited() const noexcept {
        return std::same_as<Event, NoEvent> || inherited_.empty();
    }

    /// Whether the host may use the value at once.
    [[nodiscard]] bool settled_well() const noexcept {
        return std::ranges::all_of(inherited_,
                                   [](const Event& event) { return is_complete(event); });
    }

    /// Makes room, so that the next `count` calls of `track` cannot fail.
    void reserve(std::size_t count) {
        const std::size_t needed = tracked_.size() + count;
        if (needed > tracked_.capacity()) {
            tracked_.reserve((std::max)(needed, 2 * tracked_.capacity()));
        }
    }
    /// The same while others may come and go without end: forgets what is complete before it takes
    /// more memory.
    void reserve_in_group(std::size_t count) {
        if (tracked_.size() + count > tracked_.capacity()) {
            std::erase_if(tracked_, &GuardedQueue::is_complete);
            // At least half of it is free then, or this would be done again very soon.
            reserve((std::max)(count, tracked_.size()));
        }
    }
    void track(Event event) {
        if constexpr (requires(Observer& observer) {
                          EventTraits<Event>::record(observer, event);
                      }) {
            if (current_observer != nullptr) [[unlikely]] {
                EventTraits<Event>::record(*current_observer, event);
            }
        }
        tracked_.push_back(std::move(event));
    }

    /// Nobody has respected what the holder was to. There is room.
    void keep_inherited() noexcept {
        tracked_.insert(tracked_.end(), inherited_.begin(), inherited_.end());
    }

    /// An event of a holder that has let go of its ticket: for those who come next.
    void guard_behind(const Event& event) noexcept {
        try {
            (this->events_are_in_use() ? tracked_ : inherited_).push_back(event);
        } catch (...) {
            EventTraits<Event>::wait_on_host(std::span{&event, 1});
        }
    }

    /// The end of a turn, whether the ticket held it alone or with others: the last of a group
    /// hands the events on. Those get theirs that the ticket stood in the way of.
    template <TicketKind kind>
    void end_turn(Ticket& ticket, GroupOutcome outcome) noexcept {
        if constexpr (kind == TicketKind::shared) {
            outcome = this->end_share(ticket, outcome);
        }
        GuardedQueue::hand_on(outcome);  // as it is known here, not a virtual call
        if constexpr (kind == TicketKind::shared) {
            this->leave(ticket);
        } else {
            this->leave_first(ticket);
        }
    }

    /// The same for one that is `held_alone`, and has respected its events, if it can leave at
    /// once.
    [[nodiscard]] bool end_turn_at_once(Ticket& ticket) noexcept {
        if (!this->leave_at_once(ticket)) {
            return false;
        }
        hand_on_tracked();
        return true;
    }

    void hand_on(GroupOutcome outcome) noexcept override {
        if (outcome == GroupOutcome::unknown) {
            hand_on_all();
        } else if (outcome == GroupOutcome::respected) {
            hand_on_tracked();
        }
    }

    /// Of the inherited ones; later if somebody reads them.
    void forget_failed_events() noexcept {
        if (this->events_are_in_use()) {
            forgets_failed_later_ = !inherited_.empty();
        } else {
            std::erase_if(inherited_, &GuardedQueue::has_failed);
        }
    }

protected:
    ~GuardedQueue() override = default;

    bool settle() noexcept override {
        if constexpr (requires {
                          { EventTraits<Event>::wait_on_host(inherited_) } -> std::same_as<bool>;
                      }) {
            return inherited_.empty() || EventTraits<Event>::wait_on_host(inherited_);
        } else if (!inherited_.empty()) {
            EventTraits<Event>::wait_on_host(inherited_);
        }
        return true;
    }

private:
    /// The holder has respected what it inherited.
    void hand_on_tracked() noexcept {
        if constexpr (std::same_as<Event, NoEvent>) {
            return;
        }
        if (!inherited_.empty()) {
            inherited_.clear();
            forgets_failed_later_ = false;
        }
        if (!tracked_.empty()) {
            inherited_.swap(tracked_);
        }
    }

    /// Nobody knows what the holder has done.
    void hand_on_all() noexcept {
        if (std::exchange(forgets_failed_later_, false)) {
            std::erase_if(inherited_, &GuardedQueue::has_failed);
        }
        try {
            inherited_.insert(inherited_.end(), tracked_.begin(), tracked_.end());
        } catch (...) {
            // No memory to keep both: what is not kept is over before anybody goes on.
            EventTraits<Event>::wait_on_host(tracked_);
        }
        tracked_.clear();
    }

    [[nodiscard]] static bool is_complete(const Event& event) noexcept {
        return EventTraits<Event>::status(event) == EventStatus::complete;
    }
    [[nodiscard]] static bool has_failed(const Event& event) noexcept {
        return EventTraits<Event>::status(event) == EventStatus::failed;
    }

    std::vector<Event> inherited_;
    std::vector<Event> tracked_;
    bool forgets_failed_later_ = false;
};

template <class T, DeviceEvent Event>
class ResourceState final : public GuardedQueue<Event> {
public:
    template <class... Arguments>
    explicit ResourceState(std::source_location made_at, Arguments&&... arguments)
        : GuardedQueue<Event>{made_at}, value(std::forward<Arguments>(arguments)...) {}

    T value;

private:
    ~ResourceState() override = default;
};

}  // namespace juggle::detail
