#include <juggle/detail/base/report.hpp>
#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/detail/run/wait_report.hpp>
#include <juggle/resource_poisoned.hpp>

#include <algorithm>
#include <atomic>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace juggle::detail {

std::string Ticket::misuse_text(const char* operation, const char* why) const {
    const std::string text = "juggle: ResourceAllocation::" + std::string{operation} + ": ";
    if (queue_ == nullptr) {
        return text + "the allocation is empty (never acquired, or moved from)";
    }
    return text + why + " (resource " + queue_->name() + ", acquired at " + describe(acquired_at_) +
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

void Ticket::note_wait() noexcept {
    recorded_ = true;
    current_observer->ticket_waits(*this);
}

void Ticket::note_held() noexcept {
    recorded_ = true;
    current_observer->ticket_held(*this);
}

void Ticket::note_left() noexcept {
    recorded_ = false;
    if (current_observer != nullptr) {
        current_observer->ticket_left(*this);
    }
}

void Ticket::learn_order() const noexcept {
#if JUGGLE_CHECKS
    if (has_company() && current_loop != nullptr) {
        if (Observer* order = lock_order_of(*current_loop)) {
            order->ticket_held(*this);
        }
    }
#endif
}

void TurnWaiter::claim_in_race(SpawnedTask& task) {
    // An await that throws anyway takes nothing.
    if (ticket_->queue().poisoned() || task.try_commit()) {
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
    ticket_->take_over();
    if (current_observer != nullptr && ticket_->state_ != TicketState::held && !ticket_->recorded_)
        [[unlikely]] {
        ticket_->note_wait();
    }
}

void TurnWaiter::ticket_dropped(bool before_its_turn) noexcept {
    ticket_ = nullptr;
    if (before_its_turn) {
        wake();
    } else if (has_checks && reads_events_ &&
               !(current_loop != nullptr && current_loop->abandoning())) {
        misuse("juggle: an allocation was dropped while another task waits for its events");
    }
}

void TurnWaiter::throw_ticket_dropped() {
    throw std::logic_error{"juggle: an allocation was dropped while another task waits for it"};
}

std::string Ticket::text() const {
    return "ticket " + std::to_string(number_) + ", acquired at " + describe(acquired_at_);
}

void TurnWaiter::describe_wait(WaitReport& report) const {
    if (reads_events_) {  // they guard it
        if (ticket_ != nullptr) {
            report.what = "resource " + ticket_->queue().name() + ", " + ticket_->text();
        }
        return;
    }
    if (ticket_ == nullptr) {
        report.what = "a ticket that was dropped";
        return;
    }
    report.what = "its turn with resource " + ticket_->queue().name() + ", " + ticket_->text();
    ticket_->queue().tell_who_is_before(*ticket_, report);
}

void TicketQueue::tell_who_is_before(const Ticket& waiting, WaitReport& report) const {
    using List = IntrusiveList<Ticket>;
    const Ticket* ticket = tickets_.first();
    // Those that share would have their turn together, were it not for one in between.
    const bool could_join = ticket != nullptr && waiting.shared() && ticket->shared();
    for (; ticket != nullptr && ticket != &waiting && ticket->state_ != TicketState::waiting &&
           report.takes_more();
         ticket = List::after(*ticket)) {
        if (!could_join) {
            ticket->tell_who_has_it(report);
        }
    }
    const Ticket* ahead = List::before(waiting);
    std::size_t looks = WaitReport::max_others;
    while (waiting.shared() && ahead != nullptr && ahead->shared() && --looks != 0) {
        ahead = List::before(*ahead);
    }
    if (ahead == nullptr || ahead->state_ != TicketState::waiting ||
        (waiting.shared() && ahead->shared())) {
        ahead = nullptr;
    } else {
        ahead->tell_who_waits(report);
    }
    for (; ticket != nullptr && ticket != &waiting && report.takes_more();
         ticket = List::after(*ticket)) {
        report.others += ticket == ahead ? 0 : 1;
    }
}

void Ticket::tell_who_has_it(WaitReport& report) const {
    const auto at_ticket = [this](const char* how) {
        return [this, how] { return how + std::string{": "} + text(); };
    };
    if (state_ == TicketState::held) {
        const bool by_task = holder_.task() != 0;
        const char* how = holder_.is_sure()
                              ? (by_task ? "holds it" : "somebody outside of all tasks holds it")
                              : (by_task ? "took it, and has moved it since"
                                         : "somebody outside of all tasks took it");
        report.add(holder_.task(), at_ticket(how), holder_.is_sure());
    } else if (waiter_ != nullptr) {
        report.add(waiter_->reads_events() ? holder_.task() : waiter_->coroutine().task().key(),
                   at_ticket("is about to have it"));
    } else {
        report.add(0, at_ticket("nobody has taken it up, though its turn has come"));
    }
}

void Ticket::tell_who_waits(WaitReport& report) const {
    const bool by_task = waiter_ != nullptr;
    report.add(by_task ? waiter_->coroutine().task().key() : 0, [this, by_task] {
        return (by_task ? "stands before it: "
                        : "before it stands, and nobody waits with it yet: ") +
               text();
    });
}

void TicketQueue::wrong_thread(const char* function) const noexcept {
    misuse_from_thread(function, "resource", label_);
}

void TicketQueue::grant_shared_behind(Ticket& ticket) noexcept {
    for (Ticket* next = IntrusiveList<Ticket>::after(ticket); next != nullptr && next->shared();
         next = IntrusiveList<Ticket>::after(*next)) {
        grant(*next);
    }
}

bool TicketQueue::events_are_in_use() const noexcept {
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

void TicketQueue::poison(const Ticket& by, std::exception_ptr cause) noexcept {
    if (poisoned()) {
        return;
    }
    poisoned_by_ = by.acquired_at();
    try {
        poison_ = std::make_shared<PoisonRecord>(PoisonRecord{std::move(cause)});
    } catch (const std::bad_alloc&) {
        static PoisonRecord without_cause;  // owned by nobody, and never changed
        poison_ = std::shared_ptr<PoisonRecord>{std::shared_ptr<void>{}, &without_cause};
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
    if (ticket.waiter_ != nullptr) {
        const bool before_its_turn = ticket.state() == TicketState::waiting;
        std::exchange(ticket.waiter_, nullptr)->ticket_dropped(before_its_turn);
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
    } else if (std::uncaught_exceptions() > (loop == nullptr ? 0 : loop->exceptions_outside())) {
        poison_unexplained(ticket, loop);
    } else {
        report_not_made_ready(ticket, loop);
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

void TicketQueue::report_not_made_ready(const Ticket& ticket, Loop* loop) const noexcept {
    const auto tell = [loop](std::string_view text) noexcept {
        if (loop != nullptr) {
            loop->report(text);
        } else {
            print(text);
        }
    };
    try {
        tell("juggle: resource " + name() + ", acquired at " + describe(ticket.acquired_at()) +
             ", was not made ready");
    } catch (const std::bad_alloc&) {
        tell("juggle: a resource was not made ready, and no memory to say which");
    }
}

void TicketQueue::destroy() noexcept {
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
