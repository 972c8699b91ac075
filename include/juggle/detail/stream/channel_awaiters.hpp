#pragma once

#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/run/queued_waiter.hpp>
#include <juggle/detail/stream/channel_counts.hpp>

#include <optional>
#include <utility>

namespace juggle::detail {

template <class T>
class ChannelCore;

/// `Channel::push`. The element stays where it is until it is taken in.
template <class T>
class ChannelPusher : public QueuedWaiter<ChannelPusher<T>, ChannelCore<T>> {
public:
    static constexpr bool only_throws_when_cancelled = true;
    static constexpr const char* operation = "push";

    [[nodiscard]] bool await_ready() noexcept {
        if (this->queue().take_in(element_)) [[likely]] {
            return true;
        }
        this->marked_ = this->queue().closed();
        return this->marked_;
    }

    void await_resume() const {
        this->throw_if_cancelled();
        if (this->marked_) [[unlikely]] {
            this->queue().throw_closed();
        }
    }

    [[nodiscard]] T& element() const noexcept { return element_; }

    /// The channel was closed.
    void refuse() noexcept {
        this->marked_ = true;
        this->wake();
    }

protected:
    ChannelPusher(ChannelCore<T>& channel, T& element) noexcept
        : QueuedWaiter<ChannelPusher, ChannelCore<T>>{channel}, element_{element} {}
    ~ChannelPusher() = default;

private:
    T& element_;
};

/// `Channel::push(T&&)`.
template <class T>
class ChannelPushAwaiter final : public ChannelPusher<T> {
public:
    ChannelPushAwaiter(ChannelCore<T>& channel, T& element) noexcept
        : ChannelPusher<T>{channel, element} {}
};

/// `Channel::push(const T&)` and `Channel::emplace`.
template <class T>
class ChannelCopyAwaiter final : private BaseFromMember<T>, public ChannelPusher<T> {
public:
    template <class... Arguments>
    explicit ChannelCopyAwaiter(ChannelCore<T>& channel, Arguments&&... arguments)
        : BaseFromMember<T>{T(std::forward<Arguments>(arguments)...)},
          ChannelPusher<T>{channel, this->kept} {}
};

/// `Channel::pop()`.
template <class T>
class ChannelPopAwaiter final : public QueuedWaiter<ChannelPopAwaiter<T>, ChannelCore<T>> {
public:
    static constexpr bool only_throws_when_cancelled = true;
    static constexpr const char* operation = "pop";

    explicit ChannelPopAwaiter(ChannelCore<T>& channel) noexcept
        : QueuedWaiter<ChannelPopAwaiter, ChannelCore<T>>{channel} {}

    [[nodiscard]] bool await_ready() noexcept {
        ChannelCore<T>& channel = this->queue();
        return channel.size() != 0 || channel.closed() || channel.take_from_pusher(received_);
    }

    std::optional<T> await_resume() {
        this->throw_if_cancelled();
        if (received_ || this->waited()) {
            return std::move(received_);
        }
        return this->queue().take_out();
    }

    void receive(T& element) noexcept { received_.emplace(std::move(element)); }

private:
    std::optional<T> received_;
};

}  // namespace juggle::detail
