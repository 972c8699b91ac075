#pragma once

#include <juggle/cuda/detail/pinned_memory.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::cuda {

/// Host memory that the device copies from and to by itself: page-locked, so that a copy runs
/// beside other work and the call returns at once. Its size never changes. To be the value of a
/// `Resource`, which does not free it before what uses it has ended, or named to a `FinishAtEnd`.
///
/// Not for small or short-lived memory: to lock pages is slow, and takes them from everybody else.
template <class T>
class PinnedBuffer {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_default_constructible_v<T>,
                  "PinnedBuffer<T>: what a device writes is no object with a constructor");
    static_assert(alignof(T) <= 256, "PinnedBuffer<T>: the driver aligns to 256 bytes at least");

public:
    /// Empty.
    PinnedBuffer() noexcept = default;
    /// `size` elements, all zero, good in all contexts; they belong to the thread's current one,
    /// and must not outlive it. `Error` if the driver refuses, or no context is current. No
    /// elements need no driver.
    explicit PinnedBuffer(std::size_t size) : memory_{size, sizeof(T)}, size_{size} {
        std::uninitialized_value_construct_n(data(), size);
    }
    PinnedBuffer(PinnedBuffer&& other) noexcept
        : memory_{std::move(other.memory_)}, size_{std::exchange(other.size_, 0)} {}
    PinnedBuffer& operator=(PinnedBuffer&& other) noexcept {
        PinnedBuffer taken{std::move(other)};
        std::swap(memory_, taken.memory_);
        std::swap(size_, taken.size_);
        return *this;
    }
    /// Leaves the thread's current context as it is. A driver that refuses is reported,
    /// unless the context is over.
    ~PinnedBuffer() = default;

    [[nodiscard]] T* data() noexcept { return static_cast<T*>(memory_.get()); }
    [[nodiscard]] const T* data() const noexcept { return static_cast<const T*>(memory_.get()); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t size_bytes() const noexcept { return size_ * sizeof(T); }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    /// `index` is less than `size`.
    [[nodiscard]] T& operator[](std::size_t index) noexcept { return data()[index]; }
    [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return data()[index]; }
    [[nodiscard]] T* begin() noexcept { return data(); }
    [[nodiscard]] T* end() noexcept { return data() + size_; }
    [[nodiscard]] const T* begin() const noexcept { return data(); }
    [[nodiscard]] const T* end() const noexcept { return data() + size_; }

private:
    detail::PinnedMemory memory_;
    std::size_t size_ = 0;
};

}  // namespace juggle::cuda
