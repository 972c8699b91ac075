#pragma once

#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/detail/stream/channel_counts.hpp>

#include <coroutine>
#include <optional>
#include <utility>

namespace juggle::detail {

template <class T>
class ChannelCore;

/// `Channel::push(T&&)`. The element stays where it is until it is taken in.
template <class T>
class ChannelPushAwaiter : public Waiter, public ListNode {
public:
    static constexpr bool only_throws_when_cancelled = true;

    ChannelPushAwaiter(ChannelCore<T>& channel, T& element) noexcept
        : Waiter{wait_kind}, channel_{channel}, element_{element} {}

    [[nodiscard]] bool await_ready() noexcept {
        if (channel_.take_in(element_)) [[likely]] {
            return true;
        }
        refused_ = channel_.closed();
        return refused_;
    }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        if (!suspend(coroutine.promise())) {
            return false;
        }
        channel_.stand_in_line(*this);
        return true;
    }

    void await_resume() const {
        throw_if_cancelled();
        if (refused_) [[unlikely]] {
            throw_channel_closed();
        }
    }

    [[nodiscard]] T& element() const noexcept { return element_; }

    /// The channel was closed.
    void refuse() noexcept {
        refused_ = true;
        wake();
    }

private:
    static void leave(Waiter& waiter) noexcept {
        auto& self = static_cast<ChannelPushAwaiter&>(waiter);
        self.channel_.leave_line(self);
        self.wake();
    }
    static void describe_line(const Waiter& waiter, WaitReport& report) {
        static_cast<const ChannelPushAwaiter&>(waiter).channel_.describe_push(report);
    }
    static constexpr WaitKind wait_kind{&ChannelPushAwaiter::leave,
                                        &ChannelPushAwaiter::describe_line};

    bool refused_ = false;  // first: it fits behind the base's last member
    ChannelCore<T>& channel_;
    T& element_;
};

/// Base that is constructed before the awaiter that refers to it.
template <class T>
struct CopiedElement {
    T copied;
};

/// `Channel::push(const T&)` and `Channel::emplace`.
template <class T>
class ChannelCopyAwaiter final : private CopiedElement<T>, public ChannelPushAwaiter<T> {
public:
    template <class... Arguments>
    explicit ChannelCopyAwaiter(ChannelCore<T>& channel, Arguments&&... arguments)
        : CopiedElement<T>{T(std::forward<Arguments>(arguments)...)},
          ChannelPushAwaiter<T>{channel, this->copied} {}
};

/// `Channel::pop()`.
template <class T>
class ChannelPopAwaiter final : public Waiter, public ListNode {
public:
    static constexpr bool only_throws_when_cancelled = true;

    explicit ChannelPopAwaiter(ChannelCore<T>& channel) noexcept
        : Waiter{wait_kind}, channel_{channel} {}

    [[nodiscard]] bool await_ready() noexcept {
        return channel_.size() != 0 || channel_.closed() || channel_.take_from_pusher(received_);
    }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
        if (!suspend(coroutine.promise())) {
            return false;
        }
        channel_.stand_in_line(*this);
        return true;
    }

    std::optional<T> await_resume() {
        throw_if_cancelled();
        if (received_ || waited()) {
            return std::move(received_);
        }
        return channel_.take_out();
    }

    void receive(T& element) noexcept { received_.emplace(std::move(element)); }

private:
    static void leave(Waiter& waiter) noexcept {
        auto& self = static_cast<ChannelPopAwaiter&>(waiter);
        self.channel_.leave_line(self);
        self.wake();
    }
    static void describe_line(const Waiter& waiter, WaitReport& report) {
        static_cast<const ChannelPopAwaiter&>(waiter).channel_.describe_pop(report);
    }
    static constexpr WaitKind wait_kind{&ChannelPopAwaiter::leave,
                                        &ChannelPopAwaiter::describe_line};

    ChannelCore<T>& channel_;
    std::optional<T> received_;
};

}  // namespace juggle::detail
