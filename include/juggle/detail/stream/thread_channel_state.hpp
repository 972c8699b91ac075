#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/inbox.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/next_that_commits.hpp>
#include <juggle/detail/run/queued_waiter.hpp>
#include <juggle/detail/stream/thread_ring.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace juggle::detail {

/// What a `ThreadChannel` and its producers share, but for what depends on the type of elements.
///
/// It is posted to the executor when an element has come that is awaited, and owns itself then.
class JUGGLE_EXPORT ThreadChannelBase : private PostNode, public ListNode {
public:
    void retain() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept {
        if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete this;
        }
    }

    /// For the consumer's thread: a library with checks notices others.
    void check_thread(const char* function) const noexcept {
        if constexpr (has_checks) {
            if (loop_ != nullptr) {
                loop_->check_call(function);
            }
        }
    }

    virtual void close() noexcept = 0;

    /// No task will pop any more.
    void executor_gone() noexcept {
        loop_ = nullptr;
        close();
    }

protected:
    explicit ThreadChannelBase(Loop& loop);
    virtual ~ThreadChannelBase() { inbox_.release(); }

    /// The executor calls `told` at one of its next ticks. At most once at a time.
    void tell_consumer() noexcept {
        retain();
        if (!inbox_.post(*this)) {
            release();
        }
    }
    virtual void told() noexcept = 0;

    /// A library with checks aborts if the thread that would sleep is the one that is to make room.
    void check_may_block() const noexcept {
        if (has_checks && current_loop != nullptr && current_loop == home_) {
            misuse("juggle: ThreadProducer::push would block the executor that is to make room");
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

    Inbox& inbox_;  // which it keeps; no Poster, since only a wait in it is to be waited for
    const Loop* const home_;
    Loop* loop_;  // null when the executor is gone
    std::atomic<std::uint32_t> owners_{1};
};

JUGGLE_EXPORT void describe_thread_pop(WaitReport& report);

template <class T>
class ThreadPopAwaiter;

/// The ring and the queue of the tasks that wait to pop. None waits while there is an element that
/// the executor knows of.
template <class T>
class ThreadChannelState final : public ThreadChannelBase {
public:
    ThreadChannelState(Loop& loop, std::size_t capacity)
        : ThreadChannelBase{loop}, ring_{capacity} {
        join_executor();
    }

    // From any thread.

    [[nodiscard]] bool try_push(T& element) noexcept { return taken(ring_.try_push(element)); }

    [[nodiscard]] bool push(T& element) noexcept {
        if constexpr (has_checks) {
            const Push result = ring_.try_push(element);
            if (result != Push::full) {
                return taken(result);
            }
            check_may_block();
        }
        return taken(ring_.push(element));
    }

    void close() noexcept override {
        if (ring_.close()) {
            tell_consumer();
        }
    }

    [[nodiscard]] bool closed() const noexcept { return ring_.closed(); }

    // From the executor's.

    [[nodiscard]] std::size_t size() const noexcept { return ring_.size(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return ring_.capacity(); }

    /// Takes the next element unless other tasks wait for it. False: there is none.
    [[nodiscard]] bool take(std::optional<T>& element) noexcept {
        serve_queue();
        if (!poppers_.empty() || !ring_.available()) {
            return false;
        }
        element.emplace(std::move(ring_.front()));
        ring_.pop_front();
        return true;
    }

    [[nodiscard]] bool ended() const noexcept { return ring_.ended(); }

    void join(ThreadPopAwaiter<T>& popper) noexcept {
        popper.loop().begin_external_wait();
        poppers_.push_back(popper);
        serve_queue();
    }
    void leave(ThreadPopAwaiter<T>& popper) noexcept {
        poppers_.remove(popper);
        popper.wake();
    }
    void describe(const ThreadPopAwaiter<T>&, WaitReport& report) const {
        describe_thread_pop(report);
    }

    void abandon() noexcept {
        if (has_checks && !poppers_.empty()) {
            misuse_by_destruction(
                "juggle: a ThreadChannel was destroyed while a task waits for it");
        }
        leave_executor();
        (void)ring_.close();
        ring_.abandon();
        release();
    }

private:
    using Push = typename ThreadRing<T>::Push;

    [[nodiscard]] bool taken(Push result) noexcept {
        if (result == Push::taken_and_awaited) {
            tell_consumer();
            return true;
        }
        return result == Push::taken;
    }

    void told() noexcept override {
        awaiting_ = false;
        serve_queue();
    }

    /// Gives the waiters what there is, and lets the others be notified of what comes.
    void serve_queue() noexcept {
        while (!poppers_.empty()) {
            if (ring_.available()) {
                serve_next();
            } else if (ring_.ended()) {
                ThreadPopAwaiter<T>& popper = *poppers_.first();
                poppers_.remove(popper);
                popper.wake();
            } else if (awaiting_ || ring_.await()) {
                // If an earlier post is still on its way this is done again when it arrives.
                awaiting_ = true;
                return;
            }
        }
    }

    void serve_next() noexcept {
        if (ThreadPopAwaiter<T>* popper = next_that_commits(poppers_)) {
            popper->receive(ring_.front());
            ring_.pop_front();
            popper->wake();
        }
    }

    ThreadRing<T> ring_;
    IntrusiveList<ThreadPopAwaiter<T>> poppers_;
    bool awaiting_ = false;  // a post is to come, or on its way
};

/// `ThreadChannel::pop()`.
template <class T>
class ThreadPopAwaiter final : public QueuedWaiter<ThreadPopAwaiter<T>, ThreadChannelState<T>> {
public:
    static constexpr bool only_throws_when_cancelled = true;

    explicit ThreadPopAwaiter(ThreadChannelState<T>& channel) noexcept
        : QueuedWaiter<ThreadPopAwaiter, ThreadChannelState<T>>{channel} {}

    [[nodiscard]] bool await_ready() noexcept {
        this->queue().check_thread("ThreadChannel::pop");
        return this->queue().take(element_) || this->queue().ended();
    }

    std::optional<T> await_resume() {
        this->throw_if_cancelled();
        return std::move(element_);
    }

    /// As those of its base; the executor waits for other threads no longer on its account.
    void wake() noexcept {
        this->loop().end_external_wait();
        Waiter::wake();
    }
    void abort() noexcept {
        this->loop().end_external_wait();
        Waiter::abort();
    }

    void receive(T& element) noexcept { element_.emplace(std::move(element)); }

    [[nodiscard]] bool outside() const noexcept override { return true; }

private:
    std::optional<T> element_;
};

[[nodiscard]] JUGGLE_EXPORT Loop& loop_of_thread_channel();
JUGGLE_EXPORT void check_thread_channel_capacity(std::size_t capacity, std::size_t most);

}  // namespace juggle::detail
