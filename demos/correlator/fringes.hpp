#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace correlator {

/// What the picture will show of a baseline, in bounded memory however many rows come: neighbouring
/// channels share a column from the start, and each time the lines run out, neighbouring lines are
/// added and a line stands for twice as many rows as before.
class Fringes {
public:
    explicit Fringes(std::size_t channels);

    /// A row [channel][baseline], of which that of the antennas `first` and `second` is taken.
    void append(std::span<const std::complex<double>> row, std::size_t baselines, std::size_t first,
                std::size_t second);

    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] std::size_t channels_per_column() const noexcept { return per_column_; }
    [[nodiscard]] std::uint64_t rows_per_line() const noexcept { return per_line_; }
    [[nodiscard]] std::size_t lines() const noexcept { return lines_.size() / columns_; }

    /// The visibility as a share of what both antennas receive: of absolute value 1 if they receive
    /// the same.
    [[nodiscard]] std::complex<double> coherence(std::size_t line, std::size_t column) const;

    static constexpr std::size_t max_columns = 512;
    static constexpr std::size_t max_lines = 512;

private:
    struct Cell {
        std::complex<double> cross;
        double first = 0;  // power of each antenna
        double second = 0;
        Cell& operator+=(const Cell& other);
    };
    void join_lines();

    std::size_t per_column_;
    std::size_t columns_;
    std::uint64_t per_line_ = 1;
    std::uint64_t rows_ = 0;
    std::vector<Cell> lines_;
};

}  // namespace correlator
