#pragma once

#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/resource/ticket_trace.hpp>
#include <juggle/detail/run/holder.hpp>
#include <juggle/detail/run/poison_record.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/observer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::detail {

class TicketQueue;
class Ticket;

/// An await for a ticket's turn. The ticket knows of it from when it suspends until it resumes, and
/// so may be moved, or even dropped, meanwhile.
class TurnWaiter : public Waiter {
public:
    explicit TurnWaiter(Ticket& ticket) noexcept : ticket_{&ticket} {}

    virtual void turn_has_come() noexcept { wake(); }
    void ticket_moved(Ticket& to) noexcept { ticket_ = &to; }
    void ticket_dropped(bool before_its_turn) noexcept;
    [[nodiscard]] bool reads_events() const noexcept { return reads_events_; }

    void describe(WaitReport& report) const final { describe_wait(report); }

protected:
    ~TurnWaiter() { forget_ticket(); }
    [[nodiscard]] Ticket& ticket() const noexcept { return *ticket_; }
    [[nodiscard]] bool has_ticket() const noexcept { return ticket_ != nullptr; }

    /// For a ticket that has to wait. False: a stop request is pending.
    [[nodiscard]] bool stand_in_line(PromiseBase& coroutine);

    /// From now on events of the queue are read, which it must keep. Throws `std::logic_error` if
    /// another task does so already.
    void begin_reading_events();

    /// When the coroutine goes on. Throws if it was stopped, or if the ticket is gone.
    void arrive() {
        forget_ticket();
        throw_if_cancelled();
        if (ticket_ == nullptr) [[unlikely]] {
            throw_ticket_dropped();
        }
    }

    /// Before a ticket is taken that was waited for in vain at first. Throws `Cancelled` if the
    /// task has lost a race, and so may not have it.
    void claim(SpawnedTask& task) {
        if (task.race != nullptr) [[unlikely]] {
            claim_in_race(task);
        }
    }

private:
    void on_cancel() noexcept final { leave(); }
    void leave() noexcept;
    void describe_wait(WaitReport& report) const;

    void claim_in_race(SpawnedTask& task);
    void forget_ticket() noexcept;
    [[noreturn]] static void throw_ticket_dropped();

    bool known_to_ticket_ = false;  // these two first: they fit behind the base's last member
    bool reads_events_ = false;
    Ticket* ticket_;
};

enum class TicketState : std::uint8_t {
    waiting,   ///< somebody is ahead
    granted,   ///< the turn has come, but the value was not taken yet
    held,      ///< a wait of its own has completed
    released,  ///< left the queue for good
};

/// Whether a ticket's holder wants the value for itself, or may look at it together with those
/// before and behind that want it so, too.
enum class TicketKind : std::uint8_t { exclusive, shared };

/// A place in the queue of a resource: all of an allocation that does not depend on the types.
class Ticket : public ListNode, public TicketTrace {
public:
    /// Takes no place.
    Ticket() = default;

    /// Takes the next place in the queue.
    Ticket(TicketQueue& queue, TicketKind kind, std::source_location acquired_at) noexcept;

    Ticket(Ticket&& other) noexcept { take_place_of(other); }
    Ticket& operator=(Ticket&&) = delete;

    [[nodiscard]] TicketState state() const noexcept { return state_; }
    [[nodiscard]] bool shared() const noexcept { return kind_ == TicketKind::shared; }
    [[nodiscard]] TicketQueue& queue() const noexcept { return *queue_; }
    [[nodiscard]] const std::source_location& acquired_at() const noexcept { return acquired_at_; }
    /// In its queue, from 1.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

    /// Throws `std::logic_error` unless the ticket can still be waited for.
    void check_waitable(const char* operation) const {
        if (state_ == TicketState::released) [[unlikely]] {
            throw_misused(operation, "the allocation was released already");
        }
    }
    /// Throws `std::logic_error` unless the ticket is held.
    void check_held(const char* operation) const {
        if (state_ != TicketState::held) [[unlikely]] {
            throw_not_held(operation);
        }
    }

