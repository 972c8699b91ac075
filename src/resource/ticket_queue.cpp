#include <juggle/bridge/report.hpp>
#include <juggle/detail/base/immortal.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/detail/run/wait_report.hpp>
#include <juggle/resource_poisoned.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

void TicketQueue::tell_who_is_before(const Ticket& waiting, WaitReport& report) const {
    const Ticket* ticket = tickets_.first();
    // Those that share would have their turn together, were it not for one in between.
    const bool could_join = ticket != nullptr && waiting.shared() && ticket->shared();
    for (; ticket != nullptr && ticket != &waiting && ticket->state() != TicketState::waiting &&
           report.takes_more();
         ticket = tickets_.after(*ticket)) {
        if (!could_join) {
            ticket->tell_who_has_it(report);
        }
    }
    const Ticket* ahead = tickets_.before(waiting);
    std::size_t looks = WaitReport::max_others;
    while (waiting.shared() && ahead != nullptr && ahead->shared() && --looks != 0) {
        ahead = tickets_.before(*ahead);
    }
    if (ahead == nullptr || ahead->state() != TicketState::waiting ||
        (waiting.shared() && ahead->shared())) {
        ahead = nullptr;
    } else {
        ahead->tell_who_waits(report);
    }
    for (; ticket != nullptr && ticket != &waiting && report.takes_more();
         ticket = tickets_.after(*ticket)) {
        report.others += ticket == ahead ? 0 : 1;
    }
}

void TicketQueue::wrong_thread(const char* function) const noexcept {
    misuse_from_thread(function, "resource", label_);
}

void TicketQueue::grant_shared_behind(Ticket& ticket) noexcept {
    for (Ticket* next = tickets_.after(ticket); next != nullptr && next->shared();
         next = tickets_.after(*next)) {
        grant(*next);
    }
}

void TicketQueue::join_behind(Ticket& ticket, TicketKind kind) noexcept {
    Ticket& ahead = *tickets_.last();
    if (!ahead.numbered()) {  // it was alone
        ahead.number_ = last_number_;
        ahead.standing_ |= Ticket::numbered_bit;
    }
    const bool joins = kind == TicketKind::shared && in_running_group(ahead);
    ticket.standing_ = Ticket::word_of(joins ? TicketState::granted : TicketState::waiting, kind) |
                       Ticket::numbered_bit;
    ticket.number_ = ++last_number_;
    tickets_.add_behind(ticket);
}

bool TicketQueue::events_are_in_use() const noexcept {
    for (Ticket* ticket = tickets_.first();
         ticket != nullptr && ticket->state() != TicketState::waiting;
         ticket = tickets_.after(*ticket)) {
        if (ticket->has_holder()) {
            return true;
        }
    }
    return false;
}

void TicketQueue::poison(const Ticket& by, std::exception_ptr cause) noexcept {
    if (poisoned()) {
        return;
    }
    poisoned_by_ = by.acquired_at();
    try {
        poison_ = std::make_shared<PoisonRecord>(PoisonRecord{std::move(cause)});
    } catch (const std::bad_alloc&) {
        // Owned by nobody, and never changed.
        static Immortal<PoisonRecord> without_cause{std::in_place};
        poison_ = std::shared_ptr<PoisonRecord>{std::shared_ptr<void>{}, &without_cause.get()};
    }
}

void TicketQueue::throw_poisoned() const {
    const ResourcePoisoned error{"juggle: resource " + name() +
                                     " is poisoned: its holder, acquired at " +
                                     describe(poisoned_by_) + ", failed",
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

void TicketQueue::give_up(Ticket& ticket) noexcept {
    check_thread("the end of a ResourceAllocation");
    if (TurnWaiter* waiter = ticket.waiter()) {
        const bool before_its_turn = ticket.state() == TicketState::waiting;
        ticket.clear_waiter();
        waiter->ticket_dropped(before_its_turn);
    }
    GroupOutcome outcome = GroupOutcome::untouched;
    if (ticket.state() == TicketState::held) {
        note_dropped(ticket);
        outcome = GroupOutcome::unknown;
    }
    if (ticket.shared() && ticket.state() != TicketState::waiting) {
        outcome = end_share(ticket, outcome);
    }
    hand_on(outcome);
    leave(ticket);
}

void TicketQueue::note_dropped(const Ticket& ticket) noexcept {
    Loop* loop = current_loop;
    if (loop != nullptr && (loop->failure() || loop->abandoning())) {
        poison(ticket, loop->failure());
    } else if (is_unwinding()) {
        poison_unexplained(ticket, loop);
    } else {
        report_not_made_ready(ticket);
    }
}

void TicketQueue::poison_unexplained(const Ticket& by, Loop* loop) noexcept {
    const bool is_first = !poisoned();
    poison(by, nullptr);
    const bool can_be_explained = poison_.use_count() != 0;
    if (!is_first || !can_be_explained || loop == nullptr) {
        return;
    }
    try {
        loop->add_unexplained(poison_);
    } catch (const std::bad_alloc&) {
        return;  // the cause stays unknown
    }
}

void TicketQueue::report_not_made_ready(const Ticket& ticket) const noexcept {
    try {
        bridge::report("juggle: resource " + name() + ", acquired at " +
                       describe(ticket.acquired_at()) + ", was not made ready");
    } catch (const std::bad_alloc&) {
        bridge::report("juggle: a resource was not made ready, and no memory to say which");
    }
}

void TicketQueue::destroy() noexcept {
    note_destroyed(label_);
#if JUGGLE_CHECKS
    if (order_id != 0 && current_loop != nullptr) {
        if (Observer* order = known_lock_order_of(*current_loop)) {
            order->ticket_queue_destroyed(*this);
        }
    }
#endif
    if (settle()) {
        delete this;
        return;
    }
    // A driver that says nothing may still write into the value, whenever that is. In a list, so
    // that leak checkers know that somebody has thought of it.
    static std::atomic<TicketQueue*> kept{nullptr};
    kept_before_ = kept.load(std::memory_order_relaxed);
    while (!kept.compare_exchange_weak(kept_before_, this, std::memory_order_relaxed)) {}
}

}  // namespace juggle::detail
