#pragma once

#include <juggle/detail/stream/thread_channel_state.hpp>
#include <juggle/executor.hpp>
#include <juggle/thread_producer.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>

namespace juggle::inline JUGGLE_ABI {

/// Brings values from other threads to the tasks of one executor, first in first out: from the
/// thread of a capture card's driver, of a file reader, of a library with threads of its own.
///
/// At most `capacity` elements wait inside. A producer that finds it full is told so, or sleeps
/// until there is room; so a slow executor slows its producers down instead of filling the memory.
/// The executor sleeps while there is nothing to do, and a push wakes it.
///
/// The channel itself is for the executor's own thread; `producer()` gives what other threads use.
/// Between tasks of one executor a `Channel` is faster, and can wait to push.
///
/// Destroying the channel closes it and destroys the elements that are left; it is closed as well
/// when the executor is destroyed before it. No task may wait in `pop` when it is destroyed: a
/// library with checks aborts.
template <class T>
class ThreadChannel {
    static_assert(std::is_object_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T>,
                  "the elements of a channel are values, as T or std::unique_ptr<T>");
    static_assert(std::is_nothrow_move_constructible_v<T>,
                  "an element that throws when it is moved would be lost between the thread that "
                  "pushes it and the task that pops it; use std::unique_ptr<T>");

public:
    /// For tasks of this executor, whose thread calls this. Memory for the elements is taken here,
    /// and never again. `std::invalid_argument` if `capacity` is zero or more than memory can hold.
    ThreadChannel(Executor& executor, std::size_t capacity)
        : ThreadChannel{detail::LoopAccess::of(executor), capacity} {}

    /// For tasks of the executor that runs the calling code; `std::logic_error` if there is none.
    explicit ThreadChannel(std::size_t capacity)
        : ThreadChannel{detail::loop_of_thread_channel(detail::thread_channel), capacity} {}

    ThreadChannel(const ThreadChannel&) = delete;
    ThreadChannel& operator=(const ThreadChannel&) = delete;
    ~ThreadChannel() { state_.abandon(); }

    /// What other threads push with; it may outlive the channel.
    [[nodiscard]] ThreadProducer<T> producer() const noexcept { return ThreadProducer<T>{state_}; }

    /// `co_await pop()` waits for an element and gives it; nothing if the channel is closed and all
    /// that was pushed has been popped. Several tasks may pop; they are served in the order in
    /// which they came. `Cancelled` if the task is asked to stop meanwhile: nothing was taken.
    [[nodiscard]] detail::ThreadPopAwaiter<T> pop() noexcept {
        return detail::ThreadPopAwaiter<T>{state_};
    }

    /// The oldest element, unless a task waits for it; nothing if there is none.
    [[nodiscard]] std::optional<T> try_pop() noexcept {
        std::optional<T> element;
        state_.check_thread("ThreadChannel::try_pop");
        (void)state_.take(element);
        return element;
    }

    /// Nothing is taken in from now on, and producers that sleep in `push` wake up. What was pushed
    /// can still be popped; then comes the end.
    void close() noexcept {
        state_.check_thread("ThreadChannel::close");
        state_.close();
    }
    [[nodiscard]] bool closed() const noexcept { return state_.closed(); }

    /// How many elements are in the channel, those included that a thread is just putting in.
    [[nodiscard]] std::size_t size() const noexcept { return state_.size(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] std::size_t capacity() const noexcept { return state_.capacity(); }

private:
    ThreadChannel(detail::Loop& loop, std::size_t capacity) : state_{make_state(loop, capacity)} {}

    [[nodiscard]] static detail::ThreadChannelState<T>& make_state(detail::Loop& loop,
                                                                   std::size_t capacity) {
        detail::check_capacity(detail::thread_channel, capacity, detail::ThreadRing<T>::most());
        return *new detail::ThreadChannelState<T>{loop, capacity};
    }

    detail::ThreadChannelState<T>& state_;
};

}  // namespace juggle
