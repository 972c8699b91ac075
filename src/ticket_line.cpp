#include <juggle/detail/report.hpp>
#include <juggle/detail/ticket_line.hpp>
#include <juggle/resource_poisoned.hpp>

#include <stdexcept>

namespace juggle::detail {

void Ticket::throw_misused(const char* operation, const char* why) const {
    std::string text = "juggle: ResourceAllocation::" + std::string{operation} + ": " + why;
    if (line_ != nullptr) {
        text += " (resource " + line_->name() + ", acquired at " + describe(acquired_at_) + ")";
    }
    throw std::logic_error{text};
}

void Ticket::throw_not_held(const char* operation) const {
    throw_misused(operation, state_ == TicketState::released
                                 ? "the allocation was released already"
                                 : "the allocation is not held: no wait of its own has completed");
}

std::string TicketLine::name() const {
    return name_.empty() ? "made at " + describe(made_at_) : "'" + name_ + "'";
}

void TicketLine::poison(const Ticket& by, std::exception_ptr cause) {
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

void TicketLine::note_dropped(const Ticket& ticket) noexcept {
    Loop* loop = current_loop;
    try {
        if (loop != nullptr && (loop->failure() || loop->abandoning())) {
            poison(ticket, loop->failure());
        } else if (std::uncaught_exceptions() > (loop == nullptr ? 0 : loop->exceptions_outside())) {
            poison(ticket, nullptr);
            if (loop != nullptr) {
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

void TicketLine::destroy() noexcept {
    delete this;
}

}  // namespace juggle::detail
