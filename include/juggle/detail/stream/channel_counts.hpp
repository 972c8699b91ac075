#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/queued_waiter.hpp>
#include <juggle/observer.hpp>

#include <cstddef>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

class ChannelCounts;

/// `Channel::join()`.
class ChannelJoinAwaiter final : public QueuedWaiter<ChannelJoinAwaiter, ChannelCounts> {
public:
    static constexpr bool only_throws_when_cancelled = true;
    static constexpr const char* operation = "join";

    explicit ChannelJoinAwaiter(ChannelCounts& counts) noexcept : QueuedWaiter{counts} {}

    [[nodiscard]] bool await_ready() const noexcept;
    void await_resume() const { throw_if_cancelled(); }
};

[[noreturn]] JUGGLE_EXPORT void throw_channel_too_large(std::size_t capacity);
[[noreturn]] JUGGLE_EXPORT void throw_no_task_to_be_done();

/// All that a channel knows which does not depend on the type of its elements.
///
/// Counts never go back and may wrap; only their differences mean something.
class JUGGLE_EXPORT ChannelCounts {
public:
    ChannelCounts(std::size_t capacity, std::source_location made_at) noexcept
        : room_{capacity}, capacity_{capacity}, label_{"channel", made_at} {}
    ChannelCounts(const ChannelCounts&) = delete;
    ChannelCounts& operator=(const ChannelCounts&) = delete;

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    void set_name(std::string name) noexcept { label_.set_name(std::move(name)); }
    [[nodiscard]] const Label& label() const noexcept { return label_; }

    [[noreturn]] void throw_closed() const;

    void describe_push(WaitReport& report) const;
    void describe_pop(WaitReport& report) const;

    void join(ChannelJoinAwaiter& joiner) noexcept { joiners_.push_back(joiner); }
    void leave(ChannelJoinAwaiter& joiner) noexcept {
        joiners_.remove(joiner);
        joiner.wake();
    }
    void describe(const ChannelJoinAwaiter& joiner, WaitReport& report) const;

    /// How many elements are in the ring.
    [[nodiscard]] std::size_t size() const noexcept { return taken_in_ - taken_out_; }
    /// How many elements were taken in for which `task_done` has not been called.
    [[nodiscard]] std::size_t unfinished() const noexcept { return taken_in_ - done_; }

    void task_done() {
        if (unfinished() == 0) [[unlikely]] {
            throw_no_task_to_be_done();
        }
        ++done_;
        if (unfinished() == 0) {
            while (!joiners_.empty()) {
                ChannelJoinAwaiter& joiner = *joiners_.first();
                joiners_.remove(joiner);
                joiner.wake();
            }
        }
    }

protected:
    ~ChannelCounts() { note_destroyed(label_); }

    void check_thread(const char* function, bool no_task_waits) noexcept {
        if (no_task_waits) {
            guard_.bind();
        }
        if (guard_.is_wrong_thread()) [[unlikely]] {
            wrong_thread(function);
        }
    }
    void size_changed() const noexcept {
        if (current_observer != nullptr) [[unlikely]] {
            tell_size();
        }
    }
    /// An element went from task to task.
    void handed_over() const noexcept {
        if (current_observer != nullptr) [[unlikely]] {
            current_observer->served(label_, taken_out_);
        }
    }

    [[nodiscard]] bool no_task_joins() const noexcept { return joiners_.empty(); }

    std::size_t taken_in_ = 0;
    std::size_t taken_out_ = 0;
    std::size_t room_;  // the capacity; nothing once the channel is closed
    std::size_t done_ = 0;
    bool closed_ = false;

private:
    [[noreturn]] void wrong_thread(const char* function) const noexcept;
    void tell_size() const noexcept;
    [[nodiscard]] std::string text() const;

    std::size_t capacity_;
    Label label_;
    IntrusiveList<ChannelJoinAwaiter> joiners_;
    [[no_unique_address]] ThreadGuard guard_;
};

inline bool ChannelJoinAwaiter::await_ready() const noexcept { return queue().unfinished() == 0; }

}  // namespace juggle::detail
