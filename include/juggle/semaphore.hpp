#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/awaiter_at_once.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/queued_waiter.hpp>
#include <juggle/detail/sync/permit_queue.hpp>
#include <juggle/semaphore_permit.hpp>

#include <cstddef>
#include <optional>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

namespace detail {

/// Waits for permits. Those that it was given, and that its task was destroyed before taking, go
/// back with it.
class PermitWaiter final : public QueuedWaiter<PermitWaiter, PermitQueue> {
public:
    static constexpr bool only_throws_when_cancelled = true;
    static constexpr const char* operation = "acquire";

    PermitWaiter(PermitQueue& queue, std::size_t count, std::source_location where) noexcept
        : QueuedWaiter{queue}, count_{count}, where_{where} {}
    ~PermitWaiter() {
        if (marked_) [[unlikely]] {
            queue().check_thread("Semaphore::acquire");
            queue().give_back(count_);
        }
    }

    [[nodiscard]] bool await_ready() noexcept {
        queue().check_thread("Semaphore::acquire");
        return queue().try_take(count_);
    }

    [[nodiscard]] SemaphorePermit await_resume() {
        throw_if_cancelled();
        marked_ = false;
        return SemaphorePermit{queue(), count_, running_task, where_};
    }

private:
    friend class PermitQueue;

    /// Its permits have been taken for it.
    void grant() noexcept { marked_ = true; }

    std::size_t count_;
    std::source_location where_;
};

class PermitAwaiter;

/// `Semaphore::acquire`.
class PermitRequest {
public:
    PermitRequest(PermitQueue& queue, std::size_t count, const std::source_location& where) noexcept
        : count_{count}, queue_{queue}, where_{where} {}

    [[nodiscard]] PermitAwaiter operator co_await() const noexcept;

private:
    friend PermitAwaiter;

    std::size_t count_;
    PermitQueue& queue_;
    std::source_location where_;
};

/// Awaits a request, which it refers to.
class PermitAwaiter final : public AwaiterAtOnce<PermitQueue, PermitWaiter> {
public:
    explicit PermitAwaiter(const PermitRequest& request) noexcept
        : AwaiterAtOnce{request.queue_}, request_{request} {}

    [[nodiscard]] bool await_ready() noexcept {
        if (source() == nullptr) [[unlikely]] {
            return false;
        }
        source()->check_thread("Semaphore::acquire");
        return source()->try_take(request_.count_);
    }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return wait(coroutine, request_.count_, request_.where_);
    }
    [[nodiscard]] SemaphorePermit await_resume() {
        if (source() == nullptr) [[unlikely]] {
            return end_wait();
        }
        return SemaphorePermit{*source(), request_.count_, running_task, request_.where_};
    }

private:
    const PermitRequest& request_;
};

inline PermitAwaiter PermitRequest::operator co_await() const noexcept {
    return PermitAwaiter{*this};
}

}  // namespace detail

/// Lets so many do something at one time, and the others wait for their turn: a number of permits
/// that tasks take and give back.
///
/// First come, first served: who wants many is not overtaken by others who want few, although there
/// would be enough for them.
///
/// Do not use it for one thing, which is a `Resource`, nor for a stream of jobs, which a `JobQueue`
/// bounds, nor to hand elements over, which a `Channel` does.
///
/// For the executor's own thread. It must outlive its permits and those who wait for them: a debug
/// build aborts otherwise.
///
/// After `asyncio.Semaphore` and Dijkstra's semaphores (EWD 74, 1963).
class JUGGLE_EXPORT Semaphore {
public:
    /// `std::invalid_argument` if there are none.
    explicit Semaphore(std::size_t permits,
                       std::source_location where = std::source_location::current());
    /// With a name, for messages.
    Semaphore(std::string name, std::size_t permits,
              std::source_location where = std::source_location::current());
    ~Semaphore();
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    /// `co_await acquire(count)` takes that many permits together, as soon as there are so many and
    /// no task waits that came before, and gives a `SemaphorePermit`; does not suspend if that is
    /// so already.
    ///
    /// `std::invalid_argument`, at the call, if `count` is 0 or more than `permits()`. `Cancelled`
    /// when the task is asked to stop while it waits; nothing was taken then.
    [[nodiscard]] detail::PermitRequest acquire(
        std::size_t count = 1,
        const std::source_location& where = std::source_location::current()) {
        check_count("acquire", count);
        return detail::PermitRequest{*queue_, count, where};
    }

    /// The same if that needs no waiting, else nothing. `std::invalid_argument` likewise.
    [[nodiscard]] std::optional<SemaphorePermit> try_acquire(
        std::size_t count = 1, std::source_location where = std::source_location::current()) {
        check_count("try_acquire", count);
        queue_->check_thread("Semaphore::try_acquire");
        std::optional<SemaphorePermit> permit;
        if (queue_->try_take(count)) {
            SemaphorePermit& taken =
                permit.emplace(SemaphorePermit{*queue_, count, detail::running_task, where});
            taken.taken_.take_over(detail::running_task);
        }
        return permit;
    }

    /// How many permits are there now. `try_acquire` may fail all the same, if a task waits for
    /// more than that.
    [[nodiscard]] std::size_t available() const noexcept { return queue_->available(); }

    /// How many permits there are in all.
    [[nodiscard]] std::size_t permits() const noexcept { return queue_->permits(); }

private:
    void check_count(const char* operation, std::size_t count) const {
        if (count == 0 || count > permits()) [[unlikely]] {
            throw_bad_count(operation, count);
        }
    }
    [[noreturn]] void throw_bad_count(const char* operation, std::size_t count) const;

    detail::PermitQueue* queue_;
};

}  // namespace juggle
