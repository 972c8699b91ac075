#pragma once

#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/base/ring_link.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/spawned_task.hpp>

#include <cstdint>

namespace juggle::inline JUGGLE_ABI::detail {

/// Whose a ticket is, as far as is known, and since when: for lock orders, so only in libraries
/// with checks.
#if JUGGLE_CHECKS
class TicketTrace : public RingLink {
public:
    /// The loop's when it was taken.
    [[nodiscard]] std::uint64_t taken_at() const noexcept { return taken_at_; }
    /// A task has it, and others as well.
    [[nodiscard]] bool has_company() const noexcept { return ahead != behind; }

protected:
    TicketTrace() = default;
    ~TicketTrace() { leave(); }

    void note_taken() noexcept {
        if (running_record != nullptr) {
            taken_at_ = running_record->loop().tick();
            join(running_record->tickets);
            owner_ = running_record;
        }
    }
    /// The running task has it from now on.
    void own() noexcept {
        if (owner_ == running_record && !alone()) [[likely]] {
            return;
        }
        leave();
        owner_ = running_record;
        if (owner_ != nullptr) {
            join(owner_->tickets);
        }
    }
    void disown() noexcept { leave(); }
    /// It was moved, perhaps to another task: nobody has it.
    void take_trace(TicketTrace& other) noexcept {
        leave();
        other.leave();
        taken_at_ = other.taken_at_;
    }

private:
    SpawnedTask* owner_ = nullptr;  // if it is in a ring
    std::uint64_t taken_at_ = 0;
};
#else
class TicketTrace {
public:
    [[nodiscard]] static constexpr bool has_company() noexcept { return false; }

protected:
    TicketTrace() = default;
    ~TicketTrace() = default;
    void note_taken() noexcept {}
    void own() noexcept {}
    void disown() noexcept {}
    void take_trace(TicketTrace& /*other*/) noexcept {}
};
#endif

}  // namespace juggle::detail
