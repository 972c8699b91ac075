#pragma once

#include <juggle/detail/stream/thread_channel_state.hpp>

#include <concepts>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// The end of a `ThreadChannel` where other threads push.
///
/// Copies are cheap; several threads may use one, or each its own. It may outlive the channel and
/// the executor: pushing returns false then.
template <class T>
class ThreadProducer {
public:
    /// Belongs to no channel, which is as good as a closed one.
    ThreadProducer() = default;

    explicit ThreadProducer(detail::ThreadChannelState<T>& channel) noexcept : channel_{&channel} {
        channel_->retain();
    }
    ThreadProducer(const ThreadProducer& other) noexcept : channel_{other.channel_} {
        if (channel_ != nullptr) {
            channel_->retain();
        }
    }
    ThreadProducer(ThreadProducer&& other) noexcept
        : channel_{std::exchange(other.channel_, nullptr)} {}
    ThreadProducer& operator=(ThreadProducer other) noexcept {
        std::swap(channel_, other.channel_);
        return *this;
    }
    ~ThreadProducer() {
        if (channel_ != nullptr) {
            channel_->release();
        }
    }

    /// Pushes if there is room. False: the channel is full, or `closed()`; the element was not
    /// touched. Lock-free, allocates nothing, and makes a system call only if the executor sleeps.
    [[nodiscard]] bool try_push(T&& element) const noexcept {
        return channel_ != nullptr && channel_->try_push(element);
    }
    [[nodiscard]] bool try_push(const T& element) const
        requires std::copy_constructible<T>
    {
        return try_push(T{element});
    }

    /// Pushes; the calling thread sleeps while the channel is full. False: the channel is closed;
    /// the element was not touched. Not for the executor's own thread, which is the one that makes
    /// room: a library with checks aborts when that would sleep.
    [[nodiscard]] bool push(T&& element) const noexcept {
        return channel_ != nullptr && channel_->push(element);
    }
    [[nodiscard]] bool push(const T& element) const
        requires std::copy_constructible<T>
    {
        return push(T{element});
    }

    /// Closes the channel for all producers, and wakes those that sleep in `push`. What was pushed
    /// can still be popped.
    void close() const noexcept {
        if (channel_ != nullptr) {
            channel_->close();
        }
    }

    /// Whether nothing is taken in any more.
    [[nodiscard]] bool closed() const noexcept { return channel_ == nullptr || channel_->closed(); }

private:
    detail::ThreadChannelState<T>* channel_ = nullptr;
};

}  // namespace juggle
