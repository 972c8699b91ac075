#include "recording.hpp"

#include "timeline_event.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

/// The number at the end is the format's.
constexpr std::string_view magic = "juggle timeline 1\n";

/// Of times and offsets, so that sums and differences of them can be counted.
constexpr std::int64_t furthest = std::numeric_limits<std::int64_t>::max() / 4;

[[nodiscard]] bool is_near(std::int64_t time) noexcept {
    return time >= -furthest && time <= furthest;
}

// ---- bytes
// ---------------------------------------------------------------------------------------

// Numbers as LEB128, seven bits a byte, the lowest first; those with a sign in zigzag order.

class ByteWriter {
public:
    void number(std::uint64_t value) {
        while (value >= 0x80) {
            out_ += static_cast<char>((value & 0x7F) | 0x80);
            value >>= 7;
        }
        out_ += static_cast<char>(value);
    }
    void time(std::int64_t value) {
        const auto bits = static_cast<std::uint64_t>(value);
        number((bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
    }
    void optional(const std::optional<std::uint64_t>& value) {
        number(value ? 1 : 0);
        if (value) {
            number(*value);
        }
    }
    void text(std::string_view words) {
        number(words.size());
        out_ += words;
    }
    [[nodiscard]] const std::string& bytes() const noexcept { return out_; }

private:
    std::string out_;
};

class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : bytes_{bytes} {}

    [[noreturn]] void refuse() const {
        throw std::invalid_argument{
            "juggle: Timeline::add: argument 'recording' is damaged, or not what "
            "Timeline::recording gives in this version of juggle: see byte " +
            std::to_string(place_) + " of " + std::to_string(bytes_.size())};
    }

    void skip(std::string_view words) {
        if (!bytes_.substr(place_).starts_with(words)) {
            refuse();
        }
        place_ += words.size();
    }
    [[nodiscard]] std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            if (place_ == bytes_.size()) {
                refuse();
            }
            const std::uint64_t byte = static_cast<unsigned char>(bytes_[place_]);
            if (shift == 63 && byte > 1) {
                refuse();
            }
            ++place_;
            value |= (byte & 0x7F) << shift;
            if (byte < 0x80) {
                return value;
            }
        }
    }
    /// From 0 to `highest`.
    [[nodiscard]] std::uint64_t number_up_to(std::uint64_t highest) {
        const std::uint64_t value = number();
        if (value > highest) {
            refuse();
        }
        return value;
    }
    [[nodiscard]] bool flag() { return number_up_to(1) != 0; }
    /// One that is not negative.
    [[nodiscard]] std::int64_t length(std::int64_t longest) {
        return static_cast<std::int64_t>(number_up_to(static_cast<std::uint64_t>(longest)));
    }
    [[nodiscard]] std::int64_t time() {
        const std::uint64_t bits = number();
        const auto value = static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
        if (!is_near(value)) {
            refuse();
        }
        return value;
    }
    [[nodiscard]] std::optional<std::uint64_t> optional(
        std::uint64_t highest = std::numeric_limits<std::uint64_t>::max()) {
        return flag() ? std::optional{number_up_to(highest)} : std::nullopt;
    }
    [[nodiscard]] std::string text() {
        const std::size_t size = count();
        place_ += size;
        return std::string{bytes_.substr(place_ - size, size)};
    }
    /// A number of elements, and those.
    template <class Read>
    void list(Read read) {
        for (std::size_t left = count(); left != 0; --left) {
            read();
        }
    }
    void finish() const {
        if (place_ != bytes_.size()) {
            refuse();
        }
    }

private:
    /// Of things of a byte at least each, which follow.
    [[nodiscard]] std::size_t count() {
        const std::uint64_t count = number();
        if (count > bytes_.size() - place_) {
            refuse();
        }
        return static_cast<std::size_t>(count);
    }

    std::string_view bytes_;
    std::size_t place_ = 0;
};

// ---- clocks
/// Of a lane or a counter.
void read_names(ByteReader& in, auto& of) {
    of.name = in.text();
    of.group = in.text();
    if (!of.group.empty() && !of.name.starts_with(of.group + ": ")) {
        in.refuse();
    }
}

// --------------------------------------------------------------------------------------

[[noreturn]] void refuse_offset(std::size_t place, const std::string& why) {
    throw std::invalid_argument{"juggle: Timeline::add: argument 'offsets' has at place " +
                                std::to_string(place) + " " + why};
}

