#pragma once

#include "common/output_file.hpp"
#include "correlator/fringes.hpp"
#include "correlator/options.hpp"

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace correlator {

/// Where the visibilities go: the NumPy file as they come, the picture at the end. All calls block.
class Recorder {
public:
    /// Opens both files, so that what cannot be written is known before the work begins.
    explicit Recorder(const Options& options);

    /// A row: int64[channel][baseline][real, imaginary].
    void append(std::span<const std::int64_t> row);

    /// Draws the picture and lets both files appear under their names.
    void finish();

    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

private:
    [[nodiscard]] std::string header() const;

    const Options& options_;
    std::size_t baselines_;
    common::OutputFile visibilities_;
    common::OutputFile picture_;
    Fringes fringes_;
    std::uint64_t rows_ = 0;
    std::vector<std::complex<double>> row_;
};

}  // namespace correlator
