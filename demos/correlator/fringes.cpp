#include "correlator/fringes.hpp"

#include "correlator/layout.hpp"

#include <algorithm>
#include <cmath>

namespace correlator {

Fringes::Cell& Fringes::Cell::operator+=(const Cell& other) {
    cross += other.cross;
    first += other.first;
    second += other.second;
    return *this;
}

Fringes::Fringes(std::size_t channels)
    : per_column_{(channels + max_columns - 1) / max_columns}, columns_{channels / per_column_} {}

void Fringes::append(std::span<const std::complex<double>> row, std::size_t baselines,
                     std::size_t first, std::size_t second) {
    if (rows_ % per_line_ == 0) {
        if (lines() == max_lines) {
            join_lines();
        }
        lines_.resize(lines_.size() + columns_);
    }
    ++rows_;
    Cell* const line = &lines_[lines_.size() - columns_];
    for (std::size_t channel = 0; channel < columns_ * per_column_; ++channel) {
        const auto of = row.subspan(channel * baselines, baselines);
        line[channel / per_column_] += {.cross = of[Layout::baseline(first, second)],
                                        .first = of[Layout::baseline(first, first)].real(),
                                        .second = of[Layout::baseline(second, second)].real()};
    }
}

/// The number of lines is even, and all are complete.
void Fringes::join_lines() {
    for (std::size_t line = 0; line < lines() / 2; ++line) {
        for (std::size_t column = 0; column < columns_; ++column) {
            Cell both = lines_[2 * line * columns_ + column];
            both += lines_[(2 * line + 1) * columns_ + column];
            lines_[line * columns_ + column] = both;
        }
    }
    lines_.resize(lines_.size() / 2);
    per_line_ *= 2;
}

std::complex<double> Fringes::coherence(std::size_t line, std::size_t column) const {
    const Cell& cell = lines_[line * columns_ + column];
    const double power = std::sqrt(cell.first * cell.second);
    return power == 0 ? 0 : cell.cross / power;
}

}  // namespace correlator
