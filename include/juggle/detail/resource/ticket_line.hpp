#pragma once

#include <juggle/detail/resource/ticket.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// Tickets in their order, linked to each other. One that is alone has no links: it comes and goes
/// by a store, and that is what most of them do.
class TicketLine {
public:
    [[nodiscard]] bool empty() const noexcept { return last_ == nullptr; }
    [[nodiscard]] Ticket* first() const noexcept { return first_ != nullptr ? first_ : last_; }
    [[nodiscard]] Ticket* last() const noexcept { return last_; }

    // Those next to one that is in the line; null at its ends.

    [[nodiscard]] Ticket* before(const Ticket& ticket) const noexcept {
        return &ticket == first() ? nullptr : ticket.ahead_;
    }
    [[nodiscard]] Ticket* after(const Ticket& ticket) const noexcept {
        return &ticket == last_ ? nullptr : ticket.behind_;
    }

    /// For an empty line.
    void add_first(Ticket& ticket) noexcept { last_ = &ticket; }
    /// For one that is not.
    void add_behind(Ticket& ticket) noexcept {
        if (first_ == nullptr) {
            first_ = last_;
        }
        ticket.ahead_ = last_;
        last_->behind_ = &ticket;
        last_ = &ticket;
    }

    void remove(Ticket& ticket) noexcept {
        if (first_ == nullptr) {
            remove_only();
            return;
        }
        if (&ticket == first_) {
            first_ = ticket.behind_;
        } else if (&ticket == last_) {
            last_ = ticket.ahead_;
        } else {
            ticket.ahead_->behind_ = ticket.behind_;
            ticket.behind_->ahead_ = ticket.ahead_;
        }
        if (first_ == last_) {
            first_ = nullptr;
        }
    }
    /// The one that is alone.
    void remove_only() noexcept { last_ = nullptr; }
    /// Gives the one that is first now, if any.
    Ticket* remove_first() noexcept {
        if (first_ == nullptr) {
            remove_only();
            return nullptr;
        }
        Ticket* const next = first_->behind_;
        first_ = next == last_ ? nullptr : next;
        return next;
    }

    /// Puts `ticket` where `other` is, and `other` nowhere.
    void replace(Ticket& other, Ticket& ticket) noexcept {
        if (first_ == nullptr) [[likely]] {
            last_ = &ticket;
        } else {
            replace_among(other, ticket);
        }
    }

private:
    /// Of several. Not in line, where GCC 12 warns of the links that one which is alone has not.
    [[gnu::noinline]] void replace_among(Ticket& other, Ticket& ticket) noexcept {
        if (&other != first_) {
            ticket.ahead_ = other.ahead_;
            ticket.ahead_->behind_ = &ticket;
        } else {
            first_ = &ticket;
        }
        if (&other != last_) {
            ticket.behind_ = other.behind_;
            ticket.behind_->ahead_ = &ticket;
        } else {
            last_ = &ticket;
        }
    }

    Ticket* first_ = nullptr;  // null if there is one only
    Ticket* last_ = nullptr;
};

}  // namespace juggle::detail
