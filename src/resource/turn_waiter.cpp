#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/detail/run/wait_report.hpp>

#include <stdexcept>

namespace juggle::inline JUGGLE_ABI::detail {

void TurnWaiter::claim_in_race(SpawnedTask& task) {
    // An await that throws anyway takes nothing.
    if (ticket_->queue().poisoned() || task.try_commit()) {
        return;
    }
    (void)task.take_stop();
    throw Cancelled{};
}

void TurnWaiter::begin_reading_events() {
    if (ticket_->waiter() != this) {
        if (ticket_->waiter() != nullptr) {
            ticket_->throw_misused("wait_events", "another task waits for this allocation already");
        }
        ticket_->set_waiter(*this);
        known_to_ticket_ = true;
    }
    reads_events_ = true;
    ticket_->take_over();
    if (current_observer != nullptr && ticket_->state() != TicketState::held &&
        ticket_->recorded() == TicketRecord::none) [[unlikely]] {
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

}  // namespace juggle::detail
