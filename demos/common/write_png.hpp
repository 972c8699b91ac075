#pragma once

#include "common/output_file.hpp"

#include <cairo.h>

namespace common {

/// Appends the picture to `file` as PNG. Throws Error if the file cannot be written.
void write_png(OutputFile& file, cairo_surface_t* picture);

}  // namespace common