void check(std::span<const TimelineClockOffset> offsets) {
    for (std::size_t place = 0; place != offsets.size(); ++place) {
        const TimelineClockOffset& one = offsets[place];
        const std::int64_t at = nanoseconds_of(one.at);
        if (!is_near(at) || !is_near(one.offset.count())) {
            refuse_offset(place, "a time beyond 73 years");
        }
        if (one.error.count() < 0 || !is_near(one.error.count())) {
            refuse_offset(place, "an error of " + std::to_string(one.error.count()) + " ns");
        }
        if (place == 0) {
            continue;
        }
        const TimelineClockOffset& before = offsets[place - 1];
        if (one.at <= before.at) {
            refuse_offset(place, "a time that is not after the one before");
        }
        if (one.at + one.offset < before.at + before.offset) {
            refuse_offset(place, "an offset by which the other clock went backwards");
        }
    }
}

[[nodiscard]] std::int64_t by_other_clock(std::int64_t time,
                                          std::span<const TimelineClockOffset> offsets) {
    const auto after = std::ranges::upper_bound(
        offsets, time, {}, [](const TimelineClockOffset& one) { return nanoseconds_of(one.at); });
    if (after == offsets.begin()) {
        return time + after->offset.count();
    }
    const TimelineClockOffset& before = *std::prev(after);
    if (after == offsets.end()) {
        return time + before.offset.count();
    }
    const double share = static_cast<double>(time - nanoseconds_of(before.at)) /
                         static_cast<double>((after->at - before.at).count());
    const auto drift = static_cast<double>((after->offset - before.offset).count());
    return time + before.offset.count() + std::llround(share * drift);
}

}  // namespace

void arrange(TimelineData& data) {
    constexpr auto none = std::numeric_limits<std::size_t>::max();
    data.hand_overs.clear();
    for (std::size_t index = 0; index < data.lanes.size(); ++index) {
        auto& bars = data.lanes[index].bars;
        std::ranges::sort(bars, {}, [](const TimelineBar& bar) {
            return std::tuple{bar.begin, bar.end, bar.task};
        });
        if (data.lanes[index].kind != TimelineLaneKind::resource) {
            continue;
        }
        std::size_t before = none;
        for (std::size_t bar = 0; bar < bars.size(); ++bar) {
            if (bars[bar].waiting) {
                continue;
            }
            if (before != none && bars[before].end <= bars[bar].begin) {
                data.hand_overs.push_back({index, before, bar});
            }
            before = bar;
        }
    }
}

std::string bytes_of(const TimelineData& data) {
    std::vector<std::string_view> texts;
    std::unordered_map<std::string_view, std::size_t> numbers;
    ByteWriter body;
    body.number(data.lanes.size());
    for (const TimelineLane& lane : data.lanes) {
        body.number(static_cast<std::uint64_t>(lane.kind));
        body.text(lane.name);
        body.text(lane.group);
        body.number(lane.device_time ? 1 : 0);
        body.number(lane.bars.size());
        for (const TimelineBar& bar : lane.bars) {
            const auto [text, is_new] = numbers.try_emplace(bar.what, texts.size());
            if (is_new) {
                texts.push_back(bar.what);
            }
            body.number(static_cast<std::uint64_t>(bar.begin));
            body.number(static_cast<std::uint64_t>(bar.length()));
            body.number(text->second);
            body.optional(bar.chunk);
            body.number(bar.task);
            body.number(bar.waiting ? 1 : 0);
        }
    }
    body.number(data.counters.size());
    for (const TimelineCounter& counter : data.counters) {
        body.text(counter.name);
        body.text(counter.group);
        body.number(counter.capacity);
        body.number(counter.levels.size());
        for (const TimelineLevel& level : counter.levels) {
            body.number(static_cast<std::uint64_t>(level.time));
            body.number(level.level);
        }
    }
    ByteWriter head;
    head.time(data.start);
    head.number(static_cast<std::uint64_t>(data.length));
    head.number(data.lost);
    head.optional(data.clock_error);
    head.number(texts.size());
    for (const std::string_view text : texts) {
        head.text(text);
    }
    return std::string{magic} + head.bytes() + body.bytes();
}

