#pragma once

#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/run/awaiter_at_once.hpp>
#include <juggle/detail/run/queued_waiter.hpp>
#include <juggle/detail/stream/channel_counts.hpp>

#include <coroutine>
#include <optional>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

template <class T>
class ChannelCore;

/// Waits for room. The element stays where it is until it is taken in.
template <class T>
class ChannelPusher final : public QueuedWaiter<ChannelPusher<T>, ChannelCore<T>> {
public:
    static constexpr bool only_throws_when_cancelled = true;
    static constexpr const char* operation = "push";

    ChannelPusher(ChannelCore<T>& channel, T* element) noexcept
        : QueuedWaiter<ChannelPusher, ChannelCore<T>>{channel}, element_{*element} {}

    [[nodiscard]] bool await_ready() noexcept {
        if (this->queue().take_in(element_)) {
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

private:
    T& element_;
};

/// `Channel::push(T&&)`.
template <class T>
class ChannelPushAwaiter : public AwaiterAtOnce<ChannelCore<T>, ChannelPusher<T>> {
public:
    ChannelPushAwaiter(ChannelCore<T>& channel, T& element) noexcept
        : AwaiterAtOnce<ChannelCore<T>, ChannelPusher<T>>{channel}, element_{&element} {}

    [[nodiscard]] bool await_ready() noexcept {
        return this->source() != nullptr && this->source()->take_in(*element_);
    }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->wait(coroutine, element_);
    }
    void await_resume() {
        if (this->source() == nullptr) [[unlikely]] {
            this->end_wait();
        }
    }

private:
    T* element_;
};

/// `Channel::push(const T&)` and `Channel::emplace`.
template <class T>
class ChannelCopyAwaiter final : private BaseFromMember<T>, public ChannelPushAwaiter<T> {
public:
    template <class... Arguments>
    explicit ChannelCopyAwaiter(ChannelCore<T>& channel, Arguments&&... arguments)
        : BaseFromMember<T>{T(std::forward<Arguments>(arguments)...)},
          ChannelPushAwaiter<T>{channel, this->kept} {}
};

/// Waits for an element.
template <class T>
class ChannelPopper final : public QueuedWaiter<ChannelPopper<T>, ChannelCore<T>> {
public:
    static constexpr bool only_throws_when_cancelled = true;
    static constexpr const char* operation = "pop";

    explicit ChannelPopper(ChannelCore<T>& channel) noexcept
        : QueuedWaiter<ChannelPopper, ChannelCore<T>>{channel} {}

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

/// `Channel::pop()`.
template <class T>
class ChannelPopAwaiter final : public AwaiterAtOnce<ChannelCore<T>, ChannelPopper<T>> {
public:
    explicit ChannelPopAwaiter(ChannelCore<T>& channel) noexcept
        : AwaiterAtOnce<ChannelCore<T>, ChannelPopper<T>>{channel} {}

    [[nodiscard]] bool await_ready() noexcept {
        return this->source() != nullptr && this->source()->size() != 0;
    }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->wait(coroutine);
    }
    std::optional<T> await_resume() {
        if (this->source() == nullptr) [[unlikely]] {
            return this->end_wait();
        }
        return this->source()->take_first();
    }
};

}  // namespace juggle::detail
