#pragma once

#include <juggle/timeline.hpp>

#include <string>

namespace common {

/// To be asked before a run: whether what `--timeline` names can be written at its end, as far as
/// that can be known. Throws Error; leaves the folder as it was.
void check_timeline_file(const std::string& name);

/// `timeline.write`; throws Error that names the option.
void write_timeline(juggle::Timeline& timeline, const std::string& name,
                    const juggle::TimelineRenderOptions& picture);

}  // namespace common