TimelineData data_of(std::string_view bytes) {
    ByteReader in{bytes};
    TimelineData data;
    std::vector<std::string> texts;
    in.skip(magic);
    data.start = in.time();
    data.length = in.length(furthest - data.start);
    data.lost = in.number();
    data.clock_error = in.optional(static_cast<std::uint64_t>(furthest));
    in.list([&] { texts.push_back(in.text()); });
    in.list([&] {
        TimelineLane& lane = data.lanes.emplace_back();
        lane.kind = static_cast<TimelineLaneKind>(
            in.number_up_to(static_cast<std::uint64_t>(TimelineLaneKind::resource)));
        read_names(in, lane);
        lane.device_time = in.flag();
        in.list([&] {
            TimelineBar& bar = lane.bars.emplace_back();
            bar.begin = in.length(data.length);
            bar.end = bar.begin + in.length(data.length - bar.begin);
            const std::uint64_t text = in.number();
            if (text >= texts.size()) {
                in.refuse();
            }
            bar.what = texts[text];
            bar.chunk = in.optional();
            bar.task = in.number();
            bar.waiting = in.flag();
        });
    });
    in.list([&] {
        TimelineCounter& counter = data.counters.emplace_back();
        read_names(in, counter);
        counter.capacity = in.number();
        in.list([&] {
            const std::int64_t time = in.length(data.length);
            if (!counter.levels.empty() && time < counter.levels.back().time) {
                in.refuse();
            }
            counter.levels.push_back({time, in.number()});
        });
    });
    in.finish();
    arrange(data);
    return data;
}

void change_clock(TimelineData& data, std::span<const TimelineClockOffset> offsets) {
    check(offsets);
    if (offsets.empty()) {
        return;
    }
    const std::int64_t start = by_other_clock(data.start, offsets);
    const auto change = [&](std::int64_t& time) {
        time = std::max<std::int64_t>(by_other_clock(data.start + time, offsets) - start, 0);
    };
    for (TimelineLane& lane : data.lanes) {
        for (TimelineBar& bar : lane.bars) {
            change(bar.begin);
            change(bar.end);
        }
    }
    for (TimelineCounter& counter : data.counters) {
        for (TimelineLevel& level : counter.levels) {
            change(level.time);
        }
    }
    change(data.length);
    data.start = start;
    const auto worst = std::ranges::max_element(offsets, {}, &TimelineClockOffset::error);
    data.clock_error =
        data.clock_error.value_or(0) + static_cast<std::uint64_t>(worst->error.count());
    arrange(data);  // what was a nanosecond apart may begin at once now
}

void name_group(TimelineData& data, std::string_view group) {
    if (group.empty()) {
        return;
    }
    const auto name = [&](auto& one) {
        one.name = std::string{group} + ": " + one.name;
        one.group = std::string{group} + (one.group.empty() ? "" : ": ") + one.group;
    };
    std::ranges::for_each(data.lanes, name);
    std::ranges::for_each(data.counters, name);
}

TimelineData merged(TimelineData first, const std::vector<TimelineData>& others) {
    const auto is_empty = [](const TimelineData& data) {
        return data.lanes.empty() && data.counters.empty();
    };
    std::int64_t start = std::numeric_limits<std::int64_t>::max();
    std::int64_t end = std::numeric_limits<std::int64_t>::min();
    std::vector<std::uint64_t> errors;  // of one recording to all others: the two largest count
    const auto look = [&](const TimelineData& data) {
        if (!is_empty(data)) {
            start = std::min(start, data.start);
            end = std::max(end, data.start + data.length);
        }
        if (data.clock_error) {
            errors.push_back(*data.clock_error);
        }
    };
    look(first);
    std::ranges::for_each(others, look);
    if (end < start) {
        start = end = first.start;
    }

    TimelineData result;
    result.start = start;
    result.length = end - start;
    const auto append = [&](TimelineData data) {
        const std::int64_t later = data.start - start;
        const std::size_t lanes = result.lanes.size();
        for (TimelineLane& lane : data.lanes) {
            for (TimelineBar& bar : lane.bars) {
                bar.begin += later;
                bar.end += later;
            }
            result.lanes.push_back(std::move(lane));
        }
        for (TimelineCounter& counter : data.counters) {
            for (TimelineLevel& level : counter.levels) {
                level.time += later;
            }
            result.counters.push_back(std::move(counter));
        }
        for (TimelineHandOver hand_over : data.hand_overs) {
            hand_over.lane += lanes;
            result.hand_overs.push_back(hand_over);
        }
        result.lost += data.lost;
    };
    append(std::move(first));
    std::ranges::for_each(others, append);
    std::ranges::sort(errors, std::ranges::greater{});
    if (!errors.empty()) {
        result.clock_error = errors[0] + (errors.size() > 1 ? errors[1] : 0);
    }
    return result;
}

}  // namespace juggle::detail
