#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/resource/ticket.hpp>
#include <juggle/detail/resource/ticket_line.hpp>
#include <juggle/detail/resource/turn_waiter.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/poison_record.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// What is known of a group of shared tickets when the last of them leaves the queue.
enum class GroupOutcome : std::uint8_t {
    untouched,  ///< nobody held the value
    respected,  ///< everybody who held it has released it
    unknown,    ///< somebody who held it has failed, or has forgotten to release it
};

/// Who may use a resource, in the order of acquisition, and whether it can be trusted: all of a
/// resource's state that does not depend on its types. Shared by the resource and its tickets.
///
/// The group at the front of the queue, which is one exclusive ticket or all shared ones up to the
/// first exclusive one, is granted; the tickets behind it wait. It is over when the last of its
/// tickets has left.
class JUGGLE_EXPORT TicketQueue {
public:
    explicit TicketQueue(std::source_location made_at) noexcept : label_{"resource", made_at} {}
    TicketQueue(const TicketQueue&) = delete;
    TicketQueue& operator=(const TicketQueue&) = delete;

    void retain() noexcept { ++owners_; }
    void release() noexcept {
        if (--owners_ == 0) {
            destroy();
        }
    }

    void set_name(std::string name) noexcept { label_.set_name(std::move(name)); }
    /// The name, or where the resource was made.
    [[nodiscard]] std::string name() const { return label_.text(); }
    [[nodiscard]] const Label& label() const noexcept { return label_; }

    /// In the lock order; 0: it has none yet.
    std::uint32_t order_id = 0;

    /// Who stands in the way of the ticket, which waits for its turn.
    void tell_who_is_before(const Ticket& ticket, WaitReport& report) const;

    [[nodiscard]] bool idle() const noexcept { return tickets_.empty(); }

    /// At the start of a function of the resource, or of an allocation.
    void check_thread(const char* function) noexcept {
        if (tickets_.empty()) {
            guard_.bind();
        }
        if (guard_.is_wrong_thread()) [[unlikely]] {
            wrong_thread(function);
        }
    }

    /// Whether a new ticket's turn comes at once.
    [[nodiscard]] bool turn_is_free(TicketKind kind) const noexcept {
        return tickets_.empty() || (kind == TicketKind::shared && in_running_group(*last()));
    }

    void join(Ticket& ticket, TicketKind kind) noexcept {
        check_thread(kind == TicketKind::shared ? "Resource::acquire_shared" : "Resource::acquire");
        if (tickets_.empty()) [[likely]] {
            ++last_number_;
            ticket.standing_ = Ticket::word_of(TicketState::granted, kind);
            tickets_.add_first(ticket);
        } else {
            join_behind(ticket, kind);
        }
    }

    /// Takes the ticket out. Those get their turn that it stood in the way of.
    void leave(Ticket& ticket) noexcept {
        ticket.disown();
        Ticket* ahead = tickets_.before(ticket);
        Ticket* behind = tickets_.after(ticket);
        tickets_.remove(ticket);
        ticket.set_state(TicketState::released);
        if (ticket.recorded() != TicketRecord::none) [[unlikely]] {
            ticket.note_left();
        }
        if (behind != nullptr && behind->state() == TicketState::waiting &&
            (ahead == nullptr || (behind->shared() && in_running_group(*ahead)))) {
            grant_from(*behind);
        }
    }
    /// The same for an exclusive ticket that is held, and so is the first.
    void leave_first(Ticket& ticket) noexcept {
        ticket.disown();
        Ticket* next = tickets_.remove_first();
        ticket.set_state(TicketState::released);
        if (ticket.recorded() != TicketRecord::none) [[unlikely]] {
            ticket.note_left();
        }
        if (next != nullptr) {
            grant_from(*next);
        }
    }
    /// The same for one that is `held_alone`, if it is alone in the queue. False: it is as it was.
    [[nodiscard]] bool leave_at_once(Ticket& ticket) noexcept {
        if (tickets_.last() != &ticket) [[unlikely]] {
            return false;
        }
        ticket.disown();
        tickets_.remove_only();
        ticket.standing_ = Ticket::word_of(TicketState::released, TicketKind::exclusive);
        return true;
    }

    /// How the turn of a group ends, one of whose shared tickets is about to leave with this
    /// outcome: *untouched*, with nothing to hand on, as long as others of it are left.
    [[nodiscard]] GroupOutcome end_share(const Ticket& ticket, GroupOutcome outcome) noexcept {
        group_outcome_ = (std::max)(group_outcome_, outcome);
        const Ticket* behind = tickets_.after(ticket);
        if (tickets_.first() != &ticket ||
            (behind != nullptr && behind->state() != TicketState::waiting)) {
            return GroupOutcome::untouched;
        }
        return std::exchange(group_outcome_, GroupOutcome::untouched);
    }

