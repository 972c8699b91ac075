#pragma once

#include "common/output_file.hpp"
#include "options.hpp"
#include "picture.hpp"
#include "spectrum_writer.hpp"
#include "summary.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace waterfall {

/// Where the rows go: the NumPy file as they come, the picture at the end. All calls block.
class Recorder {
public:
    /// Opens both files, so that what cannot be written is known before the work begins.
    Recorder(const Options& options, const std::string& source_name);

    /// Whole rows of power, one behind the other, in the order of the stream.
    void append(std::span<const float> rows);

    /// Draws the picture and lets both files appear under their names.
    void finish();

    [[nodiscard]] std::uint64_t rows() const noexcept { return spectra_.rows(); }

private:
    SpectrumWriter spectra_;
    common::OutputFile picture_;
    Summary summary_;
    PictureLabels labels_;
};

}  // namespace waterfall
