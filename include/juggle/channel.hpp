#pragma once

#include <juggle/channel_closed.hpp>
#include <juggle/detail/stream/channel_awaiters.hpp>
#include <juggle/detail/stream/channel_core.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// Hands values from tasks to tasks, first in first out; the task that pushes is slowed down to the
/// pace of those that pop.
///
/// Up to `capacity` elements wait inside; with a capacity of 0 each push waits for its pop. Those
/// that wait are served in the order in which they came, and none overtakes another. An element
/// goes straight to a task that waits for one.
///
/// A wait that is cancelled, or loses a race, neither takes an element nor loses one. Do not let a
/// push and a pop of the same channel race against each other.
///
/// For the executor's own thread, and for tasks of one executor; other threads use a
/// `ThreadChannel`. Not for values that all listeners are to see: each goes to one of them. The
/// channel must outlive the waits in it: a library with checks aborts otherwise. Elements that are
/// left are destroyed with it.
///
/// After Python's `asyncio.Queue` and Go's channels.
template <class T>
class Channel {
    static_assert(std::is_object_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T>,
                  "the elements of a channel are values, as T or std::unique_ptr<T>");
    static_assert(std::is_nothrow_move_constructible_v<T>,
                  "an element that throws when it is moved would be lost between the task that "
                  "pushes it and the one that pops it; use std::unique_ptr<T>");

public:
    /// Memory for the elements is taken here, and never again. `std::invalid_argument` if no
    /// memory could hold so many, `std::bad_alloc` if this machine's cannot.
    explicit Channel(std::size_t capacity,
                     std::source_location where = std::source_location::current())
        : core_{capacity, where} {}

    /// With a name, for messages.
    Channel(std::string name, std::size_t capacity,
            std::source_location where = std::source_location::current())
        : Channel{capacity, where} {
        core_.set_name(std::move(name));
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// `co_await push(std::move(element))` waits until there is room, or a task to take it, and no
    /// other pusher is ahead; then the element is moved out. It must live until then.
    ///
    /// If the await throws the element was not touched: `ChannelClosed`, or `Cancelled`.
    [[nodiscard]] detail::ChannelPushAwaiter<T> push(T&& element) noexcept {
        return detail::ChannelPushAwaiter<T>{core_, element};
    }

    /// The same for a copy, which is made by this call.
    [[nodiscard]] detail::ChannelCopyAwaiter<T> push(const T& element)
        requires std::copy_constructible<T>
    {
        return detail::ChannelCopyAwaiter<T>{core_, element};
    }

    /// The same for an element that this call makes of the arguments. An aggregate that is made in
    /// the `co_await` itself, `push(Job{...})`, is destroyed twice by GCC 12 (docs/compilers.md).
    template <class... Arguments>
        requires std::constructible_from<T, Arguments...>
    [[nodiscard]] detail::ChannelCopyAwaiter<T> emplace(Arguments&&... arguments) {
        return detail::ChannelCopyAwaiter<T>{core_, std::forward<Arguments>(arguments)...};
    }

    /// Pushes if that needs no waiting. False: there is no room, or with a capacity of 0 no task
    /// that waits for an element; it is untouched. `ChannelClosed` if the channel is closed; it is
    /// untouched then too.
    [[nodiscard]] bool try_push(T&& element) {
        core_.check_call("Channel::try_push");
        if (closed()) [[unlikely]] {
            core_.throw_closed();
        }
        return core_.take_in(element);
    }
    [[nodiscard]] bool try_push(const T& element)
        requires std::copy_constructible<T>
    {
        return try_push(T{element});
    }

    /// `co_await pop()` waits for an element and gives it; nothing if the channel is closed and
    /// there are no more. `Cancelled` if the task is asked to stop meanwhile.
    [[nodiscard]] detail::WaitFor<detail::ChannelPopAwaiter<T>> pop() noexcept {
        return detail::WaitFor<detail::ChannelPopAwaiter<T>>{core_};
    }

    /// The oldest element, if need be of a task that waits to push it; nothing if there is none.
    [[nodiscard]] std::optional<T> try_pop() noexcept {
        core_.check_call("Channel::try_pop");
        return core_.take_out();
    }

    /// Nothing is taken in from now on. Tasks that wait to push get `ChannelClosed`; elements in
    /// the channel can still be popped; tasks that wait for one see the end.
    void close() noexcept {
        core_.check_call("Channel::close");
        core_.close();
    }
    [[nodiscard]] bool closed() const noexcept { return core_.closed(); }

    /// Says that the work on an element that was popped is done: for `join`. `std::logic_error` if
    /// it was called for all that were taken in already.
    void task_done() {
        core_.check_call("Channel::task_done");
        core_.task_done();
    }

    /// `co_await join()` waits until `task_done` was called for each element that was taken in,
    /// those still in the channel included. `Cancelled` if the task is asked to stop meanwhile.
    [[nodiscard]] detail::ChannelJoinAwaiter join() noexcept {
        return detail::ChannelJoinAwaiter{core_};
    }

    /// How many elements are in the channel, not counting those of tasks that wait to push.
    [[nodiscard]] std::size_t size() const noexcept { return core_.size(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] std::size_t capacity() const noexcept { return core_.capacity(); }

private:
    detail::ChannelCore<T> core_;
};

}  // namespace juggle
