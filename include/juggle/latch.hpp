#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/wait_queue.hpp>

#include <cstddef>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// Waits until so many things have been done: counts down to zero, once, and then lets all tasks
/// pass for good.
///
/// Do not use it to wait for tasks to end: await their `JoinHandle`s, which also give results and
/// exceptions; a task that fails before it has counted down would be waited for in vain. What
/// happens more than once is an `AsyncEvent`.
///
/// For the executor's own thread; another thread posts a function that calls `count_down`. No task
/// may wait for it when it is destroyed: a library with checks aborts.
///
/// After `std::latch`, which blocks the thread.
class JUGGLE_EXPORT Latch {
public:
    /// Things to be done; with none it is open from the start.
    explicit Latch(std::size_t count,
                   std::source_location where = std::source_location::current()) noexcept
        : pending_{count}, queue_{owner, count == 0, where} {}

    /// With a name, for messages.
    Latch(std::string name, std::size_t count,
          std::source_location where = std::source_location::current()) noexcept
        : Latch{count, where} {
        queue_.set_name(std::move(name));
    }
    ~Latch() { queue_.check_unused("juggle: a Latch was destroyed while a task waits for it"); }
    Latch(const Latch&) = delete;
    Latch& operator=(const Latch&) = delete;

    /// So many of them are done. With the last one all that wait are woken: they resume at the
    /// executor's next ticks, in the order in which they came. `std::invalid_argument`, with
    /// nothing changed, if fewer are pending.
    void count_down(std::size_t n = 1) {
        queue_.check_thread("Latch::count_down");
        done("count_down", n);
    }

    /// `co_await wait()` goes on when all are done; does not suspend if they are. Throws
    /// `Cancelled` when the task is asked to stop while it waits.
    [[nodiscard]] detail::WaitQueueAwaiter wait() noexcept {
        return detail::WaitQueueAwaiter{queue_};
    }

    /// `co_await arrive_and_wait(n)` is `count_down(n)`, then `co_await wait()`. It counts when it
    /// is called, and a wait that is cancelled does not undo that: others are not held up.
    [[nodiscard("what is counted is to be waited for; count_down() only counts")]]
    detail::WaitQueueAwaiter arrive_and_wait(std::size_t n = 1) {
        queue_.check_thread("Latch::arrive_and_wait");
        done("arrive_and_wait", n);
        return wait();
    }

    /// Whether all are done: waiting would not suspend.
    [[nodiscard]] bool try_wait() const noexcept { return queue_.is_open(); }

    /// How many are not done yet.
    [[nodiscard]] std::size_t pending() const noexcept { return pending_; }

private:
    static constexpr detail::WaitQueueOwner owner{.kind = "latch", .wait = "Latch::wait"};

    void done(const char* operation, std::size_t n) {
        if (n > pending_) [[unlikely]] {
            throw_too_many(operation, n);
        }
        pending_ -= n;
        if (pending_ == 0) {
            queue_.open();
        }
    }
    [[noreturn]] void throw_too_many(const char* operation, std::size_t n) const;

    std::size_t pending_;
    detail::WaitQueue queue_;
};

}  // namespace juggle
