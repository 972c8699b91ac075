#include "summary.hpp"

#include <algorithm>

namespace waterfall {

Summary::Summary(std::size_t channels, Reduction reduction)
    : reduction_(reduction), per_column_(std::max<std::size_t>(1, channels / max_columns)),
      columns_(channels / per_column_), row_(columns_) {
    lines_.reserve(max_lines * columns_);
}

void Summary::append(std::span<const float> rows) {
    const std::size_t channels = columns_ * per_column_;
    for (; rows.size() >= channels; rows = rows.subspan(channels)) {
        append_row(rows.first(channels));
    }
}

std::span<const float> Summary::line(std::size_t index) const {
    return std::span(lines_).subspan(index * columns_, columns_);
}

void Summary::append_row(std::span<const float> row) {
    for (std::size_t column = 0; column < columns_; ++column) {
        float value = row[column * per_column_];
        for (std::size_t i = 1; i < per_column_; ++i) {
            value = combined(value, row[column * per_column_ + i], 1 / static_cast<float>(i + 1));
        }
        row_[column] = value;
    }

    if (rows_ == per_line_ * max_lines) {
        join_lines();
    }
    const std::uint64_t rows_in_line = rows_ % per_line_;
    ++rows_;
    if (rows_in_line == 0) {
        lines_.insert(lines_.end(), row_.begin(), row_.end());
        return;
    }
    const float weight = 1 / static_cast<float>(rows_in_line + 1);
    float* const last = lines_.data() + lines_.size() - columns_;
    for (std::size_t column = 0; column < columns_; ++column) {
        last[column] = combined(last[column], row_[column], weight);
    }
}

/// All lines are complete when this is called, so both of a pair weigh the same.
void Summary::join_lines() {
    const std::size_t joined = lines() / 2;
    for (std::size_t line = 0; line < joined; ++line) {
        const float* const pair = lines_.data() + 2 * line * columns_;
        float* const to = lines_.data() + line * columns_;
        for (std::size_t column = 0; column < columns_; ++column) {
            to[column] = combined(pair[column], pair[columns_ + column], 0.5F);
        }
    }
    lines_.resize(joined * columns_);
    per_line_ *= 2;
}

float Summary::combined(float a, float b, float weight_of_b) const {
    return reduction_ == Reduction::peak ? std::max(a, b) : a + (b - a) * weight_of_b;
}

}  // namespace waterfall
