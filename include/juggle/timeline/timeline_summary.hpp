#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/timeline/timeline_lane_kind.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace juggle::inline JUGGLE_ABI {

/// What a `Timeline` comes to: how busy each lane was, which one limits the pipeline, how long a
/// chunk takes and how well the lanes overlap.
///
/// All of it is about one part of the recording, from `from` on, `length` long: from the start of
/// the first bar that belongs to a chunk to the end of the last one, resources aside, so that what
/// is done once before and after the chunks does not count. It is all of the recording if there are
/// no chunks. Filling the pipeline and draining it are part of that: with few chunks no lane can be
/// busy all the time. Bars that reach beyond are cut.
///
/// The host, device queues and threads do the work: only these lanes can limit the pipeline or
/// overlap. The user's spans may last over a `co_await`, and a resource that is held does nothing.
struct JUGGLE_EXPORT TimelineSummary {
    struct Lane {
        std::string name;
        TimelineLaneKind kind{};
        /// By the device's own clock. Else the bars of a queue last from the submission of a
        /// command to its end as the host saw it, and what is waiting there counts as busy.
        bool device_time = false;
        /// During which at least one of its bars lasted; of a resource, during which it was held.
        std::chrono::nanoseconds busy{};
        /// `busy` of `length`, from 0 to 1; 0 if there is no length.
        double share = 0;
        /// The same of the time from the start of its first bar to the start of its last one: of
        /// whole rounds, if each chunk has one bar here, without filling the pipeline and draining
        /// it. 0 with fewer than two bars.
        double steady_share = 0;
        /// How often it was not busy between two bars. That it begins later than others and ends
        /// earlier is no gap.
        std::size_t gaps = 0;
        std::chrono::nanoseconds idle{};  ///< its gaps together
        std::chrono::nanoseconds longest_gap{};
        /// Since the recording's first event; of the first one, if several are as long.
        std::chrono::nanoseconds longest_gap_at{};
        /// Of a resource: during which at least one ticket waited for it.
        std::chrono::nanoseconds waited{};
    };

    /// From the start of a chunk's first bar to the end of its last one. Spans count for this,
    /// resources do not. Of a share p of `chunks` latencies in order, the one at place
    /// ⌈p · chunks⌉, counted from 1 ("nearest rank"): always one that occurred.
    struct Latency {
        std::size_t chunks = 0;
        std::chrono::nanoseconds median{};
        std::chrono::nanoseconds percentile_90{};
        std::chrono::nanoseconds percentile_99{};
        std::chrono::nanoseconds longest{};
    };

    std::chrono::nanoseconds recorded{};  ///< the whole recording
    std::chrono::nanoseconds from{};      ///< since the recording's first event
    std::chrono::nanoseconds length{};
    std::vector<Lane> lanes;  ///< those of the recording, in its order

    /// The lane that does work and was busy longest, and the next: places in `lanes`. Of lanes that
    /// were as busy, the first; none that was not busy at all.
    std::optional<std::size_t> critical{};
    std::optional<std::size_t> next{};

    Latency latency{};

    /// How many of the lanes that do work were at it at one time, on average: the sum of their
    /// `busy` over `length`.
    double overlap = 0;
    /// What that would be if the busiest lane never paused: the sum over the largest.
    double ideal_overlap = 0;

    /// Events that the recorder had no room for. The newest are kept: chunks that had begun before
    /// these look shorter than they were.
    std::uint64_t lost = 0;

    /// Of a timeline that others were added to by offsets between their clocks: by how much the
    /// times of two of them may be apart.
    std::optional<std::chrono::nanoseconds> clock_error{};

    /// A table of the lanes and what follows from it, for a terminal.
    [[nodiscard]] std::string text() const;
};

}  // namespace juggle
