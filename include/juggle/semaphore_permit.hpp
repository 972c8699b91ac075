#pragma once

#include <juggle/detail/permit_line.hpp>

#include <cstddef>
#include <utility>

namespace juggle {

class Semaphore;

/// Leave to do something that only so many may do at one time, from `Semaphore::acquire`. Given
/// back when it is destroyed.
///
/// For the executor's own thread. Do not keep it longer than the semaphore: a debug build aborts.
class [[nodiscard("dropping a permit gives it back at once")]] SemaphorePermit {
public:
    /// Holds nothing.
    SemaphorePermit() = default;
    SemaphorePermit(SemaphorePermit&& other) noexcept
        : line_{std::exchange(other.line_, nullptr)}, count_{std::exchange(other.count_, 0)} {}
    SemaphorePermit& operator=(SemaphorePermit&& other) noexcept {
        SemaphorePermit{std::move(other)}.swap(*this);
        return *this;
    }
    ~SemaphorePermit() { release(); }

    void swap(SemaphorePermit& other) noexcept {
        std::swap(line_, other.line_);
        std::swap(count_, other.count_);
    }

    /// Gives it back now. Those whose turn it is then resume at the executor's next turns, not
    /// inside this call. Does nothing if it holds nothing.
    void release() noexcept {
        if (line_ != nullptr) {
            std::exchange(line_, nullptr)->give_back(std::exchange(count_, 0));
        }
    }

    /// How many permits of the semaphore it holds; 0 if it was released or moved from.
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

    /// Whether it holds any.
    explicit operator bool() const noexcept { return line_ != nullptr; }

private:
    friend class Semaphore;
    friend class detail::PermitAwaiter;

    SemaphorePermit(detail::PermitLine& line, std::size_t count) noexcept
        : line_{&line}, count_{count} {}

    detail::PermitLine* line_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace juggle
