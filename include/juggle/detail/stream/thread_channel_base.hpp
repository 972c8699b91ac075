#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/inbox.hpp>
#include <juggle/detail/run/loop.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace juggle::inline JUGGLE_ABI::detail {

/// What kind of channel has it, for messages.
struct ThreadChannelKind {
    const char* name;
    const char* constructor;
    const char* destructor;
};

/// What a channel between an executor and other threads shares with their ends of it, but for what
/// depends on the type of elements and on the direction.
///
/// It is posted to the executor when something has come that is awaited, and owns itself then.
class JUGGLE_EXPORT ThreadChannelBase : private PostNode, public ListNode {
public:
    void retain() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept {
        if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete this;
        }
    }

    /// For the executor's thread: a library with checks notices others.
    void check_thread(const char* function) const noexcept {
        if constexpr (has_checks) {
            if (loop_ != nullptr) {
                loop_->check_call(function);
            }
        }
    }

    virtual void close() noexcept = 0;

    /// No task will use it any more.
    void executor_gone() noexcept {
        loop_ = nullptr;
        close();
    }

protected:
    ThreadChannelBase(Loop& loop, const ThreadChannelKind& kind);
    virtual ~ThreadChannelBase() { inbox_.release(); }

    /// The executor calls `told` at one of its next ticks. At most once at a time.
    void tell_executor() noexcept {
        retain();
        if (!inbox_.post(*this)) {
            release();
        }
    }
    virtual void told() noexcept = 0;

    /// A library with checks aborts if the thread that would sleep is the one that is to wake it.
    void check_may_block(std::string_view misuse_text) const noexcept {
        if (has_checks && current_loop != nullptr && current_loop == home_) {
            misuse(misuse_text);
        }
    }

    /// From now on until it leaves, the executor tells when it goes away. May throw
    /// `std::bad_alloc`.
    void join_executor();
    void leave_executor() noexcept;

private:
    static void run(PostNode& node) noexcept {
        auto& self = static_cast<ThreadChannelBase&>(node);
        self.told();
        self.release();
    }

    const ThreadChannelKind& kind_;
    Inbox& inbox_;  // which it keeps; no Poster, since only a wait in it is to be waited for
    const Loop* const home_;
    Loop* loop_;  // null when the executor is gone
    std::atomic<std::uint32_t> owners_{1};
};

/// The loop that runs the calling code; `std::logic_error` if there is none.
[[nodiscard]] JUGGLE_EXPORT Loop& loop_of_thread_channel(const ThreadChannelKind& kind);
JUGGLE_EXPORT void check_capacity(const ThreadChannelKind& kind, std::size_t capacity,
                                  std::size_t most);

}  // namespace juggle::detail
