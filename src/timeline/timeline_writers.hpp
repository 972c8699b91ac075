#pragma once

#include "timeline_data.hpp"

#include <juggle/timeline/timeline_render_options.hpp>
#include <juggle/timeline/timeline_summary.hpp>

#include <ostream>

namespace juggle::inline JUGGLE_ABI::detail {

/// In the format of Chrome's trace viewer, which Perfetto reads.
void write_trace(std::ostream& out, const TimelineData& data);

void write_svg(std::ostream& out, const TimelineData& data, const TimelineRenderOptions& picture);

/// One file, with the picture in it, to zoom and to hover over.
void write_html(std::ostream& out, const TimelineData& data, const TimelineRenderOptions& picture);

[[nodiscard]] TimelineSummary summarize(const TimelineData& data);

}  // namespace juggle::detail
