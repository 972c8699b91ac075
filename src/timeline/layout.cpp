#include "layout.hpp"

#include "colour.hpp"
#include "timeline_data.hpp"

#include <juggle/timeline/timeline_render_options.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

[[noreturn]] void refuse(const char* what, const std::string& value, const char* must) {
    throw std::invalid_argument("juggle: a timeline's picture has " + std::string{what} + " " +
                                value + "; it must " + must);
}

std::int64_t end_of(const TimelineData& data) {
    std::int64_t end = data.length;
    for (const TimelineLane& lane : data.lanes) {
        for (const TimelineBar& bar : lane.bars) {
            end = std::max(end, bar.end);
        }
    }
    return end;
}

/// Rows of one kind, filled by begin: a bar goes to the first row that has room for it.
class RowPacker {
public:
    RowPacker(std::vector<TimelineRows::Row>& rows, bool waiting, std::size_t limit)
        : rows_(&rows), first_(rows.size()), waiting_(waiting), limit_(limit) {}

    std::uint8_t place(std::size_t index, const TimelineBar& bar) {
        std::size_t row = 0;
        while (row < ends_.size() && row < limit_ && ends_[row] > bar.begin) {
            ++row;
        }
        if (row == ends_.size()) {
            ends_.push_back(bar.end);
            rows_->push_back({.waiting = waiting_, .crowded = row == limit_, .bars = {}});
        }
        ends_[row] = std::max(ends_[row], bar.end);
        (*rows_)[first_ + row].bars.push_back(index);
        return static_cast<std::uint8_t>(first_ + row);
    }

private:
    std::vector<TimelineRows::Row>* rows_;
    std::size_t first_;
    bool waiting_;
    std::size_t limit_;
    std::vector<std::int64_t> ends_;
};

/// Bars that are drawn as one.
class PieceMaker {
public:
    PieceMaker(const TimelineScale& scale, double column) : scale_(&scale), column_(column) {}

    void add(std::size_t index, const TimelineBar& bar, bool crowded) {
        const double x = scale_->x(bar.begin);
        const double end = scale_->x(bar.end);
        const bool narrow = end - x < column_;
        const double place = std::floor(x / column_);
        // Where bars overlap, one that begins inside of the piece belongs to it.
        const bool joins = open_ && ((narrow && piece_.narrow && place == place_) ||
                                     (crowded && bar.begin < piece_.end));
        if (!joins) {
            finish();
            piece_ = {.x = x,
                      .begin = bar.begin,
                      .end = bar.begin,
                      .bar = index,
                      .bars = 0,
                      .narrow = narrow,
                      .colour = {},
                      .chunk = bar.chunk};
            colours_.fill(0);

            place_ = place;
            open_ = true;
        }
        piece_.narrow = piece_.narrow && narrow;
        // What overlaps is counted once.
        TimelineBar rest = bar;
        rest.begin = std::max(bar.begin, crowded ? piece_.end : bar.begin);
        const std::int64_t busy = scale_->window.length_of(rest);
        piece_.busy += busy;
        piece_.end = std::max(piece_.end, bar.end);
        piece_.bars += 1;
        if (piece_.chunk != bar.chunk) {
            piece_.chunk.reset();
        }
        colours_[bar.chunk ? colour_of(*bar.chunk) : chunk_colours.size()] += busy;
    }

    std::vector<TimelinePiece> finished() {
        finish();
        return std::move(pieces_);
    }

private:
    void finish() {
        if (!open_) {
            return;
        }
        double end = scale_->x(piece_.end);
        if (piece_.narrow) {
            // All of the column, as far as the picture goes, and as pale as it is idle.
            piece_.x = place_ * column_;
            end = std::max(end, std::min(piece_.x + column_, scale_->width));
        }
        piece_.x = std::max(piece_.x, drawn_to_);
        // Something is left to be seen of what another one's column covers.
        piece_.width = std::max(end - piece_.x, piece_.narrow ? column_ / 4 : 0);
        drawn_to_ = piece_.x + piece_.width;
        const double filled = static_cast<double>(piece_.busy) * scale_->width /
                              static_cast<double>(scale_->window.length());
        piece_.share = piece_.narrow ? std::min(1.0, filled / column_) : 1;
        const auto most = std::max_element(colours_.begin(), colours_.end() - 1);
        if (*most > 0 && *most >= piece_.busy / 4 * 3) {
            piece_.colour = static_cast<std::size_t>(most - colours_.begin());
        } else if (*most == 0 && piece_.chunk) {
            piece_.colour = colour_of(*piece_.chunk);
        }
        pieces_.push_back(piece_);
        open_ = false;
    }

    const TimelineScale* scale_;
    double column_;
    std::vector<TimelinePiece> pieces_;
    TimelinePiece piece_;
    std::array<std::int64_t, chunk_colours.size() + 1> colours_{};  // the last: of no chunk
    double place_ = 0;                                              // which column
    double drawn_to_ = 0;
    bool open_ = false;
};

}  // namespace

std::int64_t TimelineWindow::length_of(const TimelineBar& bar) const noexcept {
    return std::max<std::int64_t>(0, std::min(bar.end, to) - std::max(bar.begin, from));
}

void check(const TimelineRenderOptions& picture) {
    if (picture.width <= 0) {
        refuse("a width of", std::to_string(picture.width), "be at least 1");
    }
    if (picture.row_height <= 0) {
        refuse("a row_height of", std::to_string(picture.row_height), "be at least 1");
    }
    if (picture.from.count() < 0) {
        refuse("a from of", std::to_string(picture.from.count()) + " ns", "not be negative");
    }
    if (picture.length.count() <= 0) {
        refuse("a length of", std::to_string(picture.length.count()) + " ns", "be positive");
    }
}

