#pragma once

#include "options.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace waterfall {

/// What the picture will show, in bounded memory however many rows come: neighbouring
/// channels share a column from the start, and each time the lines run out, neighbouring
/// lines are joined and a line stands for twice as many rows as before.
class Summary {
public:
    Summary(std::size_t channels, Reduction reduction);

    /// Whole rows of power, one behind the other.
    void append(std::span<const float> rows);

    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] std::size_t lines() const noexcept { return lines_.size() / columns_; }
    [[nodiscard]] std::size_t channels_per_column() const noexcept { return per_column_; }
    [[nodiscard]] std::uint64_t rows_per_line() const noexcept { return per_line_; }
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
    [[nodiscard]] Reduction reduction() const noexcept { return reduction_; }

    /// Power, float[columns]; the last line may stand for fewer rows than the others.
    [[nodiscard]] std::span<const float> line(std::size_t index) const;

    static constexpr std::size_t max_columns = 1024;
    static constexpr std::size_t max_lines = 1024;

private:
    void append_row(std::span<const float> row);
    void join_lines();
    [[nodiscard]] float combined(float a, float b, float weight_of_b) const;

    Reduction reduction_;
    std::size_t per_column_;
    std::size_t columns_;
    std::uint64_t per_line_ = 1;
    std::uint64_t rows_ = 0;
    std::vector<float> lines_;
    std::vector<float> row_;  // of columns
};

}  // namespace waterfall