    /// Throws `std::logic_error` unless the ticket is held and nobody waits for events of it.
    void check_releasable(const char* operation) const {
        check_held(operation);
        if (waiter_ != nullptr) [[unlikely]] {
            throw_misused(operation, "another task waits for this allocation");
        }
    }

    /// The running task has it from now on.
    void take_over() noexcept {
        holder_.set(running_task);
        own();
    }

    /// Without having waited.
    void hold() noexcept {
        if (current_observer != nullptr && state_ != TicketState::held) [[unlikely]] {
            note_held();
        }
        state_ = TicketState::held;
        take_over();
    }

    /// At the end of a wait: where lock orders are learnt, with what else the task has.
    void hold_after_wait() noexcept {
        const bool held_before = state_ == TicketState::held;
        hold();
        if (has_checks && !held_before) {
            learn_order();
        }
    }

    /// One of several, before the first of them is held: each was had while the others were waited
    /// for.
    void expect_hold() noexcept {
        if (has_checks && state_ != TicketState::held) {
            take_over();
        }
    }

    /// It was moved by the library itself: its task still has it.
    void stay_with_holder() noexcept {
        holder_.forget_move();
        own();
    }

    /// Its number in the queue and where it was acquired, for messages.
    [[nodiscard]] std::string text() const;

protected:
    ~Ticket() = default;
    void take_place_of(Ticket& other) noexcept;
    /// Lets go of the queue, whatever the state.
    void drop() noexcept;

    friend class TicketQueue;
    friend class TurnWaiter;

    [[noreturn]] void throw_misused(const char* operation, const char* why) const;
    [[noreturn]] void throw_not_held(const char* operation) const;
    [[noreturn]] void throw_null_event(const char* operation) const;

    void tell_who_has_it(WaitReport& report) const;
    void tell_who_waits(WaitReport& report) const;

    [[nodiscard]] std::string misuse_text(const char* operation, const char* why) const;

    // What an observer sees.

    void note_wait() noexcept;
    void note_held() noexcept;
    void note_left() noexcept;

    [[nodiscard]] bool has_holder() const noexcept {
        return state_ == TicketState::held || (waiter_ != nullptr && waiter_->reads_events());
    }

    /// Reports that others may take what its task has in another order.
    void learn_order() const noexcept;

    TicketQueue* queue_ = nullptr;
    TurnWaiter* waiter_ = nullptr;
    std::source_location acquired_at_;
    std::uint64_t number_ = 0;  // in its queue, from 1
    Holder holder_;             // holds it, or waits for its events; with checks set from the first
    TicketState state_ = TicketState::released;
    TicketKind kind_ = TicketKind::exclusive;
    bool recorded_ = false;  // an observer knows of it
};

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
class TicketQueue {
public:
    explicit TicketQueue(std::source_location made_at) noexcept : label_{made_at} {}
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

    void join(Ticket& ticket) noexcept {
        check_thread(ticket.shared() ? "Resource::acquire_shared" : "Resource::acquire");
        ticket.state_ = turn_is_free(ticket.kind_) ? TicketState::granted : TicketState::waiting;
        ticket.number_ = ++last_number_;
        tickets_.push_back(ticket);
    }

    /// Takes the ticket out. Those get their turn that it stood in the way of.
    void leave(Ticket& ticket) noexcept {
        ticket.disown();
        Ticket* ahead = tickets_.before(ticket);
        Ticket* behind = tickets_.after(ticket);
        tickets_.remove(ticket);
        ticket.state_ = TicketState::released;
        if (ticket.recorded_) [[unlikely]] {
            ticket.note_left();
        }
        if (behind != nullptr && behind->state_ == TicketState::waiting &&
            (ahead == nullptr || (behind->shared() && in_running_group(*ahead)))) {
            grant_from(*behind);
        }
    }

