#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/resource/ticket_trace.hpp>
#include <juggle/detail/run/holder.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/observer.hpp>

#include <cstdint>
#include <source_location>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

class TicketQueue;
class TurnWaiter;
struct WaitReport;

enum class TicketState : std::uint8_t {
    waiting,   ///< somebody is ahead
    granted,   ///< the turn has come, but the value was not taken yet
    held,      ///< a wait of its own has completed
    released,  ///< left the queue for good
    none,      ///< never acquired, or moved from: of no queue
};

/// What an observer was told of a ticket last.
enum class TicketRecord : std::uint8_t { none, waits, held };

/// Whether a ticket's holder wants the value for itself, or may look at it together with those
/// before and behind that want it so, too.
enum class TicketKind : std::uint8_t { exclusive, shared };

/// A place in the queue of a resource: all of an allocation that does not depend on the types.
///
/// All that is looked at in each turn is one word, so that a turn for which nobody waits costs a
/// comparison or two; what the word does not say of a ticket is not set.
class JUGGLE_EXPORT Ticket : public TicketTrace {
public:
    /// Takes no place.
    Ticket() noexcept : standing_{word_of(TicketState::none, TicketKind::exclusive)} {}

    /// Takes the next place in the queue.
    Ticket(TicketQueue& queue, TicketKind kind, std::source_location acquired_at) noexcept;

    Ticket(Ticket&& other) noexcept { take_place_of(other); }
    Ticket& operator=(Ticket&&) = delete;
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    [[nodiscard]] TicketState state() const noexcept {
        return static_cast<TicketState>(standing_ & state_bits);
    }
    /// Whether it has a place: is not released, and not none.
    [[nodiscard]] bool in_queue() const noexcept { return state() < TicketState::released; }
    [[nodiscard]] bool shared() const noexcept { return (standing_ & shared_bit) != 0; }
    [[nodiscard]] TicketQueue& queue() const noexcept { return *queue_; }
    [[nodiscard]] const std::source_location& acquired_at() const noexcept { return acquired_at_; }
    [[nodiscard]] TicketRecord recorded() const noexcept {
        return static_cast<TicketRecord>((standing_ & record_bits) >> record_shift);
    }
    /// In its queue, from 1; as long as it is in it.
    [[nodiscard]] std::uint64_t number() const noexcept;

    /// Throws `std::logic_error` unless the ticket can still be waited for.
    void check_waitable(const char* operation) const {
        if (!in_queue()) [[unlikely]] {
            throw_misused(operation, "the allocation was released already");
        }
    }
    /// Throws `std::logic_error` unless the ticket is held.
    void check_held(const char* operation) const {
        if (state() != TicketState::held) [[unlikely]] {
            throw_not_held(operation);
        }
    }

    /// Throws `std::logic_error` unless the ticket is held and nobody waits for events of it.
    void check_releasable(const char* operation) const {
        check_held(operation);
        if (awaited()) [[unlikely]] {
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
        if (current_observer != nullptr && state() != TicketState::held) [[unlikely]] {
            note_held();
        }
        set_state(TicketState::held);
        take_over();
    }

    /// At the end of a wait: where lock orders are learnt, with what else the task has.
    void hold_after_wait() noexcept {
        const bool held_before = state() == TicketState::held;
        hold();
        if (!held_before && has_company()) {
            learn_order();
        }
    }

    /// One of several, before the first of them is held: each was had while the others were waited
    /// for.
    void expect_hold() noexcept {
        if (has_checks && state() != TicketState::held) {
            take_over();
        }
    }

    /// Holds it, at the end of a wait, if the turn has come and nobody has to be told; still, if it
    /// is held already. False: it is as it was.
    [[nodiscard]] bool hold_at_once(TicketKind kind) noexcept {
        if (standing_ != word_of(TicketState::granted, kind) || current_observer != nullptr)
            [[unlikely]] {
            if (state() != TicketState::held) {
                return false;
            }
            take_over();
            return true;
        }
        standing_ = word_of(TicketState::held, kind);
        take_over();
        if (has_company()) {
            learn_order();
        }
        return true;
    }

    /// An exclusive one that is held, and nothing else has to be known of it.
    [[nodiscard]] bool held_alone() const noexcept {
        return standing_ == word_of(TicketState::held, TicketKind::exclusive);
    }

    /// Its number in the queue and where it was acquired, for messages.
    [[nodiscard]] std::string text() const;

protected:
    ~Ticket() = default;
    void take_place_of(Ticket& other) noexcept;
    /// Lets go of the queue, whatever the state, and leaves the ticket as it is.
    void drop() noexcept;

    friend class TicketLine;
    friend class TicketQueue;
    friend class TurnWaiter;

    // The word.

    static constexpr std::uint32_t state_bits = 0xff;
    static constexpr std::uint32_t shared_bit = 1U << 8U;
    static constexpr std::uint32_t awaited_bit = 1U << 9U;    // `waiter_` is set
    static constexpr std::uint32_t numbered_bit = 1U << 10U;  // `number_` is set
    static constexpr unsigned record_shift = 11;              // of a TicketRecord
    static constexpr std::uint32_t record_bits = 3U << record_shift;

    [[nodiscard]] static constexpr std::uint32_t word_of(TicketState state,
                                                         TicketKind kind) noexcept {
        return static_cast<std::uint32_t>(state) | (kind == TicketKind::shared ? shared_bit : 0);
    }
    /// The whole word is written, since it is the whole word that is read next.
    void set_state(TicketState state) noexcept {
        standing_ = (standing_ & ~state_bits) | static_cast<std::uint32_t>(state);
    }
    void set_recorded(TicketRecord record) noexcept {
        standing_ = (standing_ & ~record_bits) | static_cast<std::uint32_t>(record) << record_shift;
    }
    [[nodiscard]] bool numbered() const noexcept { return (standing_ & numbered_bit) != 0; }

    /// The await that waits for its turn, or for events while it is its turn.
    [[nodiscard]] TurnWaiter* waiter() const noexcept { return awaited() ? waiter_ : nullptr; }
    [[nodiscard]] bool awaited() const noexcept { return (standing_ & awaited_bit) != 0; }
    void set_waiter(TurnWaiter& waiter) noexcept {
        waiter_ = &waiter;
        standing_ |= awaited_bit;
    }
    void clear_waiter() noexcept { standing_ &= ~awaited_bit; }

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

    // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): see above
    TicketQueue* queue_;  // unless it is none
    std::source_location acquired_at_;
    std::uint32_t standing_;
    Holder holder_;  // holds it, or waits for its events; with checks set from the first
    TurnWaiter* waiter_;
    std::uint64_t number_;  // in its queue, from 1; of one that was always alone, the queue's last
    Ticket* ahead_;         // see TicketLine
    Ticket* behind_;
    // NOLINTEND(cppcoreguidelines-pro-type-member-init)
};

}  // namespace juggle::detail
