#pragma once

#include <juggle/detail/stream/channel_to_thread_state.hpp>
#include <juggle/executor.hpp>
#include <juggle/thread_consumer.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// Brings values from the tasks of one executor to other threads, first in first out: to a thread
/// that writes to a file or a socket, or free buffers back to the one that fills them. What a
/// `ThreadChannel` is in the other direction.
///
/// At most `capacity` elements wait inside. A task that finds it full waits until a thread pops,
/// and other tasks run meanwhile; the executor is never blocked. A thread that finds it empty is
/// told so, or sleeps until there is an element. Where a known number of buffers circulates, a
/// capacity for all of them means that nobody ever waits for room.
///
/// The channel itself is for the executor's own thread; `consumer()` gives what other threads use.
/// Between tasks of one executor a `Channel` is faster.
///
/// Destroying the channel, or the executor before it, closes it; what was pushed can still be
/// popped, and is destroyed with the last consumer otherwise. No task may wait in `push` when it is
/// destroyed: a library with checks aborts.
template <class T>
class ChannelToThread {
    static_assert(std::is_object_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T>,
                  "the elements of a channel are values, as T or std::unique_ptr<T>");
    static_assert(std::is_nothrow_move_constructible_v<T>,
                  "an element that throws when it is moved would be lost between the task that "
                  "pushes it and the thread that pops it; use std::unique_ptr<T>");

public:
    /// For tasks of this executor, whose thread calls this. Memory for the elements is taken here,
    /// and never again. `std::invalid_argument` if `capacity` is zero or more than memory can hold.
    ChannelToThread(Executor& executor, std::size_t capacity)
        : ChannelToThread{detail::LoopAccess::of(executor), capacity} {}

    /// For tasks of the executor that runs the calling code; `std::logic_error` if there is none.
    explicit ChannelToThread(std::size_t capacity)
        : ChannelToThread{detail::loop_of_thread_channel(detail::channel_to_thread), capacity} {}

    ChannelToThread(const ChannelToThread&) = delete;
    ChannelToThread& operator=(const ChannelToThread&) = delete;
    ~ChannelToThread() { state_.abandon(); }

    /// What other threads pop with; it may outlive the channel.
    [[nodiscard]] ThreadConsumer<T> consumer() const noexcept { return ThreadConsumer<T>{state_}; }

    /// `co_await push(std::move(element))` waits until there is room, and no other pusher is ahead;
    /// then the element is moved out. It must live until then. Resumes in a later tick if it
    /// waited.
    ///
    /// If the await throws the element was not touched: `ChannelClosed`, or `Cancelled`.
    [[nodiscard]] detail::ThreadPushAwaiter<T> push(T&& element) noexcept {
        return detail::ThreadPushAwaiter<T>{state_, element};
    }

    /// The same for a copy, which is made by this call.
    [[nodiscard]] detail::ThreadCopyAwaiter<T> push(const T& element)
        requires std::copy_constructible<T>
    {
        return detail::ThreadCopyAwaiter<T>{state_, element};
    }

    /// The same for an element that this call makes of the arguments. An aggregate that is made in
    /// the `co_await` itself, `push(Job{...})`, is destroyed twice by GCC 12 (docs/compilers.md).
    template <class... Arguments>
        requires std::constructible_from<T, Arguments...>
    [[nodiscard]] detail::ThreadCopyAwaiter<T> emplace(Arguments&&... arguments) {
        return detail::ThreadCopyAwaiter<T>{state_, std::forward<Arguments>(arguments)...};
    }

    /// Pushes if there is room, and no task waits for that. False: the element is untouched.
    /// `ChannelClosed` if the channel is closed; it is untouched then too.
    [[nodiscard]] bool try_push(T&& element) {
        state_.check_thread("ChannelToThread::try_push");
        if (closed()) [[unlikely]] {
            throw ChannelClosed{};
        }
        return state_.take_in(element);
    }
    [[nodiscard]] bool try_push(const T& element)
        requires std::copy_constructible<T>
    {
        return try_push(T{element});
    }

    /// Nothing is pushed from now on: tasks that wait to push get `ChannelClosed`. Threads pop what
    /// is in the channel; then they see the end, and those that sleep in `pop` wake up.
    void close() noexcept {
        state_.check_thread("ChannelToThread::close");
        state_.close();
    }
    [[nodiscard]] bool closed() const noexcept { return state_.closed(); }

    /// How many elements are in the channel, without those that a thread is just taking out, which
    /// still need their room.
    [[nodiscard]] std::size_t size() const noexcept { return state_.size(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] std::size_t capacity() const noexcept { return state_.capacity(); }

private:
    ChannelToThread(detail::Loop& loop, std::size_t capacity)
        : state_{make_state(loop, capacity)} {}

    [[nodiscard]] static detail::ChannelToThreadState<T>& make_state(detail::Loop& loop,
                                                                     std::size_t capacity) {
        detail::check_capacity(detail::channel_to_thread, capacity,
                               detail::DeliveryRing<T>::most());
        return *new detail::ChannelToThreadState<T>{loop, capacity};
    }

    detail::ChannelToThreadState<T>& state_;
};

}  // namespace juggle