TimelineWindow window_of(const TimelineData& data, const TimelineRenderOptions& picture) {
    constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();
    const std::int64_t from = std::min<std::int64_t>(picture.from.count(), latest - 1);
    const std::int64_t length = picture.length.count();
    if (picture.length == std::chrono::nanoseconds::max()) {
        return {from, std::max(end_of(data), from + 1)};
    }
    return {from, length > latest - from ? latest : from + length};
}

TimelineWindow whole_of(const TimelineData& data) {
    return window_of(data, TimelineRenderOptions{});
}

double busy_share(const TimelineLane& lane, TimelineWindow window) {
    std::int64_t busy = 0;
    std::int64_t counted_to = window.from;
    for (const TimelineBar& bar : lane.bars) {
        if (!bar.waiting) {
            const std::int64_t end = std::min(bar.end, window.to);
            busy += std::max<std::int64_t>(0, end - std::max(bar.begin, counted_to));
            counted_to = std::max(counted_to, end);
        }
    }
    return static_cast<double>(busy) / static_cast<double>(window.length());
}

TimelineRows rows_of(const TimelineLane& lane, TimelineWindow window, TimelineRowLimits limits) {
    TimelineRows result;
    result.row_of.assign(lane.bars.size(), TimelineRows::hidden);
    for (const bool waiting : {false, true}) {
        RowPacker packer{result.rows, waiting, waiting ? limits.waiting : limits.working};
        for (std::size_t index = 0; index < lane.bars.size(); ++index) {
            const TimelineBar& bar = lane.bars[index];
            if (bar.waiting == waiting && window.shows(bar)) {
                result.row_of[index] = packer.place(index, bar);
            }
        }
    }
    if (result.rows.empty()) {
        result.rows.emplace_back();
    }
    return result;
}

std::string_view name_of(TimelineLaneKind kind) {
    switch (kind) {
        case TimelineLaneKind::host:
            return "host";
        case TimelineLaneKind::spans:
            return "spans";
        case TimelineLaneKind::queue:
            return "queue";
        case TimelineLaneKind::thread:
            return "thread";
        case TimelineLaneKind::resource:
            return "resource";
    }
    return "";
}

std::string_view name_in_group(const TimelineLane& lane) {
    return std::string_view{lane.name}.substr(lane.group.empty() ? 0 : lane.group.size() + 2);
}

std::string_view meaning_of(const TimelineLane& lane) {
    switch (lane.kind) {
        case TimelineLaneKind::host:
            return "the executor's thread: what it ran";
        case TimelineLaneKind::spans:
            return "spans of the program";
        case TimelineLaneKind::queue:
            return lane.device_time ? "commands, timed by the device"
                                    : "commands, as the host saw them";
        case TimelineLaneKind::thread:
            return "a thread with offloaded work";
        case TimelineLaneKind::resource:
            return "who held it, and, paler, who waited for it";
    }
    return "";
}

double TimelineScale::x(std::int64_t time) const noexcept {
    const std::int64_t inside = std::clamp(time, window.from, window.to);
    return static_cast<double>(inside - window.from) * width / static_cast<double>(window.length());
}

std::vector<TimelinePiece> pieces_of(const TimelineLane& lane, const TimelineRows::Row& row,
                                     const TimelineScale& scale, double column) {
    PieceMaker maker{scale, column};
    for (const std::size_t index : row.bars) {
        maker.add(index, lane.bars[index], row.crowded);
    }
    return maker.finished();
}

std::vector<TimelineStep> steps_of(const TimelineCounter& counter, const TimelineScale& scale) {
    std::vector<TimelineStep> steps;
    bool open = false;  // the last one is of what is narrower than a pixel
    const std::vector<TimelineLevel>& levels = counter.levels;
    for (std::size_t index = 0; index < levels.size(); ++index) {
        const bool is_last = index + 1 == levels.size();
        const std::int64_t until = is_last ? scale.window.to : levels[index + 1].time;
        if (until < scale.window.from || (until == scale.window.from && !is_last)) {
            continue;
        }
        if (levels[index].time >= scale.window.to) {
            break;
        }
        const double x = scale.x(levels[index].time);
        const double end = scale.x(until);
        const std::uint64_t level = levels[index].level;
        const bool narrow = end - x < 1;
        if (open && narrow && std::floor(steps.back().x) == std::floor(x)) {
            steps.back().end = end;
            steps.back().low = std::min(steps.back().low, level);
            steps.back().high = std::max(steps.back().high, level);
            continue;
        }
        steps.push_back({.x = x, .end = end, .low = level, .high = level});
        open = narrow;
    }
    return steps;
}

TimelineTicks ticks_of(const TimelineScale& scale, double distance) {
    const double smallest =
        std::max(1.0, static_cast<double>(scale.window.length()) * distance / scale.width);
    double step = std::pow(10.0, std::floor(std::log10(smallest)));
    for (const double factor : {2.0, 5.0, 10.0}) {
        if (step >= smallest) {
            break;
        }
        step = std::pow(10.0, std::floor(std::log10(smallest))) * factor;
    }
    TimelineTicks ticks;
    ticks.step = static_cast<std::int64_t>(std::min(step, 1e18));
    const std::int64_t over = scale.window.from % ticks.step;
    const std::int64_t missing = over == 0 ? 0 : ticks.step - over;
    ticks.first = scale.window.from > std::numeric_limits<std::int64_t>::max() - missing
                      ? scale.window.to
                      : scale.window.from + missing;
    return ticks;
}

}  // namespace juggle::detail
