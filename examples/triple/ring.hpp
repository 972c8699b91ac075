#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace triple {

/// A few things of one kind that are used in turn: while a chunk is in one buffer, the next chunk
/// goes into another.
template <class T>
class Ring {
public:
    /// `count` things as `make()` gives them.
    template <class Make>
    Ring(std::size_t count, Make make) {
        items_.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            items_.emplace_back(make());
        }
    }

    [[nodiscard]] T& next() noexcept {
        T& item = items_[next_];
        next_ = (next_ + 1) % items_.size();
        return item;
    }

private:
    std::vector<T> items_;
    std::size_t next_ = 0;
};

}  // namespace triple
