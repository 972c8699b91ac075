#pragma once

#include "common/output_file.hpp"
#include "summary.hpp"

#include <optional>
#include <string>

namespace waterfall {

/// What stands beside the data.
struct PictureLabels {
    std::string title;
    std::string subtitle;
    double centre;                 ///< hertz, in the middle of channel C / 2
    double sample_rate;            ///< hertz, the width of the band
    double first_time;             ///< seconds, the upper edge of the first row
    double row_time;               ///< seconds from row to row
    std::optional<double> db_min;  ///< ends of the colour scale, from the data if unset
    std::optional<double> db_max;
};

/// Draws a waterfall, time downwards and frequency to the right, and appends it to `file`
/// (PNG). Without a row the axes stay empty and a note says so. Takes a tenth of a second
/// or more. Throws Error if the file cannot be written.
void write_picture(common::OutputFile& file, const Summary& summary, const PictureLabels& labels);

}  // namespace waterfall
