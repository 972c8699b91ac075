#pragma once

#include <juggle/timeline/timeline_lane_kind.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

using juggle::TimelineLaneKind;

/// Something that lasted, on one lane. Times are nanoseconds since the recording's first event.
struct TimelineBar {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::string what;                    // "write buffer", "process", "task 3 (main.cpp:12)"
    std::optional<std::uint64_t> chunk;  // whose colour it has
    std::uint64_t task = 0;              // that did it or asked for it; 0: none
    bool waiting = false;                // for a resource's turn, not holding it

    [[nodiscard]] std::int64_t length() const noexcept { return end - begin; }
};

/// Bars of one lane may overlap: spans that are kept over a `co_await`, the commands of a queue
/// that is not in order, those who wait for a resource.
struct TimelineLane {
    TimelineLaneKind kind{};
    std::string name;
    bool device_time = false;         // the device's own clock, not what the host saw
    std::vector<TimelineBar> bars{};  // by begin, then by end
    std::string group{};              // "rank 1", which the name begins with, as "rank 1: host"
};

/// How full something was from a moment on.
struct TimelineLevel {
    std::int64_t time = 0;
    std::uint64_t level = 0;
};

struct TimelineCounter {
    std::string name;
    std::uint64_t capacity = 0;  // 0: none
    std::vector<TimelineLevel> levels{};
    std::string group{};  // as a lane's
};

/// A resource went from one holder's bar to the next one's.
struct TimelineHandOver {
    std::size_t lane = 0;  // of the resource
    std::size_t from = 0;  // bars of that lane
    std::size_t to = 0;
};

/// What a recording tells, for those who draw it, count it up or write it to a file.
struct TimelineData {
    std::int64_t start = 0;           // ns of the recorder's clock, of the first event
    std::int64_t length = 0;          // ns, from the first event to the last
    std::vector<TimelineLane> lanes;  // by kind, then in the order in which they were first seen
    std::vector<TimelineCounter> counters;
    std::vector<TimelineHandOver> hand_overs;
    std::uint64_t lost = 0;  // events that the ring had no room for; the newest are kept
    // ns by which times of two of the recordings in it may be apart; none if they have one clock
    std::optional<std::uint64_t> clock_error{};
};

}  // namespace juggle::detail
