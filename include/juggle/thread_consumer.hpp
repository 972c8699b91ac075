#pragma once

#include <juggle/detail/stream/channel_to_thread_state.hpp>

#include <optional>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// The end of a `ChannelToThread` where other threads pop.
///
/// Copies are cheap; several threads may use one, or each its own. It may outlive the channel and
/// the executor: what was pushed before can still be popped.
template <class T>
class ThreadConsumer {
public:
    /// Belongs to no channel, which is as good as one that is closed and empty.
    ThreadConsumer() = default;

    explicit ThreadConsumer(detail::ChannelToThreadState<T>& channel) noexcept
        : channel_{&channel} {
        channel_->retain();
    }
    ThreadConsumer(const ThreadConsumer& other) noexcept : channel_{other.channel_} {
        if (channel_ != nullptr) {
            channel_->retain();
        }
    }
    ThreadConsumer(ThreadConsumer&& other) noexcept
        : channel_{std::exchange(other.channel_, nullptr)} {}
    ThreadConsumer& operator=(ThreadConsumer other) noexcept {
        std::swap(channel_, other.channel_);
        return *this;
    }
    ~ThreadConsumer() {
        if (channel_ != nullptr) {
            channel_->release();
        }
    }

    /// The oldest element; nothing if there is none, now or any more. Lock-free, allocates nothing,
    /// and makes a system call only if a task waits for room and its executor sleeps.
    [[nodiscard]] std::optional<T> try_pop() const noexcept {
        std::optional<T> element;
        if (channel_ != nullptr) {
            channel_->try_pop(element);
        }
        return element;
    }

    /// The oldest element; the calling thread sleeps while there is none. Nothing: the channel is
    /// closed, and all that was pushed has been popped. Not for the executor's own thread, whose
    /// tasks push: a library with checks aborts when that would sleep.
    [[nodiscard]] std::optional<T> pop() const noexcept {
        std::optional<T> element;
        if (channel_ != nullptr) {
            channel_->pop(element);
        }
        return element;
    }

    /// Closes the channel for all, as a thread does that will pop no more: tasks that wait to push
    /// get `ChannelClosed`, threads that sleep in `pop` wake up. What was pushed can still be
    /// popped. A push at this very moment may go in all the same, behind the end that another pop
    /// has seen.
    void close() const noexcept {
        if (channel_ != nullptr) {
            channel_->close();
        }
    }

    /// Whether nothing is pushed any more.
    [[nodiscard]] bool closed() const noexcept { return channel_ == nullptr || channel_->closed(); }

private:
    detail::ChannelToThreadState<T>* channel_ = nullptr;
};

}  // namespace juggle
