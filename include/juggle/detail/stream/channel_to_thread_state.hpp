#pragma once

#include <juggle/channel_closed.hpp>
#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/run/next_that_commits.hpp>
#include <juggle/detail/stream/delivery_ring.hpp>
#include <juggle/detail/stream/thread_channel_base.hpp>
#include <juggle/detail/stream/thread_waiter.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

inline constexpr ThreadChannelKind channel_to_thread{"ChannelToThread",
                                                     "the constructor of a ChannelToThread",
                                                     "the destructor of a ChannelToThread"};

JUGGLE_EXPORT void describe_thread_push(WaitReport& report, std::size_t capacity);

template <class T>
class ThreadPusher;

/// The ring and the queue of the tasks that wait to push. None waits while there is room that the
/// executor knows of.
template <class T>
class ChannelToThreadState final : public ThreadChannelBase {
public:
    ChannelToThreadState(Loop& loop, std::size_t capacity)
        : ThreadChannelBase{loop, channel_to_thread}, ring_{capacity} {
        join_executor();
    }

    // From any thread.

    void try_pop(std::optional<T>& element) noexcept { tell_of(ring_.try_take(element)); }

    void pop(std::optional<T>& element) noexcept {
        if constexpr (has_checks) {
            const Take result = ring_.try_take(element);
            if (result != Take::empty) {
                tell_of(result);
                return;
            }
            check_may_block("juggle: ThreadConsumer::pop would block the executor that is to push");
        }
        tell_of(ring_.take(element));
    }

    void close() noexcept override {
        if (ring_.close()) {
            tell_executor();
        }
    }

    [[nodiscard]] bool closed() const noexcept { return ring_.closed(); }

    // From the executor's.

    [[nodiscard]] std::size_t size() const noexcept { return ring_.size(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return ring_.capacity(); }

    /// Takes the element in unless other tasks wait to push. False: there is no room, or it is
    /// closed; the element is untouched.
    [[nodiscard]] bool take_in(T& element) noexcept {
        serve_queue();
        if (!pushers_.empty() || closed() || !ring_.has_room()) {
            return false;
        }
        ring_.put(element);
        return true;
    }

    void join(ThreadPusher<T>& pusher) noexcept {
        pusher.loop().begin_external_wait();
        pushers_.push_back(pusher);
        serve_queue();
    }
    void leave(ThreadPusher<T>& pusher) noexcept {
        pushers_.remove(pusher);
        pusher.wake();
    }
    void describe(const ThreadPusher<T>&, WaitReport& report) const {
        describe_thread_push(report, capacity());
    }

    /// The channel goes; what is in it is still to be had.
    void abandon() noexcept {
        if (has_checks && !pushers_.empty()) {
            misuse_by_destruction(
                "juggle: a ChannelToThread was destroyed while a task waits for it");
        }
        leave_executor();
        (void)ring_.close();
        release();
    }

private:
    using Take = typename DeliveryRing<T>::Take;

    void tell_of(Take result) noexcept {
        if (result == Take::taken_and_awaited) {
            tell_executor();
        }
    }

    void told() noexcept override {
        awaiting_ = false;
        serve_queue();
    }

    /// Lets the waiters push as far as there is room, and the others be notified of what comes.
    void serve_queue() noexcept {
        while (!pushers_.empty()) {
            if (closed()) {
                ThreadPusher<T>& pusher = *pushers_.first();
                pushers_.remove(pusher);
                pusher.refuse();
            } else if (ring_.has_room()) {
                serve_next();
            } else if (awaiting_ || ring_.await()) {
                // If an earlier post is still on its way this is done again when it arrives.
                awaiting_ = true;
                return;
            }
        }
    }

    void serve_next() noexcept {
        if (ThreadPusher<T>* pusher = next_that_commits(pushers_)) {
            ring_.put(pusher->element());
            pusher->wake();
        }
    }

    DeliveryRing<T> ring_;
    IntrusiveList<ThreadPusher<T>> pushers_;
    bool awaiting_ = false;  // a post is to come, or on its way
};

/// `ChannelToThread::push`. The element stays where it is until it is taken in.
template <class T>
class ThreadPusher : public ThreadWaiter<ThreadPusher<T>, ChannelToThreadState<T>> {
public:
    [[nodiscard]] bool await_ready() noexcept {
        this->queue().check_thread("ChannelToThread::push");
        if (this->queue().take_in(element_)) {
            return true;
        }
        this->marked_ = this->queue().closed();
        return this->marked_;
    }

    void await_resume() const {
        this->throw_if_cancelled();
        if (this->marked_) [[unlikely]] {
            throw ChannelClosed{};
        }
    }

    [[nodiscard]] T& element() const noexcept { return element_; }

    /// The channel was closed.
    void refuse() noexcept {
        this->marked_ = true;
        this->wake();
    }

protected:
    ThreadPusher(ChannelToThreadState<T>& channel, T& element) noexcept
        : ThreadWaiter<ThreadPusher, ChannelToThreadState<T>>{channel}, element_{element} {}
    ~ThreadPusher() = default;

private:
    T& element_;
};

/// `ChannelToThread::push(T&&)`.
template <class T>
class ThreadPushAwaiter final : public ThreadPusher<T> {
public:
    ThreadPushAwaiter(ChannelToThreadState<T>& channel, T& element) noexcept
        : ThreadPusher<T>{channel, element} {}
};

/// `ChannelToThread::push(const T&)` and `ChannelToThread::emplace`.
template <class T>
class ThreadCopyAwaiter final : private BaseFromMember<T>, public ThreadPusher<T> {
public:
    template <class... Arguments>
    explicit ThreadCopyAwaiter(ChannelToThreadState<T>& channel, Arguments&&... arguments)
        : BaseFromMember<T>{T(std::forward<Arguments>(arguments)...)},
          ThreadPusher<T>{channel, this->kept} {}
};

}  // namespace juggle::detail