    /// How the turn of a group ends, one of whose shared tickets is about to leave with this
    /// outcome: *untouched*, with nothing to hand on, as long as others of it are left.
    [[nodiscard]] GroupOutcome end_share(const Ticket& ticket, GroupOutcome outcome) noexcept {
        group_outcome_ = std::max(group_outcome_, outcome);
        const Ticket* behind = tickets_.after(ticket);
        if (tickets_.first() != &ticket ||
            (behind != nullptr && behind->state_ != TicketState::waiting)) {
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
        return ticket.shared() && ticket.state_ != TicketState::waiting;
    }

    /// A held ticket was dropped. Poisons the queue if an exception did it, reports it otherwise.
    void note_dropped(const Ticket& ticket) noexcept;
    void poison_unexplained(const Ticket& by, Loop* loop) noexcept;
    void report_not_made_ready(const Ticket& ticket, Loop* loop) const noexcept;

    static void grant(Ticket& ticket) noexcept {
        ticket.state_ = TicketState::granted;
        if (ticket.waiter_ != nullptr) {
            ticket.waiter_->turn_has_come();
        }
    }
    /// This one, now first in the queue, and its neighbours if they are shared all together.
    static void grant_from(Ticket& ticket) noexcept {
        grant(ticket);
        if (ticket.shared()) {
            grant_shared_behind(ticket);
        }
    }
    static void grant_shared_behind(Ticket& ticket) noexcept;

    void destroy() noexcept;

    IntrusiveList<Ticket> tickets_;
    std::size_t owners_ = 1;
    TicketQueue* kept_before_ = nullptr;                    // of those that are never destroyed
    GroupOutcome group_outcome_ = GroupOutcome::untouched;  // of those shared ones that have left
    std::shared_ptr<PoisonRecord> poison_;
    std::source_location poisoned_by_;  // where that ticket was acquired
    [[no_unique_address]] ThreadGuard guard_;
    std::uint64_t last_number_ = 0;
    Label label_;
};

inline Ticket::Ticket(TicketQueue& queue, TicketKind kind,
                      std::source_location acquired_at) noexcept
    : queue_{&queue}, acquired_at_{acquired_at}, kind_{kind} {
    queue.retain();
    queue.join(*this);
    if constexpr (has_checks) {
        holder_.set(running_task);
        note_taken();
    }
}

inline void Ticket::drop() noexcept {
    if (queue_ == nullptr) {
        return;
    }
    if (state_ != TicketState::released) [[unlikely]] {
        queue_->give_up(*this);
    }
    std::exchange(queue_, nullptr)->release();
}

inline void Ticket::take_place_of(Ticket& other) noexcept {
    take_trace(other);
    queue_ = std::exchange(other.queue_, nullptr);
    acquired_at_ = other.acquired_at_;
    number_ = other.number_;
    if (other.has_holder()) {
        holder_ = other.holder_;
        holder_.note_move();
    }
    kind_ = other.kind_;
    recorded_ = other.recorded_;
    state_ = std::exchange(other.state_, TicketState::released);
    waiter_ = std::exchange(other.waiter_, nullptr);
    if (state_ != TicketState::released) {
        queue_->tickets_.replace(other, *this);
    }
    if (waiter_ != nullptr) {
        waiter_->ticket_moved(*this);
    }
}

inline void TurnWaiter::forget_ticket() noexcept {
    if (!known_to_ticket_) {
        return;
    }
    known_to_ticket_ = false;
    if (ticket_ != nullptr) {
        ticket_->waiter_ = nullptr;
    }
}

inline bool TurnWaiter::stand_in_line(PromiseBase& coroutine) {
    if (ticket_->waiter_ != nullptr) [[unlikely]] {
        ticket_->throw_misused("wait", "another task waits for this allocation already");
    }
    if (!suspend(coroutine)) {
        return false;
    }
    ticket_->waiter_ = this;
    known_to_ticket_ = true;
    if (current_observer != nullptr) [[unlikely]] {
        ticket_->note_wait();
    }
    return true;
}

inline void TurnWaiter::leave() noexcept {
    forget_ticket();  // which may be gone before the coroutine goes on
    wake();
}

}  // namespace juggle::detail
