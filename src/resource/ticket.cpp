#include <juggle/detail/base/report.hpp>
#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/detail/run/wait_report.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

std::string Ticket::misuse_text(const char* operation, const char* why) const {
    const std::string text = "juggle: ResourceAllocation::" + std::string{operation} + ": ";
    if (state() == TicketState::none) {
        return text + "the allocation is empty (never acquired, or moved from)";
    }
    return text + why + " (resource " + queue_->name() + ", acquired at " + describe(acquired_at_) +
           ")";
}

void Ticket::throw_misused(const char* operation, const char* why) const {
    throw std::logic_error{misuse_text(operation, why)};
}

void Ticket::throw_not_held(const char* operation) const {
    throw_misused(operation, in_queue()
                                 ? "the allocation is not held: no wait of its own has completed"
                                 : "the allocation was released already");
}

void Ticket::throw_null_event(const char* operation) const {
    throw std::invalid_argument{misuse_text(operation, "argument 'event' is a null event")};
}

void Ticket::note_wait() noexcept {
    current_observer->ticket_waits(*this);
    set_recorded(TicketRecord::waits);
}

void Ticket::note_held() noexcept {
    current_observer->ticket_held(*this);
    set_recorded(TicketRecord::held);
}

void Ticket::note_left() noexcept {
    if (current_observer != nullptr) {
        current_observer->ticket_left(*this);
    }
    set_recorded(TicketRecord::none);
}

void Ticket::learn_order() const noexcept {
#if JUGGLE_CHECKS
    if (current_loop != nullptr) {
        if (Observer* order = lock_order_of(*current_loop)) {
            order->ticket_held(*this);
        }
    }
#endif
}

std::string Ticket::text() const {
    return "ticket " + std::to_string(number()) + ", acquired at " + describe(acquired_at_);
}

void Ticket::tell_who_has_it(WaitReport& report) const {
    const auto at_ticket = [this](const char* how) {
        return [this, how] { return how + std::string{": "} + text(); };
    };
    if (state() == TicketState::held) {
        const bool by_task = holder_.task() != 0;
        const char* how = holder_.is_sure()
                              ? (by_task ? "holds it" : "somebody outside of all tasks holds it")
                              : (by_task ? "took it, and has moved it since"
                                         : "somebody outside of all tasks took it");
        report.add(holder_.task(), at_ticket(how), holder_.is_sure());
    } else if (const TurnWaiter* waiter = this->waiter()) {
        report.add(waiter->reads_events() ? holder_.task() : waiter->coroutine().task().key(),
                   at_ticket("is about to have it"));
    } else {
        report.add(0, at_ticket("nobody has taken it up, though its turn has come"));
    }
}

void Ticket::tell_who_waits(WaitReport& report) const {
    const TurnWaiter* waiter = this->waiter();
    const bool by_task = waiter != nullptr;
    report.add(by_task ? waiter->coroutine().task().key() : 0, [this, by_task] {
        return (by_task ? "stands before it: "
                        : "before it stands, and nobody waits with it yet: ") +
               text();
    });
}

}  // namespace juggle::detail
