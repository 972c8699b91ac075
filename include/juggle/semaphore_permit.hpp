#pragma once

#include <juggle/detail/base/task_key.hpp>
#include <juggle/detail/sync/permit_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

class Semaphore;

/// Leave to do something that only so many may do at one time, from `Semaphore::acquire`. Given
/// back when it is destroyed.
///
/// For the executor's own thread. Do not keep it longer than the semaphore: a library with checks
/// aborts.
class [[nodiscard("dropping a permit gives it back at once")]] SemaphorePermit {
public:
    /// Holds nothing.
    SemaphorePermit() = default;
    SemaphorePermit(SemaphorePermit&& other) noexcept = default;
    SemaphorePermit& operator=(SemaphorePermit&& other) noexcept {
        if (this != &other) {
            taken_.give_back("the assignment of a SemaphorePermit");
            taken_.take_from(other.taken_);
        }
        return *this;
    }
    ~SemaphorePermit() = default;

    void swap(SemaphorePermit& other) noexcept {
        if (this != &other) {
            detail::TakenPermits mine{std::move(taken_)};
            taken_.take_from(other.taken_);
            other.taken_.take_from(mine);
        }
    }

    /// Gives it back now. Those whose turn it is then resume at the executor's next ticks, not
    /// inside this call. Does nothing if it holds nothing.
    void release() noexcept { taken_.give_back("SemaphorePermit::release"); }

    /// How many permits of the semaphore it holds; 0 if it was released or moved from.
    [[nodiscard]] std::size_t count() const noexcept { return taken_.count(); }

    /// Whether it holds any.
    explicit operator bool() const noexcept { return taken_.any(); }

private:
    friend class Semaphore;
    friend class detail::PermitAwaiter;
    friend class detail::PermitWaiter;

    SemaphorePermit(detail::PermitQueue& queue, std::size_t count, detail::TaskKey task,
                    std::source_location acquired_at) noexcept
        : taken_{queue, count, task, acquired_at} {}

    detail::TakenPermits taken_;
};

}  // namespace juggle
