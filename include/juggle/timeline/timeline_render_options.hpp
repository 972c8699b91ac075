#pragma once

#include <juggle/duration.hpp>

#include <chrono>
#include <limits>
#include <string>
#include <vector>

namespace juggle::inline JUGGLE_ABI {

/// What a picture of a `Timeline` is to show.
struct TimelineRenderOptions {
    /// Above the lanes; may be empty.
    std::string title{};

    /// A lane for each resource as well: who held it, and, paler, who waited.
    bool resources = false;

    /// If any are named, these lanes and counters and no others, in this order. One that there is
    /// nothing on is empty.
    std::vector<std::string> lanes{};

    /// The part of the recording to be drawn: from the recording's first event on.
    Duration from{};
    Duration length = (std::chrono::nanoseconds::max)();

    /// In pixels, all of it.
    int width = 960;

    /// Of one row of bars, in pixels.
    int row_height = 22;

    /// Without axis, legend and summary line: to stand beside text.
    bool bare = false;
};

}  // namespace juggle
