#pragma once

#include "src/timeline/recorder.hpp"
#include "src/timeline/timeline_data.hpp"

#include <juggle/timeline.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

namespace support {

/// What a timeline has recorded so far.
inline juggle::detail::TimelineData data_of(juggle::Timeline& timeline) {
    return juggle::detail::TimelineAccess::recorder(timeline).data();
}

/// Null if it has none of this name.
inline const juggle::detail::TimelineLane* find_lane(const juggle::detail::TimelineData& data,
                                                     std::string_view name) {
    const auto found = std::ranges::find(data.lanes, name, &juggle::detail::TimelineLane::name);
    return found == data.lanes.end() ? nullptr : &*found;
}

inline const juggle::detail::TimelineLane& lane(const juggle::detail::TimelineData& data,
                                                std::string_view name) {
    const juggle::detail::TimelineLane* const found = find_lane(data, name);
    if (found == nullptr) {
        throw std::out_of_range{"no lane " + std::string{name}};
    }
    return *found;
}

}  // namespace support
