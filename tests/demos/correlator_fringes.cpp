// What the correlator's picture shows: bounded, however many rows come.

#include "correlator/fringes.hpp"
#include "support/catch.hpp"

#include <complex>
#include <cstddef>
#include <vector>

using correlator::Fringes;

namespace {

/// Of two antennas: the power of both is 4, and their visibility `cross`.
std::vector<std::complex<double>> row_of(std::size_t channels, std::complex<double> cross) {
    std::vector<std::complex<double>> row;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        row.insert(row.end(), {4, cross, 4});
    }
    return row;
}

}  // namespace

TEST_CASE("a cell is a visibility as a share of the power") {
    Fringes fringes{16};
    fringes.append(row_of(16, {0, 2}), 3, 0, 1);
    fringes.append(row_of(16, {4, 0}), 3, 0, 1);
    CHECK(fringes.columns() == 16);
    CHECK(fringes.lines() == 2);
    CHECK(fringes.coherence(0, 3) == std::complex<double>{0, 0.5});
    CHECK(fringes.coherence(1, 15) == std::complex<double>{1, 0});
}

TEST_CASE("an antenna that receives nothing has no coherence") {
    Fringes fringes{16};
    fringes.append(std::vector<std::complex<double>>(48), 3, 0, 1);
    CHECK(fringes.coherence(0, 0) == std::complex<double>{});
}

TEST_CASE("many channels share columns, and many rows share lines") {
    constexpr std::size_t channels = 1024;
    Fringes fringes{channels};
    for (std::size_t i = 0; i < Fringes::max_lines + 1; ++i) {
        // What two rows are joined of cancels out in the first line alone.
        fringes.append(row_of(channels, i == 0 ? -4 : 4), 3, 0, 1);
    }
    CHECK(fringes.columns() == Fringes::max_columns);
    CHECK(fringes.channels_per_column() == 2);
    CHECK(fringes.rows_per_line() == 2);
    CHECK(fringes.lines() == Fringes::max_lines / 2 + 1);
    CHECK(fringes.coherence(0, 7) == std::complex<double>{});
    CHECK(fringes.coherence(1, 7) == std::complex<double>{1, 0});
    CHECK(fringes.coherence(Fringes::max_lines / 2, 7) == std::complex<double>{1, 0});
}
