#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/next_that_commits.hpp>
#include <juggle/detail/stream/thread_channel_base.hpp>
#include <juggle/detail/stream/thread_ring.hpp>
#include <juggle/detail/stream/thread_waiter.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

inline constexpr ThreadChannelKind thread_channel{
    "ThreadChannel", "the constructor of a ThreadChannel", "the destructor of a ThreadChannel"};

JUGGLE_EXPORT void describe_thread_pop(WaitReport& report);

template <class T>
class ThreadPopAwaiter;

/// The ring and the queue of the tasks that wait to pop. None waits while there is an element that
/// the executor knows of.
template <class T>
class ThreadChannelState final : public ThreadChannelBase {
public:
    ThreadChannelState(Loop& loop, std::size_t capacity)
        : ThreadChannelBase{loop, thread_channel}, ring_{capacity} {
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
            check_may_block(
                "juggle: ThreadProducer::push would block the executor that is to make room");
        }
        return taken(ring_.push(element));
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
            tell_executor();
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
class ThreadPopAwaiter final : public ThreadWaiter<ThreadPopAwaiter<T>, ThreadChannelState<T>> {
public:
    explicit ThreadPopAwaiter(ThreadChannelState<T>& channel) noexcept
        : ThreadWaiter<ThreadPopAwaiter, ThreadChannelState<T>>{channel} {}

    [[nodiscard]] bool await_ready() noexcept {
        this->queue().check_thread("ThreadChannel::pop");
        return this->queue().take(element_) || this->queue().ended();
    }

    std::optional<T> await_resume() {
        this->throw_if_cancelled();
        return std::move(element_);
    }

    void receive(T& element) noexcept { element_.emplace(std::move(element)); }

private:
    std::optional<T> element_;
};

}  // namespace juggle::detail
