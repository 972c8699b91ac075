// A timeline as a picture: lanes below each other, time from left to right.

#include "colour.hpp"
#include "layout.hpp"
#include "text.hpp"
#include "timeline_data.hpp"
#include "timeline_writers.hpp"

#include <juggle/timeline/timeline_render_options.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

constexpr TimelineRowLimits picture_rows{.working = 8, .waiting = 4};
constexpr std::size_t max_pieces = 6000;  // some 130 bytes each
constexpr std::size_t max_titled = 2000;

constexpr double max_ticks = 100;

constexpr double margin = 12;
constexpr double row_gap = 2;
constexpr double group_gap = 6;  // above the name of a group
constexpr double group_height = 18;
constexpr double letter_width = 7.1;  // of 12 pixels' height; nobody knows which font it will be
constexpr double small_letter_width = 5.8;  // of 10.5

constexpr std::string_view style = R"css(
.jt{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.jt text{font-size:12px;fill:#24292f}
.jt .title{font-size:15px;font-weight:600}
.jt .note,.jt .axis text,.jt .more,.jt .level{font-size:10.5px;fill:#57606a}
.jt .warning{fill:#9a5b00}
.jt .group{font-weight:600}
.jt .share{text-anchor:end;font-variant-numeric:tabular-nums}
.jt .axis text{text-anchor:middle;font-variant-numeric:tabular-nums}
.jt .page{fill:#fff}
.jt .track{fill:#f3f5f7}
.jt .tick{stroke:#d8dee4;stroke-width:1}
.jt .bar,.jt .plain{fill:#b9c0c8}
.jt .mixed{fill:#7b93ad}
.jt .waiting{fill-opacity:.32}
.jt .hatch{stroke:#fff;stroke-width:2;stroke-opacity:.75}
.jt .label{font-size:10.5px;font-weight:600;fill:#1b1f24;text-anchor:middle;pointer-events:none}
.jt .what{font-weight:400}
.jt .full{fill:#8c959f;fill-opacity:.75}
.jt .swing{fill:#8c959f;fill-opacity:.35}
.jt .capacity{stroke:#8c959f;stroke-width:1;stroke-dasharray:3 3}
)css";

constexpr std::string_view dark_style = R"css(@media (prefers-color-scheme:dark){
.jt text{fill:#e6edf3}
.jt .note,.jt .axis text,.jt .more,.jt .level{fill:#9aa4af}
.jt .warning{fill:#e3b341}
.jt .page{fill:#0d1117}
.jt .track{fill:#171c23}
.jt .tick{stroke:#2b323b}
.jt .bar,.jt .plain{fill:#818b96}
.jt .hatch{stroke:#0d1117}
.jt .label{fill:#1b1f24}
}
)css";

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) != 0x80; }

/// The text's beginning, with an ellipsis if something is missing. Does not cut a character.
std::string shortened(std::string_view text, std::size_t characters) {
    std::size_t count = 0;
    std::size_t last = 0;  // where the last character that has room begins
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (!begins_character(text[index])) {
            continue;
        }
        if (++count > characters) {
            return std::string{text.substr(0, last)} + "\u2026";
        }
        last = index;
    }
    return std::string{text};
}

std::size_t characters_in(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

struct LanePicture {
    const TimelineLane* lane;
    TimelineRows rows;
    double busy;
    bool heads = false;  // the first of its group: the group's name stands above it
    double y = 0;
    double height = 0;
};

class SvgWriter {
public:
    SvgWriter(const TimelineData& data, const TimelineRenderOptions& picture)
        : data_(&data), picture_(&picture), window_(window_of(data, picture)) {
        for (const TimelineLane& lane : data.lanes) {
            if (lane.kind != TimelineLaneKind::resource || shows_resources(picture)) {
                lanes_.push_back(
                    {&lane, rows_of(lane, window_, picture_rows), busy_share(lane, window_)});
            }
        }
        place_lanes();
        cut_into_pieces();
    }

    std::string text() {
        out_.reserve(4096 + pieces_count_ * 160);
        begin_picture();
        if (nothing_recorded()) {
            note(left_, bottom_ - 6,
                 data_->lanes.empty() && data_->counters.empty()
                     ? "nothing was recorded"
                     : "nothing in this part of the recording");
        } else {
            axis();
        }
        for (std::size_t index = 0; index < lanes_.size(); ++index) {
            if (lanes_[index].heads) {
                group(lanes_[index]);
            }
            lane(lanes_[index], pieces_[index]);
        }
        for (std::size_t index = 0; index < data_->counters.size(); ++index) {
            counter(data_->counters[index],
                    counters_y_ + static_cast<double>(index) * counter_step());
        }
        if (!picture_->bare) {
            foot();
        } else if (data_->lost > 0) {
            lost_note(bottom_ + 12);
        }
        out_ += "</svg>\n";
        return std::move(out_);
    }

private:
    [[nodiscard]] double row_height(const TimelineRows::Row& row) const {
        const double full = picture_->row_height;
        // Who waits is of less interest, and there may be many.
        return row.waiting ? std::max(2.0, std::round(full * 0.45)) : full;
    }
    [[nodiscard]] double lane_gap() const { return picture_->bare ? 5 : 8; }
    [[nodiscard]] double counter_height() const {
        return std::max(16.0, picture_->row_height * 1.0);
    }
    [[nodiscard]] double counter_step() const { return counter_height() + lane_gap(); }

    void place_lanes() {
        const double width = picture_->width;
        std::size_t longest = 0;
        for (const LanePicture& lane : lanes_) {
            longest = std::max(longest, characters_in(name_in_group(*lane.lane)));
        }
        for (const TimelineCounter& counter : data_->counters) {
            longest = std::max(longest, characters_in(counter.name));
        }
        const double edge = std::min(margin, width / 20);
        // Whole numbers: columns of pixels are columns of the screen.
        left_ = std::floor(
            std::min(edge + static_cast<double>(longest) * letter_width + 10, width * 0.3));
        right_ = std::max(std::floor(std::max(width - edge - 42, width * 0.8)), left_ + 1);
        name_x_ = edge;
        share_x_ = width - edge;
        scale_ = {window_, right_ - left_};

        double y = picture_->bare ? 8 : margin;
        if (!picture_->title.empty()) {
            y += 16;
            title_y_ = y;
            y += 14;
        }
        top_ = y;
        std::string_view group;
        for (LanePicture& lane : lanes_) {
            lane.heads = lane.lane->group != group;
            group = lane.lane->group;
            if (lane.heads) {
                y += (&lane == lanes_.data() ? 0 : group_gap) + group_height;
            }
            lane.y = y;
            for (const TimelineRows::Row& row : lane.rows.rows) {
                lane.height += row_height(row) + row_gap;
            }
            lane.height -= row_gap;
            y += lane.height + lane_gap();
        }
        counters_y_ = y;
        y += counter_step() * static_cast<double>(data_->counters.size());
        if (nothing_recorded()) {
            y += 20;
        }
        bottom_ = y;
        if (picture_->bare) {
            height_ = bottom_ + (data_->lost > 0 ? 20 : 3);
        } else {
            height_ = bottom_ + 16 + 22 + 26 + (data_->lost > 0 ? 16 : 0);
        }
    }

    /// Columns become wider if the file would become too large.
    void cut_into_pieces() {
        for (column_ = 1;; column_ *= 2) {
            pieces_count_ = 0;
            pieces_.clear();
            for (const LanePicture& lane : lanes_) {
                auto& rows = pieces_.emplace_back();
                for (const TimelineRows::Row& row : lane.rows.rows) {
                    rows.push_back(pieces_of(*lane.lane, row, scale_, column_));
                    pieces_count_ += rows.back().size();
                }
            }
            if (pieces_count_ <= max_pieces || column_ >= scale_.width) {
                return;
            }
        }
    }

    [[nodiscard]] bool nothing_recorded() const {
        const auto shown = [](const LanePicture& lane) {
            return !lane.rows.rows.front().bars.empty();
        };
        return std::ranges::none_of(lanes_, shown) && data_->counters.empty();
    }

    void number(double value) { append_decimal(out_, value, 2); }

    void attribute(std::string_view name, double value) {
        out_ += ' ';
        out_ += name;
        out_ += "=\"";
        number(value);
        out_ += '"';
    }

    void attribute(std::string_view name, std::integral auto value) {
        out_ += ' ';
        out_ += name;
        out_ += "=\"";
        append_number(out_, value);
        out_ += '"';
    }

    void attribute(std::string_view name, std::string_view value) {
        out_ += ' ';
        out_ += name;
        out_ += "=\"";
        append_xml(out_, value);
        out_ += '"';
    }

    void box(double x, double y, double width, double height) {
        attribute("x", x);
        attribute("y", y);
        attribute("width", width);
        attribute("height", height);
    }

    void line(std::string_view kind, double x1, double y1, double x2, double y2) {
        out_ += "<line";
        attribute("class", kind);
        attribute("x1", x1);
        attribute("y1", y1);
        attribute("x2", x2);
        attribute("y2", y2);
        out_ += "/>\n";
    }

    void begin_text(std::string_view kind, double x, double y) {
        out_ += "<text";
        if (!kind.empty()) {
            attribute("class", kind);
        }
        attribute("x", x);
        attribute("y", y);
        out_ += '>';
    }

    void text(std::string_view kind, double x, double y, std::string_view words) {
        begin_text(kind, x, y);
        append_xml(out_, words);
        out_ += "</text>\n";
    }

    void note(double x, double y, std::string_view words) { text("note", x, y, words); }

    void begin_picture() {
        out_ += R"(<svg xmlns="http://www.w3.org/2000/svg" class="jt" role="img")";
        attribute("width", picture_->width);
        attribute("height", height_);
        out_ += " viewBox=\"0 0 ";
        append_number(out_, picture_->width);
        out_ += ' ';
        number(height_);
        out_ += '"';
        attribute("aria-label", picture_->title.empty() ? "timeline" : picture_->title);
        attribute("data-from", window_.from);
        attribute("data-length", window_.length());
        attribute("data-left", left_);
        attribute("data-plot", scale_.width);
        out_ += ">\n<style>";
        out_ += style;
        out_ += dark_style;
        for (std::size_t index = 0; index < chunk_colours.size(); ++index) {
            out_ += ".jt .c";
            append_number(out_, index);
            out_ += "{fill:";
            out_ += chunk_colours[index];
            out_ += "}\n";
        }
        out_ +=
            "</style>\n"
            "<defs><pattern id=\"jt-hatch\" width=\"6\" height=\"6\" "
            "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
            "<line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern></defs>\n"
            "<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n";
        if (!picture_->title.empty()) {
            text("title", name_x_, title_y_, picture_->title);
        }
    }

    void axis() {
        out_ += "<g class=\"axis\">\n";
        const TimelineTicks ticks = ticks_of(scale_, std::max(84.0, scale_.width / max_ticks));
        const AxisUnit unit = unit_of(window_.to, ticks.step);
        for (std::int64_t time = ticks.first; time <= window_.to; time += ticks.step) {
            const double x = left_ + scale_.x(time);
            line("tick", x, top_ - 4, x, bottom_ + (picture_->bare ? -4 : 2));
            if (!picture_->bare) {
                begin_text("", x, bottom_ + 14);
                append_decimal(out_, static_cast<double>(time) / unit.nanoseconds, unit.decimals);
                out_ += unit.name;
                out_ += "</text>\n";
            }
            if (time > window_.to - ticks.step) {
                break;
            }
        }
        out_ += "</g>\n";
    }

    struct AxisUnit {
        double nanoseconds;
        std::string_view name;
        int decimals;
    };

    /// One for all ticks, with as many decimals as the step needs.
    static AxisUnit unit_of(std::int64_t end, std::int64_t step) {
        AxisUnit unit{1, " ns", 0};
        for (const auto& [size, name] : {std::pair{1e3, " \u00B5s"}, {1e6, " ms"}, {1e9, " s"}}) {
            if (static_cast<double>(end) >= size) {
                unit.nanoseconds = size;
                unit.name = name;
            }
        }
        const double magnitude = std::log10(static_cast<double>(step) / unit.nanoseconds);
        unit.decimals = std::clamp(static_cast<int>(std::ceil(-magnitude - 1e-9)), 0, 9);
        return unit;
    }

    void lane_name(std::string_view shown, std::string_view name, std::string_view meaning,
                   double y) {
        const double room = left_ - name_x_ - 6;
        begin_text("name", name_x_, y);
        append_xml(out_,
                   shortened(shown, static_cast<std::size_t>(std::max(1.0, room / letter_width))));
        out_ += "<title>";
        append_xml(out_, name);
        out_ += ": ";
        append_xml(out_, meaning);
        out_ += "</title></text>\n";
    }

    void group(const LanePicture& first) {
        if (&first != &lanes_.front()) {
            const double y = first.y - group_height - group_gap / 2;
            line("tick", name_x_, y, share_x_, y);
        }
        const double room = share_x_ - name_x_;
        text("group", name_x_, first.y - 5,
             shortened(first.lane->group,
                       static_cast<std::size_t>(std::max(1.0, room / letter_width))));
    }

    void lane(const LanePicture& lane, const std::vector<std::vector<TimelinePiece>>& rows) {
        out_ += "<g class=\"lane\"";
        attribute("data-name", lane.lane->name);
        attribute("data-kind", name_of(lane.lane->kind));
        if (lane.lane->kind == TimelineLaneKind::queue) {
            attribute("data-clock", lane.lane->device_time ? "device" : "host");
        }
        out_ += " data-busy=\"";
        append_decimal(out_, lane.busy, 4);
        out_ += "\">\n<rect class=\"track\"";
        box(left_, lane.y, scale_.width, lane.height);
        out_ += "/>\n";
        const double middle = lane.y + std::min(lane.height, 1.0 * picture_->row_height) / 2;
        lane_name(name_in_group(*lane.lane), lane.lane->name, meaning_of(*lane.lane), middle + 4);
        double y = lane.y;
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const TimelineRows::Row& of = lane.rows.rows[row];
            for (const TimelinePiece& piece : rows[row]) {
                bar(*lane.lane, of, piece, y);
            }
            if (of.crowded) {
                more_note(of, y);
            }
            y += row_height(of) + row_gap;
        }
        std::string share;
        append_share(share, lane.busy);
        text("share", share_x_, middle + 4, share);
        out_ += "</g>\n";
    }

    /// Some bars found no row.
    void more_note(const TimelineRows::Row& row, double y) {
        begin_text("more", name_x_, y + row_height(row) / 2 + 4);
        out_ += '+';
        append_number(out_, row.bars.size());
        out_ += row.waiting ? " waiting" : " bars";
        out_ += "</text>\n";
        some_are_crowded_ = true;
    }

    void bar(const TimelineLane& lane, const TimelineRows::Row& row, const TimelinePiece& piece,
             double y) {
        const TimelineBar& first = lane.bars[piece.bar];
        const double height = row_height(row);
        const double x = left_ + piece.x;
        // Neighbours can be told apart.
        const double width = piece.width >= 4 && !piece.narrow ? piece.width - 0.6 : piece.width;
        out_ += "<rect class=\"bar";
        if (piece.colour) {
            out_ += " c";
            append_number(out_, *piece.colour);
        } else if (piece.bars > 1) {
            out_ += " mixed";
        }
        out_ += row.waiting ? " waiting\"" : "\"";
        box(x, y, width, height);
        if (width >= 6 && height >= 8 && !piece.narrow) {
            attribute("rx", 2);
        }
        if (piece.share < 0.995) {
            attribute("opacity", 0.25 + 0.75 * piece.share);
        }
        if (piece.chunk) {
            attribute("data-chunk", *piece.chunk);
            some_have_chunks_ = true;
        } else if (piece.bars == 1) {
            some_have_none_ = true;
        }
        some_wait_ = some_wait_ || row.waiting;
        attribute("data-begin", piece.begin);
        attribute("data-length", piece.end - piece.begin);
        if (piece.bars > 1) {
            attribute("data-merged", piece.bars);
            attribute("data-busy", piece.busy);
            some_are_merged_ = true;
        }
        if (pieces_count_ > max_titled) {
            out_ += "/>\n";
        } else {
            out_ += "><title>";
            title_of(first, piece, row.waiting);
            out_ += "</title></rect>\n";
        }
        if (row.waiting && width >= 6) {
            out_ += "<rect class=\"over\" fill=\"url(#jt-hatch)\" pointer-events=\"none\"";
            box(x, y, width, height);
            out_ += "/>\n";
        }
        if (piece.bars == 1 && !row.waiting) {
            label(first, x, y, width, height);
        }
    }

    void title_of(const TimelineBar& first, const TimelinePiece& piece, bool waiting) {
        if (piece.bars > 1) {
            append_number(out_, piece.bars);
            out_ += waiting ? " waits" : " bars";
        } else {
            append_xml(out_, first.what);
        }
        if (piece.chunk) {
            out_ += "\nchunk ";
            append_number(out_, *piece.chunk);
        }
        if (piece.bars == 1 && first.task != 0) {
            out_ += piece.chunk ? ", task " : "\ntask ";
            append_number(out_, first.task);
        }
        out_ += "\nfrom ";
        append_duration(out_, piece.begin);
        out_ += piece.bars == 1 && waiting ? ", waits for " : ", for ";
        append_duration(out_, piece.end - piece.begin);
        if (piece.bars > 1) {
            out_ += waiting ? "" : ", busy for ";
            if (!waiting) {
                append_duration(out_, piece.busy);
            }
        }
    }

    /// The chunk's number, or what it is if there is none, where it fits.
    void label(const TimelineBar& bar, double x, double y, double width, double height) {
        if (height < 12) {
            return;
        }
        std::string words;
        if (bar.chunk) {
            append_number(words, *bar.chunk);
        } else {
            words = bar.what;
        }
        if (words.empty() ||
            static_cast<double>(characters_in(words)) * small_letter_width + 6 > width) {
            return;
        }
        text(bar.chunk ? "label" : "label what", x + width / 2, y + height / 2 + 3.8, words);
    }

    void counter(const TimelineCounter& counter, double y) {
        const std::vector<TimelineStep> steps = steps_of(counter, scale_);
        std::uint64_t highest = 0;
        for (const TimelineStep& step : steps) {
            highest = std::max(highest, step.high);
        }
        const std::uint64_t top = std::max({highest, counter.capacity, std::uint64_t{1}});
        out_ += "<g class=\"counter\"";
        attribute("data-name", counter.name);
        attribute("data-capacity", counter.capacity);
        attribute("data-highest", highest);
        out_ += ">\n<rect class=\"track\"";
        box(left_, y, scale_.width, counter_height());
        out_ += "/>\n";
        lane_name(counter.name, counter.name, "how full it is", y + counter_height() / 2 + 4);
        area("swing", steps, y, top, &TimelineStep::high);
        area("full", steps, y, top, &TimelineStep::low);
        if (counter.capacity > 0) {
            const double level = y + counter_height() * (1 - static_cast<double>(counter.capacity) /
                                                                 static_cast<double>(top));
            line("capacity", left_, level, left_ + scale_.width, level);
        }
        begin_text("share", share_x_, y + counter_height() / 2 + 4);
        append_number(out_, highest);
        if (counter.capacity > 0) {
            out_ += " / ";
            append_number(out_, counter.capacity);
        }
        out_ += "<title>the highest level";
        out_ += counter.capacity > 0 ? ", and the capacity" : "";
        out_ += "</title></text>\n</g>\n";
    }

    void area(std::string_view kind, const std::vector<TimelineStep>& steps, double y,
              std::uint64_t top, std::uint64_t TimelineStep::* level) {
        if (steps.empty()) {
            return;
        }
        const double floor = y + counter_height();
        out_ += "<path";
        attribute("class", kind);
        out_ += " d=\"M";
        number(left_ + steps.front().x);
        out_ += ' ';
        number(floor);
        for (const TimelineStep& step : steps) {
            out_ += 'V';
            number(floor -
                   counter_height() * static_cast<double>(step.*level) / static_cast<double>(top));
            out_ += 'H';
            number(left_ + step.end);
        }
        out_ += 'V';
        number(floor);
        out_ += "Z\"/>\n";
    }

    void foot() {
        double y = bottom_ + 16 + 20;
        if (!nothing_recorded()) {
            legend(y);
            y += 20;
            note(left_, y, totals());
        }
        if (data_->lost > 0) {
            lost_note(y + 16);
        }
    }

    void lost_note(double y) {
        std::string words;
        append_number(words, data_->lost);
        words +=
            data_->lost == 1 ? " event before these was lost" : " events before these were lost";
        words += ": there was no room for more";
        text("note warning", left_, y, words);
    }

    void legend(double y) {
        double x = left_;
        out_ += "<g class=\"legend\">\n";
        const auto swatch = [&](std::string_view kind, double width) {
            out_ += "<rect";
            attribute("class", kind);
            box(x, y - 9, width, 10);
            out_ += "/>\n";
        };
        const auto words = [&](std::string_view meaning) {
            note(x + 5, y, meaning);
            x += 5 + static_cast<double>(characters_in(meaning)) * small_letter_width + 16;
        };
        if (some_have_chunks_) {
            for (std::size_t index = 0; index < chunk_colours.size(); ++index) {
                swatch(std::string{"c"} + std::to_string(index), 9);
                x += 10;
            }
            words("chunks 0 to 7, and again");
        }
        if (some_have_none_) {
            swatch("plain", 14);
            x += 14;
            words("of no chunk");
        }
        if (some_wait_) {
            swatch("plain waiting", 14);
            out_ += "<rect fill=\"url(#jt-hatch)\"";
            box(x, y - 9, 14, 10);
            out_ += "/>\n";
            x += 14;
            words("waits");
        }
        if (some_are_merged_) {
            swatch("plain mixed", 7);
            x += 7;
            out_ += "<g opacity=\"0.5\">";
            swatch("plain mixed", 7);
            out_ += "</g>\n";
            x += 7;
            std::string meaning = "narrower than ";
            append_decimal(meaning, column_, 0);
            meaning += column_ > 1 ? " pixels" : " pixel";
            meaning += ": several as one, paler where idle";
            words(meaning);
        }
        if (some_are_crowded_) {
            words("+ n: no row for more at once");
        }
        out_ += "</g>\n";
    }

    [[nodiscard]] std::string totals() const {
        std::size_t bars = 0;
        const LanePicture* busiest = nullptr;
        for (const LanePicture& lane : lanes_) {
            for (const TimelineRows::Row& row : lane.rows.rows) {
                bars += row.bars.size();
            }
            if (lane.lane->kind != TimelineLaneKind::resource &&
                (busiest == nullptr || lane.busy > busiest->busy)) {
                busiest = &lane;
            }
        }
        std::string words;
        append_duration(words, window_.length());
        if (window_.from > 0) {
            words += " from ";
            append_duration(words, window_.from);
            words += " on";
        }
        words += ", ";
        append_number(words, bars);
        words += bars == 1 ? " bar" : " bars";
        if (busiest != nullptr && busiest->busy > 0) {
            words += "; the busiest lane is " + busiest->lane->name + " with ";
            append_share(words, busiest->busy);
        }
        if (data_->clock_error) {
            words += "; clocks agree to within ";
            append_duration(words, static_cast<std::int64_t>(*data_->clock_error));
        }
        return words;
    }

    const TimelineData* data_;
    const TimelineRenderOptions* picture_;
    TimelineWindow window_;
    TimelineScale scale_;
    std::vector<LanePicture> lanes_;
    std::vector<std::vector<std::vector<TimelinePiece>>> pieces_;  // by lane, by row
    std::size_t pieces_count_ = 0;
    double column_ = 1;  // pixels

    double left_ = 0;  // of the bars
    double right_ = 0;
    double name_x_ = 0;
    double share_x_ = 0;
    double title_y_ = 0;
    double top_ = 0;
    double counters_y_ = 0;
    double bottom_ = 0;
    double height_ = 0;

    bool some_have_chunks_ = false;
    bool some_have_none_ = false;
    bool some_wait_ = false;
    bool some_are_merged_ = false;
    bool some_are_crowded_ = false;

    std::string out_;
};

}  // namespace

void write_svg(std::ostream& out, const TimelineData& data, const TimelineRenderOptions& picture) {
    check(picture);
    const std::string text = SvgWriter{data, picture}.text();
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace juggle::detail
