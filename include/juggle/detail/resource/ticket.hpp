#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/resource/ticket_trace.hpp>
#include <juggle/detail/run/holder.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/observer.hpp>

#include <cstdint>
#include <source_location>
#include <string>

namespace juggle::detail {

class TicketQueue;
class TurnWaiter;
struct WaitReport;

enum class TicketState : std::uint8_t {
    waiting,   ///< somebody is ahead
    granted,   ///< the turn has come, but the value was not taken yet
    held,      ///< a wait of its own has completed
    released,  ///< left the queue for good
};

/// What an observer was told of a ticket last.
enum class TicketRecord : std::uint8_t { none, waits, held };

/// Whether a ticket's holder wants the value for itself, or may look at it together with those
/// before and behind that want it so, too.
enum class TicketKind : std::uint8_t { exclusive, shared };

/// A place in the queue of a resource: all of an allocation that does not depend on the types.
class JUGGLE_EXPORT Ticket : public ListNode, public TicketTrace {
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
    [[nodiscard]] TicketRecord recorded() const noexcept { return recorded_; }
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

    /// The running task has it from now on; still, if it was the library itself that has moved it.
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
        if (!held_before && has_company()) {
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

    [[nodiscard]] bool has_holder() const noexcept;

    /// Reports that others may take what its task has in another order.
    void learn_order() const noexcept;

    TicketQueue* queue_ = nullptr;
    TurnWaiter* waiter_ = nullptr;
    std::source_location acquired_at_;
    std::uint64_t number_ = 0;  // in its queue, from 1
    Holder holder_;             // holds it, or waits for its events; with checks set from the first
    TicketState state_ = TicketState::released;
    TicketKind kind_ = TicketKind::exclusive;
    TicketRecord recorded_ = TicketRecord::none;
};

}  // namespace juggle::detail
