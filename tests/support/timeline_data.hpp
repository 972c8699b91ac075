#pragma once

#include "src/timeline/timeline_data.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace support {

using juggle::detail::TimelineBar;
using juggle::detail::TimelineData;
using juggle::detail::TimelineLane;
using juggle::detail::TimelineLaneKind;

/// Recordings that are made by hand. All times are nanoseconds.
inline TimelineBar bar(std::int64_t begin, std::int64_t end,
                       std::optional<std::uint64_t> chunk = {}, std::string what = "work") {
    return {.begin = begin, .end = end, .what = std::move(what), .chunk = chunk, .task = 0};
}

inline TimelineBar waiting(std::int64_t begin, std::int64_t end,
                           std::optional<std::uint64_t> chunk = {}) {
    TimelineBar result = bar(begin, end, chunk, "waits");
    result.waiting = true;
    return result;
}

inline TimelineLane lane(TimelineLaneKind kind, std::string name, std::vector<TimelineBar> bars) {
    return {.kind = kind, .name = std::move(name), .bars = std::move(bars)};
}

/// By the device's own clock.
inline TimelineLane device_queue(std::string name, std::vector<TimelineBar> bars) {
    TimelineLane result = lane(TimelineLaneKind::queue, std::move(name), std::move(bars));
    result.device_time = true;
    return result;
}

/// As long as its bars need.
inline TimelineData recording(std::vector<TimelineLane> lanes) {
    TimelineData data;
    for (const TimelineLane& each : lanes) {
        for (const TimelineBar& one : each.bars) {
            data.length = std::max(data.length, one.end);
        }
    }
    data.lanes = std::move(lanes);
    return data;
}

}  // namespace support
