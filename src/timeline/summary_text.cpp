#include "text.hpp"

#include <juggle/timeline/timeline_summary.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace juggle::inline JUGGLE_ABI {

namespace {

using std::chrono::nanoseconds;

/// From which share on a lane is said to limit the pipeline.
constexpr double limiting = 0.8;

constexpr std::string_view gap_between_columns = "  ";

std::string text_of(nanoseconds time) { return detail::duration_text(time.count()); }

std::string percent(double share) {
    std::string text;
    detail::append_share(text, share);
    return text;
}

std::string decimal(double number) {
    std::string text;
    detail::append_decimal(text, number, 2);
    return text;
}

/// A name may be any bytes; in a table it must stay in its line.
std::string printable(std::string_view name) {
    std::string text{name};
    std::ranges::replace_if(
        text, [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; }, '?');
    return text;
}

/// In characters, as far as the text is UTF-8.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](unsigned char byte) { return (byte & 0xC0u) != 0x80u; }));
}

bool is_host_timed(const TimelineSummary::Lane& lane) {
    return lane.kind == TimelineLaneKind::queue && !lane.device_time;
}

std::string kind_of(const TimelineSummary::Lane& lane) {
    switch (lane.kind) {
        case TimelineLaneKind::host:
            return "host";
        case TimelineLaneKind::spans:
            return "spans";
        case TimelineLaneKind::queue:
            return is_host_timed(lane) ? "queue *" : "queue";
        case TimelineLaneKind::thread:
            return "thread";
        case TimelineLaneKind::resource:
            return "resource";
    }
    return {};
}

/// Lines of so many cells; as wide as need be, words to the left and numbers to the right.
class Table {
public:
    static constexpr std::size_t columns = 10;
    static constexpr std::size_t words = 2;  // the columns of words
    using Line = std::array<std::string, columns>;

    void add(Line line) {
        for (std::size_t column = 0; column != columns; ++column) {
            widths_[column] = std::max(widths_[column], width_of(line[column]));
        }
        lines_.push_back(std::move(line));
    }

    void append_to(std::string& text) const {
        for (const Line& line : lines_) {
            const std::size_t begin = text.size();
            for (std::size_t column = 0; column != columns; ++column) {
                append_cell(text, line[column], column);
            }
            const std::size_t last = text.find_last_not_of(' ');
            text.erase(std::max(begin, last + 1));
            text += '\n';
        }
    }

private:
    void append_cell(std::string& text, std::string_view cell, std::size_t column) const {
        if (widths_[column] == 0) {
            return;
        }
        if (column != 0) {
            text += gap_between_columns;
        }
        const std::string padding(widths_[column] - width_of(cell), ' ');
        text += column < words ? std::string{cell} + padding : padding + std::string{cell};
    }

    std::vector<Line> lines_;
    std::array<std::size_t, columns> widths_{};
};

Table::Line line_of(const TimelineSummary::Lane& lane) {
    Table::Line line{printable(lane.name),
                     kind_of(lane),
                     text_of(lane.busy),
                     percent(lane.share),
                     lane.steady_share > 0 ? percent(lane.steady_share) : "",
                     std::to_string(lane.gaps)};
    if (lane.gaps != 0) {
        line[6] = text_of(lane.idle);
        line[7] = text_of(lane.longest_gap);
        line[8] = text_of(lane.longest_gap_at);
    }
    if (lane.kind == TimelineLaneKind::resource) {
        line[9] = text_of(lane.waited);
    }
    return line;
}

std::string headline(const TimelineSummary& summary) {
    std::string text = text_of(summary.length);
    const std::size_t chunks = summary.latency.chunks;
    if (chunks == 0) {
        return text + " without chunks\n";
    }
    text += chunks == 1 ? " with 1 chunk" : " with " + std::to_string(chunks) + " chunks";
    if (chunks > 1) {
        text += ", one every " + text_of(summary.length / static_cast<std::int64_t>(chunks));
    }
    if (text_of(summary.length) != text_of(summary.recorded)) {
        text += " (of " + text_of(summary.recorded) + " that were recorded, from " +
                text_of(summary.from) + " on)";
    }
    return text + '\n';
}

