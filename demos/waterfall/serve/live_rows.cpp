#include "serve/live_rows.hpp"

#include "serve/level.hpp"

#include <algorithm>

namespace waterfall {

LiveRows::LiveRows(std::size_t channels, std::size_t bytes)
    : channels_(channels), capacity_(std::max<std::size_t>(1, bytes / channels)),
      levels_(capacity_ * channels), lost_(capacity_) {}

void LiveRows::append(std::span<const float> rows, std::uint64_t lost) {
    for (; rows.size() >= channels_; rows = rows.subspan(channels_)) {
        const auto place = static_cast<std::size_t>(rows_ % capacity_);
        std::ranges::transform(rows.first(channels_),
                               levels_.begin() + static_cast<std::ptrdiff_t>(place * channels_),
                               &level_of);
        lost_[place] = lost;
        ++rows_;
    }
}

void LiveRows::take(std::uint64_t next, Batch& batch) const {
    batch.first = std::max(next, rows_ - std::min<std::uint64_t>(rows_, capacity_));
    batch.count = 0;
    batch.levels.clear();
    for (std::uint64_t row = batch.first; row < rows_; ++row, ++batch.count) {
        const auto place = static_cast<std::size_t>(row % capacity_);
        if (batch.count != 0 && lost_[place] != batch.lost) {
            break;
        }
        batch.lost = lost_[place];
        const auto begin = levels_.begin() + static_cast<std::ptrdiff_t>(place * channels_);
        batch.levels.insert(batch.levels.end(), begin,
                            begin + static_cast<std::ptrdiff_t>(channels_));
    }
}

}  // namespace waterfall
