#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/base/ring_link.hpp>
#include <juggle/detail/base/task_key.hpp>
#include <juggle/detail/run/holder.hpp>
#include <juggle/observer.hpp>

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

class PermitAwaiter;
class PermitWaiter;
class PermitQueue;
struct WaitReport;

/// Permits that are out, all of a `SemaphorePermit`: in a ring with their semaphore, so that a
/// description can tell which task has them.
class TakenPermits : private RingLink {
public:
    TakenPermits() = default;
    /// They were taken from the queue, for this task.
    TakenPermits(PermitQueue& queue, std::size_t count, TaskKey task,
                 std::source_location acquired_at) noexcept;
    TakenPermits(TakenPermits&& other) noexcept;
    TakenPermits& operator=(TakenPermits&&) = delete;
    ~TakenPermits();

    /// `how`, for messages.
    void give_back(const char* how) noexcept;
    /// This task has them from now on; still, if it was the library itself that has moved them.
    void take_over(TaskKey task) noexcept { holder_.set(task); }
    /// Of one that has none. The other has none any more.
    void take_from(TakenPermits& other) noexcept;

    [[nodiscard]] bool any() const noexcept { return queue_ != nullptr; }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
    friend class PermitQueue;

    void end(PermitQueue& queue, const char* how) noexcept;

    std::size_t count_ = 0;
    PermitQueue* queue_ = nullptr;
    Holder holder_;
    std::source_location acquired_at_;
};

/// The permits of a semaphore, and the tasks that wait for some. It lives on until the last permit
/// has come back: one that is dropped too late finds it.
class JUGGLE_EXPORT PermitQueue {
public:
    PermitQueue(std::size_t permits, std::source_location made_at) noexcept
        : permits_{permits}, available_{permits}, label_{"semaphore", made_at} {}
    PermitQueue(const PermitQueue&) = delete;
    PermitQueue& operator=(const PermitQueue&) = delete;

    [[nodiscard]] std::size_t permits() const noexcept { return permits_; }
    [[nodiscard]] std::size_t available() const noexcept { return available_; }
    void set_name(std::string name) noexcept { label_.set_name(std::move(name)); }
    [[nodiscard]] const Label& label() const noexcept { return label_; }
    void describe(const PermitWaiter& waiter, WaitReport& report) const;

    /// At the start of a function of the semaphore, or of a permit.
    void check_thread(const char* function) noexcept {
        if (idle()) {
            guard_.bind();
        }
        if (guard_.is_wrong_thread()) [[unlikely]] {
            wrong_thread(function);
        }
    }

    /// False: there are too few, or another waits already.
    [[nodiscard]] bool try_take(std::size_t count) noexcept {
        if (count > available_ || !waiters_.empty()) {
            return false;
        }
        available_ -= count;
        level_changed();
        return true;
    }

    void give_back(std::size_t count) noexcept {
        available_ += count;
        if (current_observer != nullptr) [[unlikely]] {
            tell_given_back(count);
        }
        if (is_wanted_) [[unlikely]] {
            note_given_back();
        }
    }

    void join(PermitWaiter& waiter) noexcept;
    void leave(PermitWaiter& waiter) noexcept;

    /// The semaphore is destroyed. Aborts, with checks, if permits are out or wanted.
    void semaphore_goes() noexcept;

private:
    friend class TakenPermits;
    ~PermitQueue() { note_destroyed(label_); }

    [[nodiscard]] bool idle() const noexcept { return available_ == permits_ && waiters_.empty(); }

    [[noreturn]] void wrong_thread(const char* function) const noexcept;

    void level_changed() const noexcept {
        if (current_observer != nullptr) [[unlikely]] {
            tell_level();
        }
    }
    void tell_level() const noexcept;
    void tell_given_back(std::size_t count) noexcept;

    /// Gives permits to the waiters at the front, as long as there are enough.
    void serve() noexcept;
    void note_given_back() noexcept;

    std::size_t permits_;
    std::size_t available_;
    struct Head final : RingLink {
    } taken_;  // the oldest is behind it
    Label label_;
    IntrusiveList<PermitWaiter> waiters_;
    [[no_unique_address]] ThreadGuard guard_;
    bool serving_ = false;
    bool semaphore_is_gone_ = false;
    bool is_wanted_ = false;        // a permit: somebody waits, or did; or the semaphore is gone
    std::uint64_t given_back_ = 0;  // as far as an observer has seen it
};

inline TakenPermits::TakenPermits(PermitQueue& queue, std::size_t count, TaskKey task,
                                  std::source_location acquired_at) noexcept
    : RingLink(queue.taken_), count_{count}, queue_{&queue}, holder_{task},
      acquired_at_{acquired_at} {}

inline TakenPermits::TakenPermits(TakenPermits&& other) noexcept { take_from(other); }

inline void TakenPermits::take_from(TakenPermits& other) noexcept {
    queue_ = std::exchange(other.queue_, nullptr);
    count_ = std::exchange(other.count_, 0);
    if (queue_ != nullptr) {
        holder_ = other.holder_;
        holder_.note_move();
        acquired_at_ = other.acquired_at_;
        ahead = other.ahead;
        behind = other.behind;
        ahead->behind = this;
        behind->ahead = this;
    }
}

inline void TakenPermits::give_back(const char* how) noexcept {
    if (PermitQueue* const queue = std::exchange(queue_, nullptr)) {
        end(*queue, how);
        count_ = 0;
    }
}

inline TakenPermits::~TakenPermits() {
    if (queue_ != nullptr) {
        end(*queue_, "the end of a SemaphorePermit");
    }
}

inline void TakenPermits::end(PermitQueue& queue, const char* how) noexcept {
    queue.check_thread(how);
    ahead->behind = behind;
    behind->ahead = ahead;
    queue.give_back(count_);
}

}  // namespace juggle::detail