std::string lane_table(const TimelineSummary& summary) {
    Table table;
    const bool has_resources =
        std::ranges::any_of(summary.lanes, [](const TimelineSummary::Lane& lane) {
            return lane.kind == TimelineLaneKind::resource;
        });
    table.add({"lane", "kind", "busy", "share", "steady", "gaps", "idle", "longest", "at",
               has_resources ? "waited for" : ""});
    for (const TimelineSummary::Lane& lane : summary.lanes) {
        table.add(line_of(lane));
    }
    std::string text;
    table.append_to(text);
    return text;
}

/// Which lane limits the pipeline, if any does.
std::string verdict(const TimelineSummary& summary) {
    if (!summary.critical) {
        return "No lane did any work.\n";
    }
    const TimelineSummary::Lane& lane = summary.lanes[*summary.critical];
    const std::string name = printable(lane.name);
    std::string text;
    if (lane.share >= limiting) {
        text = name + " is busy " + percent(lane.share) + ": the pipeline is limited by it";
    } else if (summary.latency.chunks == 1) {
        text = name + " is the busiest, " + percent(lane.share) +
               ": one chunk alone overlaps with no other";
    } else if (lane.steady_share >= limiting) {
        text = name + " is busy " + percent(lane.share) + ", and " + percent(lane.steady_share) +
               " without filling and draining: the pipeline is limited by it";
    } else {
        const bool hardly = lane.share < 0.01;
        text = "Nothing is busy " + (hardly ? "even 1 %" : "more than " + percent(lane.share)) +
               " (" + name + "): the pipeline waits, for hand-overs, for latency or for work";
    }
    if (summary.next) {
        const TimelineSummary::Lane& next = summary.lanes[*summary.next];
        text += "; the next is " + printable(next.name) + " at " + percent(next.share);
    }
    return text + ".\n";
}

/// Which resource is in the way, if any is.
std::string resource_sentence(const TimelineSummary& summary) {
    const auto most = std::ranges::max_element(summary.lanes, {}, &TimelineSummary::Lane::waited);
    if (most == summary.lanes.end() || most->waited == nanoseconds{0}) {
        return {};
    }
    const double waited =
        static_cast<double>(most->waited.count()) / static_cast<double>(summary.length.count());
    return printable(most->name) +
           " is the resource that is waited for longest: " + percent(waited) +
           " of the time; it is held " + percent(most->share) + ".\n";
}

std::string overlap_sentence(const TimelineSummary& summary) {
    if (!summary.critical || !summary.next) {
        return {};
    }
    return "On average " + decimal(summary.overlap) + " lanes were at work at one time; " +
           decimal(summary.ideal_overlap) + " would be if " +
           printable(summary.lanes[*summary.critical].name) + " never paused.\n";
}

std::string latency_sentence(const TimelineSummary::Latency& latency) {
    if (latency.chunks == 0) {
        return {};
    }
    if (latency.chunks == 1) {
        return "The chunk took " + text_of(latency.longest) + ".\n";
    }
    return "A chunk took " + text_of(latency.median) + " (median); 90 % took at most " +
           text_of(latency.percentile_90) + ", 99 % at most " + text_of(latency.percentile_99) +
           ", the longest " + text_of(latency.longest) + ".\n";
}

std::string notes(const TimelineSummary& summary) {
    std::string text;
    if (std::ranges::any_of(summary.lanes, is_host_timed)) {
        text +=
            "* timed by the host, from submission to completion: what waits in the queue counts as "
            "busy.\n";
    }
    if (summary.lost != 0) {
        text += std::to_string(summary.lost) +
                (summary.lost == 1 ? " event was lost" : " events were lost") +
                ": this is about the newest, and what began before them looks shorter than it "
                "was.\n";
    }
    if (summary.clock_error) {
        text += "Clocks agree to within " + text_of(*summary.clock_error) + ".\n";
    }
    return text;
}

}  // namespace

std::string TimelineSummary::text() const {
    const bool nothing_there = std::ranges::all_of(
        lanes, [](const Lane& lane) { return lane.busy + lane.waited == nanoseconds{0}; });
    if (nothing_there && latency.chunks == 0) {
        return "Nothing was recorded that lasted.\n" + notes(*this);
    }
    return headline(*this) + '\n' + lane_table(*this) + '\n' + verdict(*this) +
           resource_sentence(*this) + overlap_sentence(*this) + latency_sentence(latency) +
           notes(*this);
}

}  // namespace juggle