    [[nodiscard]] bool poisoned() const noexcept { return poison_ != nullptr; }
    /// Of several holders that fail the first is remembered. Where memory has run out the cause is
    /// forgotten, but not the poison.
    void poison(const Ticket& by, std::exception_ptr cause) noexcept;
    void clear_poison() noexcept { poison_ = nullptr; }
    [[noreturn]] void throw_poisoned() const;

    /// A ticket goes away that was not released; somebody may still await it.
    void give_up(Ticket& ticket) noexcept;

protected:
    virtual ~TicketQueue() = default;

    /// The group at the front is over. What the next one inherits depends on how it ended.
    virtual void hand_on(GroupOutcome outcome) noexcept = 0;

    /// Before the value is destroyed: waits until no command can touch it any more. False if nobody
    /// knows: it must stay then.
    [[nodiscard]] virtual bool settle() noexcept = 0;

    /// Whether somebody may be reading the inherited events.
    [[nodiscard]] bool events_are_in_use() const noexcept;

private:
    friend class Ticket;

    [[noreturn]] void wrong_thread(const char* function) const noexcept;
    [[nodiscard]] Ticket* last() const noexcept { return tickets_.last(); }
    /// Whether a shared ticket next to this one would have its turn.
    [[nodiscard]] static bool in_running_group(const Ticket& ticket) noexcept {
        return ticket.shared() && ticket.state() != TicketState::waiting;
    }
    void join_behind(Ticket& ticket, TicketKind kind) noexcept;

    /// A held ticket was dropped. Poisons the queue if an exception did it, reports it otherwise.
    void note_dropped(const Ticket& ticket) noexcept;
    void poison_unexplained(const Ticket& by, Loop* loop) noexcept;
    void report_not_made_ready(const Ticket& ticket) const noexcept;

    static void grant(Ticket& ticket) noexcept {
        ticket.standing_ |= static_cast<std::uint32_t>(TicketState::granted);  // from waiting, 0
        if (ticket.awaited()) {
            ticket.waiter_->turn_has_come();
        }
    }
    /// This one, now first in the queue, and its neighbours if they are shared all together.
    void grant_from(Ticket& ticket) noexcept {
        grant(ticket);
        if (ticket.shared()) {
            grant_shared_behind(ticket);
        }
    }
    void grant_shared_behind(Ticket& ticket) noexcept;

    void destroy() noexcept;

    TicketLine tickets_;
    std::size_t owners_ = 1;
    TicketQueue* kept_before_ = nullptr;                    // of those that are never destroyed
    GroupOutcome group_outcome_ = GroupOutcome::untouched;  // of those shared ones that have left
    std::shared_ptr<PoisonRecord> poison_;
    std::source_location poisoned_by_;  // where that ticket was acquired
    [[no_unique_address]] ThreadGuard guard_;
    std::uint64_t last_number_ = 0;
    Label label_;
};

// What a ticket does that needs more of its queue, or of its waiter, than their names.

inline Ticket::Ticket(TicketQueue& queue, TicketKind kind,
                      std::source_location acquired_at) noexcept
    : queue_{&queue}, acquired_at_{acquired_at} {
    queue.join(*this, kind);
    queue.retain();
    if constexpr (has_checks) {
        holder_.set(running_task);
        note_taken();
    }
}

inline bool Ticket::has_holder() const noexcept {
    const TurnWaiter* waiter = this->waiter();
    return state() == TicketState::held || (waiter != nullptr && waiter->reads_events());
}

inline std::uint64_t Ticket::number() const noexcept {
    return numbered() ? number_ : queue_->last_number_;
}

inline void Ticket::drop() noexcept {
    if (state() != TicketState::released) [[unlikely]] {
        if (state() == TicketState::none) {
            return;
        }
        queue_->give_up(*this);
    }
    queue_->release();
}

inline void Ticket::take_place_of(Ticket& other) noexcept {
    take_trace(other);
    const bool has_holder = other.has_holder();
    standing_ = std::exchange(other.standing_, word_of(TicketState::none, TicketKind::exclusive));
    if (state() == TicketState::none) {
        return;
    }
    queue_ = other.queue_;
    acquired_at_ = other.acquired_at_;
    if (has_holder) {
        holder_ = other.holder_;
        holder_.note_move();
    }
    if (numbered()) {
        number_ = other.number_;
    }
    if (in_queue()) {
        queue_->tickets_.replace(other, *this);
    }
    if (awaited()) {
        waiter_ = other.waiter_;
        waiter_->ticket_moved(*this);
    }
}

}  // namespace juggle::detail
