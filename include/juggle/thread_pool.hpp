#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace juggle::inline JUGGLE_ABI {

class ThreadPool;

namespace detail {

class Loop;

/// The threads of an executor's own, started as needed.
[[nodiscard]] JUGGLE_EXPORT ThreadPool& default_thread_pool(Loop& loop);

/// Work for a `ThreadPool`; lives in whoever waits for it.
class PoolWork : public ListNode {
public:
    using ExecuteFunction = void (*)(PoolWork&) noexcept;
    explicit PoolWork(ExecuteFunction run) noexcept : execute_{run} {}
    void execute() noexcept { execute_(*this); }

protected:
    ~PoolWork() = default;

private:
    ExecuteFunction execute_;
};

}  // namespace detail

/// Threads for functions that block or take long; see `offload`.
///
/// Work is first in, first out. A thread is started when there is work and no idle one, up to a
/// maximum; threads stay until the pool is destroyed. Thread-safe. The destructor waits for what
/// runs; it must not be called while work is queued.
///
/// A process made by `fork` has none of the threads. A pool that had work before is of no use
/// there: `submit` throws, and so does `offload`; what was queued or running does not come back,
/// but for a stop request, and the destructor waits for nothing.
class JUGGLE_EXPORT ThreadPool {
public:
    /// Room for the blocking calls of a program without a pool of its own: as many threads as
    /// Python's default executor has at most, processors + 4 up to 32.
    ThreadPool();

    /// `std::invalid_argument` if `max_threads` is zero.
    explicit ThreadPool(std::size_t max_threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    [[nodiscard]] std::size_t max_threads() const noexcept { return max_threads_; }

    /// For `offload`. `std::system_error` if there is no thread and none can be started; the work
    /// was not taken then. `std::logic_error` in a process that was forked after the first work.
    void submit(detail::PoolWork& work);
    /// True if the work had not been started; it is not going to be.
    [[nodiscard]] bool withdraw(detail::PoolWork& work) noexcept;

private:
    class Crew;

    [[nodiscard]] bool threads_are_elsewhere() const noexcept;

    const std::size_t max_threads_;
    std::unique_ptr<Crew> crew_;
    std::atomic<std::int64_t> process_{0};  // that has given it the first work
};

}  // namespace juggle
