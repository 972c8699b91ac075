#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace waterfall {

/// The last rows, as levels, for any number of readers that each go at their own pace: one that is
/// too slow finds the latest rows, and knows how many it has missed.
class LiveRows {
public:
    /// Rows one behind the other.
    struct Batch {
        std::uint64_t first = 0;  ///< number of the first, from 0 on
        std::uint64_t count = 0;
        std::uint64_t lost =
            0;  ///< samples that were lost before they became the last of these rows
        std::vector<std::uint8_t> levels;
    };

    /// Keeps about `bytes` of rows, and at least one.
    LiveRows(std::size_t channels, std::size_t bytes);

    /// Whole rows of power, one behind the other. `lost`: samples of the input, in all.
    void append(std::span<const float> rows, std::uint64_t lost);

    /// Takes what there is from row `next` on into `batch`, whose memory is used again; of what was
    /// lost at different times, rows of one time only. The first may be later than `next`. Empty if
    /// there is none so far.
    void take(std::uint64_t next, Batch& batch) const;

    [[nodiscard]] std::size_t channels() const noexcept { return channels_; }
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

private:
    std::size_t channels_;
    std::size_t capacity_;  // in rows
    std::uint64_t rows_ = 0;
    std::vector<std::uint8_t> levels_;  // row r is at r % capacity
    std::vector<std::uint64_t> lost_;
};

}  // namespace waterfall
