#pragma once

#include "common/output_file.hpp"
#include "correlator/fringes.hpp"
#include "correlator/options.hpp"

namespace correlator {

/// Draws amplitude and phase of a baseline side by side, time downwards and frequency to the right,
/// and appends them to `file` (PNG). Without a row the axes stay empty and a note says so. Throws
/// common::Error if the file cannot be written.
void write_picture(common::OutputFile& file, const Fringes& fringes, const Options& options);

}  // namespace correlator
