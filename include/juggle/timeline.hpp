#pragma once

/// Timelines: who worked when, recorded, drawn and summed up.

#include <juggle/timeline/timeline.hpp>
#include <juggle/timeline/timeline_clock_offset.hpp>
#include <juggle/timeline/timeline_lane_kind.hpp>
#include <juggle/timeline/timeline_render_options.hpp>
#include <juggle/timeline/timeline_span.hpp>
#include <juggle/timeline/timeline_summary.hpp>
