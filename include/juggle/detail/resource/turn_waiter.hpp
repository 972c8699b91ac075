#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/resource/ticket.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/observer.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// An await for a ticket's turn. The ticket knows of it from when it suspends until it resumes, and
/// so may be moved, or even dropped, meanwhile.
class JUGGLE_EXPORT TurnWaiter : public Waiter {
public:
    explicit TurnWaiter(Ticket& ticket) noexcept : ticket_{&ticket} {}

    virtual void turn_has_come() noexcept { wake(); }
    void ticket_moved(Ticket& to) noexcept { ticket_ = &to; }
    void ticket_dropped(bool before_its_turn) noexcept;
    [[nodiscard]] bool reads_events() const noexcept { return reads_events_; }

    void tell(WaitReport& report) const final { describe_wait(report); }

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

inline void TurnWaiter::forget_ticket() noexcept {
    if (!known_to_ticket_) {
        return;
    }
    known_to_ticket_ = false;
    if (ticket_ != nullptr) {
        ticket_->clear_waiter();
    }
}

inline bool TurnWaiter::stand_in_line(PromiseBase& coroutine) {
    if (ticket_->awaited()) [[unlikely]] {
        ticket_->throw_misused("wait", "another task waits for this allocation already");
    }
    if (!suspend(coroutine)) {
        return false;
    }
    ticket_->set_waiter(*this);
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
