#include <juggle/acquire_all.hpp>
#include <juggle/detail/report.hpp>
#include <juggle/detail/ticket_line.hpp>
#include <juggle/resource_poisoned.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string>

namespace juggle::detail {

std::string Ticket::misuse_text(const char* operation, const char* why) const {
    const std::string text = "juggle: ResourceAllocation::" + std::string{operation} + ": ";
    if (line_ == nullptr) {
        return text + "the allocation is empty (never acquired, or moved from)";
    }
    return text + why + " (resource " + line_->name() + ", acquired at " + describe(acquired_at_) +
           ")";
}

void Ticket::throw_misused(const char* operation, const char* why) const {
    throw std::logic_error{misuse_text(operation, why)};
}

void Ticket::throw_not_held(const char* operation) const {
    throw_misused(operation, state_ == TicketState::released
                                 ? "the allocation was released already"
                                 : "the allocation is not held: no wait of its own has completed");
}

void Ticket::throw_null_event(const char* operation) const {
    throw std::invalid_argument{misuse_text(operation, "argument 'event' is a null event")};
}

void TurnWaiter::claim_in_race(SpawnedTask& task) {
    // An await that throws anyway takes nothing.
    if (ticket_->state() == TicketState::released || ticket_->line().poisoned() ||
        task.may_take()) {
        return;
    }
    (void)task.take_stop();
    throw Cancelled{};
}

void TurnWaiter::begin_reading_events() {
    if (ticket_->waiter_ != this) {
        if (ticket_->waiter_ != nullptr) {
            ticket_->throw_misused("wait_events", "another task waits for this allocation already");
        }
        ticket_->waiter_ = this;
        known_to_ticket_ = true;
    }
    reads_events_ = true;
}

void TurnWaiter::ticket_dropped(bool before_its_turn) noexcept {
    ticket_ = nullptr;
    if (before_its_turn) {
        wake();
    } else if (checks_threads && reads_events_ &&
               !(current_loop != nullptr && current_loop->abandoning())) {
        misuse("juggle: an allocation was dropped while another task waits for its events");
    }
}

void TurnWaiter::throw_ticket_dropped() {
    throw std::logic_error{"juggle: an allocation was dropped while another task waits for it"};
}

void throw_set_moved() {
    throw std::logic_error{
        "juggle: an allocation was moved while another task waits for the set that it is in"};
}

void check_distinct(std::span<const TicketLine* const> lines) {
    for (std::size_t index = 1; index < lines.size(); ++index) {
        const std::span<const TicketLine* const> before = lines.first(index);
        if (std::ranges::find(before, lines[index]) != before.end()) {
            throw std::invalid_argument{"juggle: acquire_all: resource " + lines[index]->name() +
                                        " is named twice, as argument " +
                                        std::to_string(index + 1) + " again"};
        }
    }
}

std::string TicketLine::name() const {
    return name_.empty() ? "made at " + describe(made_at_) : "'" + name_ + "'";
}

void TicketLine::grant_shared_behind(Ticket& ticket) noexcept {
    for (Ticket* next = IntrusiveList<Ticket>::after(ticket); next != nullptr && next->shared();
         next = IntrusiveList<Ticket>::after(*next)) {
        grant(*next);
    }
}

bool TicketLine::events_are_in_use() const noexcept {
    for (Ticket* ticket = tickets_.first();
         ticket != nullptr && ticket->state_ != TicketState::waiting;
         ticket = tickets_.after(*ticket)) {
        if (ticket->state_ == TicketState::held ||
            (ticket->waiter_ != nullptr && ticket->waiter_->reads_events())) {
            return true;
        }
    }
    return false;
}

void TicketLine::poison(const Ticket& by, std::exception_ptr cause) {
    if (poisoned()) {
        return;
    }
    poison_ = std::make_shared<PoisonRecord>(PoisonRecord{by.acquired_at(), std::move(cause)});
}

void TicketLine::throw_poisoned() const {
    const ResourcePoisoned error{"juggle: resource " + name() +
                                     " is poisoned: its holder, acquired at " +
                                     describe(poison_->acquired_at) + ", failed",
                                 poison_->cause};
    if (!poison_->cause) {
        throw ResourcePoisoned{error};
    }
    try {
        std::rethrow_exception(poison_->cause);
    } catch (...) {
        std::throw_with_nested(error);
    }
}

void TicketLine::give_up(Ticket& ticket) noexcept {
    if (ticket.waiter_ != nullptr) {
        const bool before_its_turn = ticket.state() == TicketState::waiting;
        std::exchange(ticket.waiter_, nullptr)->ticket_dropped(before_its_turn);
    }
    const TicketState state = ticket.state();
    if (state == TicketState::released) {
        return;
    }
    if (state == TicketState::held) {
        note_dropped(ticket);
    }
    if (ticket.shared() && state != TicketState::waiting) {
        leave_group(ticket,
                    state == TicketState::held ? GroupOutcome::unknown : GroupOutcome::untouched);
        return;
    }
    if (state == TicketState::held) {
        hand_on(GroupOutcome::unknown);
    }
    leave(ticket);
}

void TicketLine::note_dropped(const Ticket& ticket) noexcept {
    Loop* loop = current_loop;
    try {
        if (loop != nullptr && (loop->failure() || loop->abandoning())) {
            poison(ticket, loop->failure());
        } else if (std::uncaught_exceptions() >
                   (loop == nullptr ? 0 : loop->exceptions_outside())) {
            const bool is_first = !poisoned();
            poison(ticket, nullptr);
            if (is_first && loop != nullptr) {
                loop->add_unexplained(poison_);
            }
        } else {
            const std::string text = "juggle: resource " + name() + ", acquired at " +
                                     describe(ticket.acquired_at()) + ", was not made ready";
            if (loop != nullptr) {
                loop->report(text);
            } else {
                print(text);
            }
        }
    } catch (...) {
        print("juggle: a resource was not made ready, and no memory to say more");
    }
}

void TicketLine::destroy() noexcept { delete this; }

}  // namespace juggle::detail
