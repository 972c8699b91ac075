#pragma once

// Where the bars of a timeline's picture go: the part of the recording that is shown, rows for bars
// that overlap, and what is drawn in the place of bars that are too narrow.

#include "timeline_data.hpp"

#include <juggle/timeline/timeline_render_options.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

/// From the recording's first event on, in nanoseconds; never empty.
struct TimelineWindow {
    std::int64_t from = 0;
    std::int64_t to = 1;

    [[nodiscard]] std::int64_t length() const noexcept { return to - from; }
    [[nodiscard]] bool shows(const TimelineBar& bar) const noexcept {
        return bar.begin < to && (bar.end > from || (bar.begin >= from && bar.end <= bar.begin));
    }
    /// How much of the bar is in it.
    [[nodiscard]] std::int64_t length_of(const TimelineBar& bar) const noexcept;
};

/// Throws `std::invalid_argument` if a value of the picture makes no sense, with its name.
void check(const TimelineRenderOptions& picture);

/// Those that are named have been asked for as well.
[[nodiscard]] inline bool shows_resources(const TimelineRenderOptions& picture) {
    return picture.resources || !picture.lanes.empty();
}

/// What the (checked) picture is to show of the data.
[[nodiscard]] TimelineWindow window_of(const TimelineData& data,
                                       const TimelineRenderOptions& picture);
[[nodiscard]] TimelineWindow whole_of(const TimelineData& data);

[[nodiscard]] std::string_view name_of(TimelineLaneKind kind);

/// The name without the group's, which stands above its lanes.
[[nodiscard]] std::string_view name_in_group(const TimelineLane& lane);

/// What a reader is told of the lane who points at its name.
[[nodiscard]] std::string_view meaning_of(const TimelineLane& lane);

/// How much of the window some bar of the lane fills that does not wait; 0 to 1.
[[nodiscard]] double busy_share(const TimelineLane& lane, TimelineWindow window);

/// Of a lane's bars, so that those of one row do not overlap. First the rows of bars that hold or
/// work, then those of bars that wait; either may end with one row for what found no place.
struct TimelineRows {
    static constexpr std::uint8_t hidden = 255;  // the row of what the window does not show

    struct Row {
        bool waiting = false;
        bool crowded = false;           // what found no place: bars overlap
        std::vector<std::size_t> bars;  // by begin
    };
    std::vector<Row> rows;             // at least one
    std::vector<std::uint8_t> row_of;  // for each bar of the lane
};

struct TimelineRowLimits {
    std::size_t working;
    std::size_t waiting;  // both together less than 250
};

[[nodiscard]] TimelineRows rows_of(const TimelineLane& lane, TimelineWindow window,
                                   TimelineRowLimits limits);

/// From time to pixels.
struct TimelineScale {
    TimelineWindow window;
    double width = 1;

    /// Of times outside of the window that of its nearer end.
    [[nodiscard]] double x(std::int64_t time) const noexcept;
};

/// What is drawn: one bar, or several that would be narrower than a column of pixels.
struct TimelinePiece {
    double x = 0;
    double width = 0;
    std::int64_t begin = 0;  // of the first bar
    std::int64_t end = 0;    // of the last
    std::int64_t busy = 0;   // how much of the window its bars fill
    double share = 1;        // how much of what is drawn its bars fill
    std::size_t bar = 0;     // the first
    std::size_t bars = 1;
    bool narrow = false;                 // stands for a column of pixels
    std::optional<std::size_t> colour;   // of at least three quarters of it
    std::optional<std::uint64_t> chunk;  // of all of it
};

/// Pieces do not overlap, whether or not the bars do.
[[nodiscard]] std::vector<TimelinePiece> pieces_of(const TimelineLane& lane,
                                                   const TimelineRows::Row& row,
                                                   const TimelineScale& scale, double column);

/// A counter's levels within a stretch of the picture: between `low` and `high`.
struct TimelineStep {
    double x = 0;
    double end = 0;
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

/// What follows each other within a pixel is one step.
[[nodiscard]] std::vector<TimelineStep> steps_of(const TimelineCounter& counter,
                                                 const TimelineScale& scale);

/// Round times with at least so many pixels between them; nanoseconds.
struct TimelineTicks {
    std::int64_t first = 0;
    std::int64_t step = 1;
};
[[nodiscard]] TimelineTicks ticks_of(const TimelineScale& scale, double distance);

}  // namespace juggle::detail
