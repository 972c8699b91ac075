// A timeline as a page (page/page.html): all bars as data, the program that draws them, and for a
// browser without scripts the picture.

#include "colour.hpp"
#include "html_page.hpp"  // page/*, made by CMake
#include "layout.hpp"
#include "text.hpp"

#include "timeline_data.hpp"
#include "timeline_writers.hpp"
#include <juggle/timeline/timeline_render_options.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

constexpr TimelineRowLimits page_rows{.working = 24, .waiting = 8};
constexpr TimelineWindow everything{.from = std::numeric_limits<std::int64_t>::min(),
                                    .to = std::numeric_limits<std::int64_t>::max()};

/// Numbers for things that occur again and again, in the order in which they were first seen.
template <class Key>
class Numbers {
public:
    std::size_t of(const Key& key) {
        const auto [place, is_new] = numbers_.try_emplace(key, keys_.size());
        if (is_new) {
            keys_.push_back(key);
        }
        return place->second;
    }

    [[nodiscard]] const std::vector<Key>& keys() const noexcept { return keys_; }

private:
    std::unordered_map<Key, std::size_t> numbers_;
    std::vector<Key> keys_;
};

/// The recording as JSON. Times are differences to the time before, since most are small then.
class PageData {
public:
    PageData(const TimelineData& data, const TimelineRenderOptions& picture)
        : data_(&data), picture_(&picture) {}

    std::string text() {
        const TimelineWindow start = window_of(*data_, *picture_);
        const TimelineWindow whole = whole_of(*data_);
        out_ += "{\"from\":";
        append_number(out_, start.from);
        field("to", start.to);
        field("length", std::max(whole.to, start.to));
        field("lost", data_->lost);
        if (data_->clock_error) {
            field("clockError", *data_->clock_error);
        }
        field("rowHeight", picture_->row_height);
        field("resources", shows_resources(*picture_) ? 1 : 0);
        list("colours", chunk_colours,
             [this](std::string_view colour) { append_json(out_, colour); });
        list("lanes", data_->lanes, [this](const TimelineLane& of) { lane(of); });
        list("counters", data_->counters, [this](const TimelineCounter& of) { counter(of); });
        list("whats", whats_.keys(), [this](std::string_view what) { append_json(out_, what); });
        // JavaScript has no integers of 64 bits.
        list("chunks", chunks_.keys(), [this](std::uint64_t chunk) {
            out_ += '"';
            append_number(out_, chunk);
            out_ += '"';
        });
        out_ += '}';
        return std::move(out_);
    }

private:
    void name(std::string_view name) {
        out_ += ",\"";
        out_ += name;
        out_ += "\":";
    }

    void field(std::string_view of, std::integral auto value) {
        name(of);
        append_number(out_, value);
    }

    template <class List, class Write>
    void list(std::string_view of, const List& elements, Write write) {
        name(of);
        out_ += '[';
        bool first = true;
        for (const auto& element : elements) {
            if (!first) {
                out_ += ',';
            }
            first = false;
            write(element);
        }
        out_ += ']';
    }

    void numbers(std::integral auto first, std::integral auto... others) {
        append_number(out_, first);
        ((out_ += ',', append_number(out_, others)), ...);
    }

    void lane(const TimelineLane& lane) {
        const TimelineRows rows = rows_of(lane, everything, page_rows);
        out_ += "{\"name\":";
        append_json(out_, lane.name);
        name("group");
        append_json(out_, lane.group);
        name("label");
        append_json(out_, name_in_group(lane));
        name("kind");
        append_json(out_, name_of(lane.kind));
        name("meaning");
        append_json(out_, meaning_of(lane));
        list("rows", rows.rows, [this](const TimelineRows::Row& row) {
            out_ += static_cast<char>('0' + (row.waiting ? 1 : 0) + (row.crowded ? 2 : 0));
        });
        std::int64_t before = 0;
        std::size_t index = 0;
        list("bars", lane.bars, [&](const TimelineBar& bar) {
            const std::int64_t chunk =
                bar.chunk ? static_cast<std::int64_t>(chunks_.of(*bar.chunk)) : -1;
            numbers(bar.begin - before, std::max<std::int64_t>(0, bar.length()),
                    whats_.of(bar.what), chunk, bar.task, +rows.row_of[index++]);
            before = bar.begin;
        });
        out_ += '}';
    }

    void counter(const TimelineCounter& counter) {
        out_ += "{\"name\":";
        append_json(out_, counter.name);
        field("capacity", counter.capacity);
        std::int64_t before = 0;
        list("levels", counter.levels, [&](const TimelineLevel& level) {
            numbers(level.time - before, level.level);
            before = level.time;
        });
        out_ += '}';
    }

    const TimelineData* data_;
    const TimelineRenderOptions* picture_;
    Numbers<std::string> whats_;
    Numbers<std::uint64_t> chunks_;
    std::string out_;
};

/// Writes the text; where it has `{{name}}`, `write` is called with the name instead.
template <class Write>
void fill_in(std::ostream& out, std::string_view text, Write write) {
    constexpr std::string_view opening = "{{";
    constexpr std::string_view closing = "}}";
    for (;;) {
        const std::size_t begin = text.find(opening);
        out << text.substr(0, begin);
        if (begin == std::string_view::npos) {
            return;
        }
        text.remove_prefix(begin + opening.size());
        const std::size_t end = text.find(closing);
        write(text.substr(0, end));
        text.remove_prefix(end + closing.size());
    }
}

}  // namespace

void write_html(std::ostream& out, const TimelineData& data, const TimelineRenderOptions& picture) {
    check(picture);
    fill_in(out, page_html, [&](std::string_view name) {
        if (name == "title") {
            std::string title;
            append_xml(title, picture.title.empty() ? std::string_view{"Timeline"} : picture.title);
            out << title;
        } else if (name == "style") {
            out << page_style;
        } else if (name == "picture") {
            write_svg(out, data, picture);
        } else if (name == "data") {
            out << PageData{data, picture}.text();
        } else if (name == "script") {
            out << page_script;
        }
    });
}

}  // namespace juggle::detail
