#pragma once

#include <juggle/config.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

/// First in, first out, like std::deque, but without allocating while it moves on.
template <class T>
class Ring {
public:
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Counted from the oldest.
    [[nodiscard]] T& operator[](std::size_t index) noexcept {
        return slots_[(first_ + index) & (slots_.size() - 1)];
    }
    [[nodiscard]] T& front() noexcept { return (*this)[0]; }
    [[nodiscard]] T& back() noexcept { return (*this)[size_ - 1]; }

    void push_back(T value) {
        if (size_ == slots_.size()) {
            std::vector<T> larger(std::max<std::size_t>(2 * size_, 64));
            for (std::size_t index = 0; index < size_; ++index) {
                larger[index] = std::move((*this)[index]);
            }
            slots_ = std::move(larger);
            first_ = 0;
        }
        ++size_;
        back() = std::move(value);
    }
    void pop_front() noexcept {
        front() = T{};
        first_ = (first_ + 1) & (slots_.size() - 1);
        --size_;
    }

private:
    std::vector<T> slots_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace juggle::detail
