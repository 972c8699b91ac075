#pragma once

// Recordings of several timelines beside each other: as bytes on the way, by one clock, in one
// picture.

#include "timeline_data.hpp"

#include <juggle/timeline/timeline_clock_offset.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

/// Puts bars in order and finds the hand-overs of resources.
void arrange(TimelineData& data);

/// The same bytes on every machine.
[[nodiscard]] std::string bytes_of(const TimelineData& data);

/// `std::invalid_argument` if the bytes are not what `bytes_of` gives.
[[nodiscard]] TimelineData data_of(std::string_view bytes);

/// Brings its times to another clock: between two offsets along a line, before the first and after
/// the last by that one. `std::invalid_argument` names what is wrong with them.
void change_clock(TimelineData& data, std::span<const TimelineClockOffset> offsets);

/// Its lanes and counters become those of the group.
void name_group(TimelineData& data, std::string_view group);

/// All of them, from the first event of any on.
[[nodiscard]] TimelineData merged(TimelineData first, const std::vector<TimelineData>& others);

}  // namespace juggle::detail
