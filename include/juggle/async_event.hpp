#pragma once

#include <juggle/detail/run/wait_queue.hpp>

#include <concepts>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// Something that happens, and tasks that wait until it has: a flag that is awaited until it is
/// set. It stays set, and lets all tasks pass, until it is reset.
///
/// Do not use it to hand something over: of those whom `set` wakes each believes that it is meant.
/// One thing that tasks use in turn is a `Resource<void>`, a number of them a `Semaphore`, elements
/// go through a `Channel`, and the end of a task is its `JoinHandle`. An event of a device is
/// awaited itself.
///
/// For the executor's own thread; another thread posts a function that calls `set`. No task may
/// wait for it when it is destroyed: a library with checks aborts.
///
/// After `asyncio.Event`.
class AsyncEvent {
public:
    AsyncEvent(std::source_location where = std::source_location::current()) noexcept
        : AsyncEvent{false, where} {}
    // A template, lest a name become a truth value.
    explicit AsyncEvent(std::same_as<bool> auto is_set,
                        std::source_location where = std::source_location::current()) noexcept
        : queue_{owner, is_set, where} {}

    /// With a name, for messages.
    explicit AsyncEvent(std::string name, bool is_set = false,
                        std::source_location where = std::source_location::current()) noexcept
        : AsyncEvent{is_set, where} {
        queue_.set_name(std::move(name));
    }
    ~AsyncEvent() {
        queue_.check_unused("juggle: an AsyncEvent was destroyed while a task waits for it");
    }
    AsyncEvent(const AsyncEvent&) = delete;
    AsyncEvent& operator=(const AsyncEvent&) = delete;

    /// Wakes all that wait: they resume at the executor's next ticks, in the order in which they
    /// came, even if it is reset before. Does nothing if it is set already.
    void set() noexcept {
        queue_.check_thread("AsyncEvent::set");
        queue_.open();
    }

    /// From now on tasks wait again.
    void reset() noexcept {
        queue_.check_thread("AsyncEvent::reset");
        queue_.close();
    }

    [[nodiscard]] bool is_set() const noexcept { return queue_.is_open(); }

    /// `co_await wait()` goes on when it is set; does not suspend if it is already. Throws
    /// `Cancelled` when the task is asked to stop while it waits.
    [[nodiscard]] detail::WaitQueueAwaiter wait() noexcept {
        return detail::WaitQueueAwaiter{queue_};
    }

    /// `co_await event` is `co_await event.wait()`.
    [[nodiscard]] detail::WaitQueueAwaiter operator co_await() & noexcept { return wait(); }

private:
    static constexpr detail::WaitQueueOwner owner{.kind = "event", .wait = "AsyncEvent::wait"};

    detail::WaitQueue queue_;
};

}  // namespace juggle
