#include "timeline_writers.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

using std::chrono::nanoseconds;

struct Interval {
    std::int64_t begin = 0;
    std::int64_t end = 0;

    [[nodiscard]] std::int64_t length() const noexcept { return end - begin; }

    void include(const TimelineBar& bar) noexcept {
        begin = std::min(begin, bar.begin);
        end = std::max(end, bar.end);
    }
};

/// From the first bar of each chunk to its last one.
std::map<std::uint64_t, Interval> chunks_of(const TimelineData& data) {
    std::map<std::uint64_t, Interval> chunks;
    for (const TimelineLane& lane : data.lanes) {
        if (lane.kind == TimelineLaneKind::resource) {
            continue;
        }
        for (const TimelineBar& bar : lane.bars) {
            if (bar.chunk) {
                chunks.try_emplace(*bar.chunk, Interval{bar.begin, bar.end})
                    .first->second.include(bar);
            }
        }
    }
    return chunks;
}

/// The part of the recording that is counted.
Interval part_with(const std::map<std::uint64_t, Interval>& chunks, const TimelineData& data) {
    if (chunks.empty()) {
        return {0, data.length};
    }
    Interval part = chunks.begin()->second;
    for (const auto& [number, chunk] : chunks) {
        part.begin = std::min(part.begin, chunk.begin);
        part.end = std::max(part.end, chunk.end);
    }
    return part;
}

/// When at least one bar of that kind lasted: in order, apart from each other.
std::vector<Interval> times_of(const TimelineLane& lane, bool waiting, const Interval& part) {
    std::vector<Interval> times;
    for (const TimelineBar& bar : lane.bars) {
        const Interval time{std::max(bar.begin, part.begin), std::min(bar.end, part.end)};
        if (bar.waiting != waiting || time.length() <= 0) {
            continue;
        }
        if (times.empty() || times.back().end < time.begin) {
            times.push_back(time);
        } else {
            times.back().end = std::max(times.back().end, time.end);
        }
    }
    return times;
}

nanoseconds sum_of(const std::vector<Interval>& times) {
    std::int64_t sum = 0;
    for (const Interval& time : times) {
        sum += time.length();
    }
    return nanoseconds{sum};
}

/// From the start of the lane's first bar to the start of its last one.
Interval steady_part(const TimelineLane& lane, const Interval& part) {
    Interval result{part.end, part.begin};
    for (const TimelineBar& bar : lane.bars) {
        const std::int64_t begin = std::max(bar.begin, part.begin);
        if (!bar.waiting && begin < std::min(bar.end, part.end)) {
            result.begin = std::min(result.begin, begin);
            result.end = std::max(result.end, begin);
        }
    }
    return result;
}

double ratio(nanoseconds part, nanoseconds whole) {
    return whole.count() > 0
               ? static_cast<double>(part.count()) / static_cast<double>(whole.count())
               : 0;
}

TimelineSummary::Lane lane_of(const TimelineLane& lane, const Interval& part) {
    TimelineSummary::Lane result{
        .name = lane.name, .kind = lane.kind, .device_time = lane.device_time};
    const std::vector<Interval> times = times_of(lane, false, part);
    result.busy = sum_of(times);
    result.share = ratio(result.busy, nanoseconds{part.length()});
    const Interval steady = steady_part(lane, part);
    result.steady_share =
        ratio(sum_of(times_of(lane, false, steady)), nanoseconds{steady.length()});
    for (std::size_t next = 1; next < times.size(); ++next) {
        const nanoseconds gap{times[next].begin - times[next - 1].end};
        ++result.gaps;
        result.idle += gap;
        if (gap > result.longest_gap) {
            result.longest_gap = gap;
            result.longest_gap_at = nanoseconds{times[next - 1].end};
        }
    }
    result.waited = sum_of(times_of(lane, true, part));
    return result;
}

TimelineSummary::Latency latency_of(const std::map<std::uint64_t, Interval>& chunks) {
    if (chunks.empty()) {
        return {};
    }
    std::vector<std::int64_t> lengths;
    lengths.reserve(chunks.size());
    for (const auto& [number, chunk] : chunks) {
        lengths.push_back(chunk.length());
    }
    std::ranges::sort(lengths);
    const auto percentile = [&](std::size_t percent) {
        const std::size_t rank = (lengths.size() * percent + 99) / 100;  // from 1
        return nanoseconds{lengths[rank - 1]};
    };
    return {.chunks = lengths.size(),
            .median = percentile(50),
            .percentile_90 = percentile(90),
            .percentile_99 = percentile(99),
            .longest = nanoseconds{lengths.back()}};
}

bool does_work(const TimelineSummary::Lane& lane) {
    return lane.kind == TimelineLaneKind::host || lane.kind == TimelineLaneKind::queue ||
           lane.kind == TimelineLaneKind::thread;
}

void compare_lanes(TimelineSummary& summary) {
    const auto busy_of = [&](std::optional<std::size_t> lane) {
        return lane ? summary.lanes[*lane].busy : nanoseconds{0};
    };
    nanoseconds sum{0};
    for (std::size_t place = 0; place != summary.lanes.size(); ++place) {
        const TimelineSummary::Lane& lane = summary.lanes[place];
        if (!does_work(lane)) {
            continue;
        }
        sum += lane.busy;
        if (lane.busy > busy_of(summary.critical)) {
            summary.next = std::exchange(summary.critical, place);
        } else if (lane.busy > busy_of(summary.next)) {
            summary.next = place;
        }
    }
    summary.overlap = ratio(sum, summary.length);
    summary.ideal_overlap = ratio(sum, busy_of(summary.critical));
}

}  // namespace

TimelineSummary summarize(const TimelineData& data) {
    const std::map<std::uint64_t, Interval> chunks = chunks_of(data);
    const Interval part = part_with(chunks, data);
    TimelineSummary summary;
    summary.recorded = nanoseconds{data.length};
    summary.from = nanoseconds{part.begin};
    summary.length = nanoseconds{part.length()};
    summary.lanes.reserve(data.lanes.size());
    for (const TimelineLane& lane : data.lanes) {
        summary.lanes.push_back(lane_of(lane, part));
    }
    compare_lanes(summary);
    summary.latency = latency_of(chunks);
    summary.lost = data.lost;
    if (data.clock_error) {
        summary.clock_error = nanoseconds{*data.clock_error};
    }
    return summary;
}

}  // namespace juggle::detail
