#include "text.hpp"
#include "timeline_writers.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <queue>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

// The format: "Trace Event Format" by Google's trace viewer project. Two programs show it, Perfetto
// and Chrome's chrome://tracing, and they do not agree on all of it:
//
// - Bars that overlap, but not one within the other, may not be on one thread: Perfetto drops the
//   second. Asynchronous events would be another way, but arrows cannot begin or end at those, and
//   Perfetto names their tracks after the events. So a lane has as many threads as it needs, and
//   no two bars of one thread overlap at all: it is always clear whose an arrow is.
// - Perfetto gives an arrow to the bar of its thread that began last before the arrow's event, in
//   the order of the file if both are at one time: arrows come after bars, and bars of one thread
//   never begin at the same time. chrome://tracing takes the bar that lasts at that time.
// - Perfetto knows a thread by its tid alone, whatever the process: no tid occurs twice.
// - Only chrome://tracing knows colours, by names of its own; Perfetto has one for each name.

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

/// What is written in one piece.
constexpr std::size_t buffer_size = std::size_t{1} << 16;

struct Process {
    std::uint32_t pid;
    std::string_view name;
};
constexpr Process host_process{1, "host"};
constexpr Process device_process{2, "device"};
constexpr Process resource_process{3, "resources"};
constexpr std::uint32_t processes_of_group = 3;
constexpr std::uint32_t first_tid = 11;

/// For chunks, in turn; chrome://tracing has no others that are as distinct.
constexpr std::array<std::string_view, 8> chunk_colours{
    "rail_response",           // blue
    "rail_animation",          // red
    "rail_load",               // green
    "rail_idle",               // orange
    "detailed_memory_dump",    // magenta
    "background_memory_dump",  // turquoise
    "olive",
    "thread_state_runnable"  // pale blue
};

const Process& process_of(TimelineLaneKind kind) {
    switch (kind) {
        case TimelineLaneKind::queue:
            return device_process;
        case TimelineLaneKind::resource:
            return resource_process;
        case TimelineLaneKind::host:
        case TimelineLaneKind::spans:
        case TimelineLaneKind::thread:
            break;
    }
    return host_process;
}

std::string_view category_of(TimelineLaneKind kind, const TimelineBar& bar) {
    switch (kind) {
        case TimelineLaneKind::host:
            return "host";
        case TimelineLaneKind::spans:
            return "span";
        case TimelineLaneKind::queue:
            return "queue";
        case TimelineLaneKind::thread:
            return "thread";
        case TimelineLaneKind::resource:
            break;
    }
    return bar.waiting ? "wait" : "hold";
}

/// A JSON object, complete when it is destroyed.
class Object {
public:
    explicit Object(std::string& out) : out_{out} { out_ += '{'; }
    ~Object() { out_ += '}'; }
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    void text(std::string_view key, std::string_view value) {
        begin(key);
        append_json(out_, value);
    }
    void number(std::string_view key, std::integral auto value) {
        begin(key);
        append_number(out_, value);
    }
    void microseconds(std::string_view key, std::int64_t time) {
        begin(key);
        append_microseconds(out_, time);
    }
    [[nodiscard]] Object object(std::string_view key) {
        begin(key);
        return Object{out_};
    }

private:
    void begin(std::string_view key) {
        if (out_.back() != '{') {
            out_ += ',';
        }
        append_json(out_, key);
        out_ += ':';
    }

    std::string& out_;
};

/// Gives bars, by their begin, the first row that is free.
class Rows {
public:
    std::size_t place(const TimelineBar& bar) {
        while (!taken_.empty() && taken_.top().first <= bar.begin) {
            free_.push(taken_.top().second);
            taken_.pop();
        }
        std::size_t row = count_;
        if (free_.empty()) {
            ++count_;
        } else {
            row = free_.top();
            free_.pop();
        }
        taken_.emplace(std::max(bar.end, bar.begin + 1), row);
        return row;
    }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
    template <class Element>
    using SmallestFirst = std::priority_queue<Element, std::vector<Element>, std::greater<>>;

    SmallestFirst<std::pair<std::int64_t, std::size_t>> taken_;  // until when
    SmallestFirst<std::size_t> free_;
    std::size_t count_ = 0;
};

class Trace {
public:
    Trace(std::ostream& out, const TimelineData& data) : out_{out}, data_{data} {
        const auto note = [&](const auto& one) {
            if (std::ranges::find(groups_, one.group) == groups_.end()) {
                groups_.push_back(one.group);
            }
        };
        std::ranges::for_each(data_.lanes, note);
        std::ranges::for_each(data_.counters, note);
        const std::size_t processes = groups_.size() * processes_of_group;
        next_tid_ = std::max(first_tid, static_cast<std::uint32_t>(processes) + 1);
    }

    void write() {
        text_ += R"({"displayTimeUnit":"ns","otherData":)";
        {
            Object other{text_};
            other.text("recorder", "juggle");
            other.number("lengthNs", data_.length);
            other.number("lostEvents", data_.lost);
            if (data_.clock_error) {
                other.number("clockErrorNs", *data_.clock_error);
            }
        }
        text_ += R"(,"traceEvents":[)";
        write_processes();
        for (const TimelineLane& lane : data_.lanes) {
            write_threads(lane);
        }
        write_bars();
        write_counters();
        write_chunk_arrows();
        write_hand_overs();
        text_ += "\n]}\n";
        flush();
    }

private:
    struct Place {
        std::size_t lane = 0;
        std::size_t bar = 0;
    };

    template <class Fill>
    void event(char phase, std::uint32_t pid, Fill fill) {
        text_ += std::exchange(is_first_, false) ? "\n" : ",\n";
        {
            Object event{text_};
            event.text("ph", std::string_view{&phase, 1});
            event.number("pid", pid);
            fill(event);
        }
        if (text_.size() >= buffer_size) {
            flush();
        }
    }

    void flush() {
        out_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
        text_.clear();
    }

    // ---- what there is --------------------------------------------------------------------------

    void write_processes() {
        for (const std::string_view group : groups_) {
            for (const Process& process : {host_process, device_process, resource_process}) {
                write_process(group, process);
            }
        }
    }

    void write_process(std::string_view group, const Process& process) {
        const bool has_lanes = std::ranges::any_of(data_.lanes, [&](const TimelineLane& lane) {
            return lane.group == group && process_of(lane.kind).pid == process.pid;
        });
        const bool has_counters =
            process.pid == host_process.pid &&
            std::ranges::any_of(data_.counters, [&](const TimelineCounter& counter) {
                return counter.group == group;
            });
        if (!has_lanes && !has_counters) {
            return;
        }
        const std::uint32_t pid = pid_of(group, process);
        event('M', pid, [&](Object& event) {
            event.text("name", "process_name");
            const std::string prefix = group.empty() ? "" : std::string{group} + ": ";
            event.object("args").text("name", prefix + std::string{process.name});
        });
        event('M', pid, [&](Object& event) {
            event.text("name", "process_sort_index");
            event.object("args").number("sort_index", pid);
        });
    }

    [[nodiscard]] std::uint32_t pid_of(std::string_view group, const Process& process) const {
        const auto place = std::ranges::find(groups_, group) - groups_.begin();
        return static_cast<std::uint32_t>(place) * processes_of_group + process.pid;
    }
    [[nodiscard]] std::uint32_t pid_of(const TimelineLane& lane) const {
        return pid_of(lane.group, process_of(lane.kind));
    }

    /// One for each row of the lane; those that wait below those that hold.
    void write_threads(const TimelineLane& lane) {
        std::array<Rows, 2> rows;
        std::vector<std::uint32_t>& tids = tids_.emplace_back();
        tids.reserve(lane.bars.size());
        for (const TimelineBar& bar : lane.bars) {
            tids.push_back(static_cast<std::uint32_t>(rows[bar.waiting ? 1 : 0].place(bar)));
        }
        const std::size_t holding = std::max<std::size_t>(rows[0].count(), 1);
        for (std::size_t index = 0; index != lane.bars.size(); ++index) {
            tids[index] += next_tid_;
            if (lane.bars[index].waiting) {
                tids[index] += static_cast<std::uint32_t>(holding);
            }
        }
        const std::uint32_t pid = pid_of(lane);
        for (std::size_t row = 0; row != holding; ++row) {
            write_thread(pid,
                         row == 0 ? lane.name : lane.name + " (" + std::to_string(row + 1) + ")");
        }
        for (std::size_t row = 0; row != rows[1].count(); ++row) {
            write_thread(pid,
                         lane.name + (row == 0 ? " (waiting)"
                                               : " (waiting " + std::to_string(row + 1) + ")"));
        }
    }

    void write_thread(std::uint32_t pid, std::string_view name) {
        event('M', pid, [&](Object& event) {
            event.number("tid", next_tid_);
            event.text("name", "thread_name");
            event.object("args").text("name", name);
        });
        event('M', pid, [&](Object& event) {
            event.number("tid", next_tid_);
            event.text("name", "thread_sort_index");
            event.object("args").number("sort_index", next_tid_);
        });
        ++next_tid_;
    }

    // ---- what it did ----------------------------------------------------------------------------

    void write_bars() {
        for (std::size_t lane = 0; lane != data_.lanes.size(); ++lane) {
            for (std::size_t bar = 0; bar != data_.lanes[lane].bars.size(); ++bar) {
                write_bar({lane, bar});
            }
        }
    }

    void write_bar(const Place& place) {
        const TimelineLane& lane = data_.lanes[place.lane];
        const TimelineBar& bar = lane.bars[place.bar];
        event('X', pid_of(lane), [&](Object& event) {
            event.number("tid", tids_[place.lane][place.bar]);
            event.microseconds("ts", bar.begin);
            event.microseconds("dur", bar.length());
            event.text("name", bar.what);
            event.text("cat", category_of(lane.kind, bar));
            if (bar.waiting) {
                event.text("cname", "grey");
            } else if (bar.chunk) {
                event.text("cname", chunk_colours[*bar.chunk % chunk_colours.size()]);
            }
            Object args = event.object("args");
            if (bar.chunk) {
                args.number("chunk", *bar.chunk);
            }
            if (bar.task != 0) {
                args.number("task", bar.task);
            }
            if (lane.kind == TimelineLaneKind::queue) {
                args.text("clock", lane.device_time ? "device" : "host");
            }
        });
    }

    /// A counter is known by its name: those of the same name are numbered.
    void write_counters() {
        std::map<std::string_view, std::size_t> seen;
        for (const TimelineCounter& counter : data_.counters) {
            const std::size_t count = ++seen[counter.name];
            const std::string name =
                count == 1 ? counter.name : counter.name + " (" + std::to_string(count) + ")";
            const std::string series =
                counter.capacity == 0 ? "level" : "of " + std::to_string(counter.capacity);
            for (const TimelineLevel& level : counter.levels) {
                event('C', pid_of(counter.group, host_process), [&](Object& event) {
                    event.microseconds("ts", level.time);
                    event.text("name", name);
                    event.object("args").number(series, level.level);
                });
            }
        }
    }

    // ---- arrows ---------------------------------------------------------------------------------

    [[nodiscard]] const TimelineBar& bar_at(const Place& place) const {
        return data_.lanes[place.lane].bars[place.bar];
    }

    /// To each bar of a chunk from that bar of the chunk, of those that had begun, whose end is
    /// nearest to its begin: what it came after, as far as times can tell. A command may begin
    /// before the turn that enqueued it is over. Spans are where arrows come from only if there is
    /// nothing else: one around all of a chunk is nothing that others come after.
    void write_chunk_arrows() {
        for (const auto& [chunk, places] : bars_of_chunks()) {
            const std::string name = "chunk " + std::to_string(chunk);
            Ends of_work;
            Ends of_spans;
            for (std::size_t index = 0; index != places.size(); ++index) {
                const Place& place = places[index];
                const TimelineBar& bar = bar_at(place);
                if (index != 0) {
                    const Ends& ends = of_work.empty() ? of_spans : of_work;
                    write_arrow("chunk", name, places[nearest(ends, bar.begin)], place);
                }
                const bool is_span = data_.lanes[place.lane].kind == TimelineLaneKind::spans;
                (is_span ? of_spans : of_work).emplace(bar.end, index);
            }
        }
    }

    /// By their begin.
    [[nodiscard]] std::map<std::uint64_t, std::vector<Place>> bars_of_chunks() const {
        std::map<std::uint64_t, std::vector<Place>> chunks;
        for (std::size_t lane = 0; lane != data_.lanes.size(); ++lane) {
            if (data_.lanes[lane].kind == TimelineLaneKind::resource) {
                continue;
            }
            for (std::size_t bar = 0; bar != data_.lanes[lane].bars.size(); ++bar) {
                if (const auto chunk = data_.lanes[lane].bars[bar].chunk) {
                    chunks[*chunk].push_back({lane, bar});
                }
            }
        }
        for (auto& [chunk, places] : chunks) {
            std::ranges::sort(places, {}, [&](const Place& place) {
                return std::tuple{bar_at(place).begin, place.lane, place.bar};
            });
        }
        return chunks;
    }

    using Ends = std::set<std::pair<std::int64_t, std::size_t>>;  // when, and which bar

    static std::size_t nearest(const Ends& ends, std::int64_t time) {
        const auto after = ends.lower_bound({time, 0});
        if (after == ends.begin()) {
            return after->second;
        }
        const auto before = std::prev(after);
        const bool is_before = after == ends.end() || time - before->first <= after->first - time;
        return is_before ? before->second : after->second;
    }

    void write_hand_overs() {
        for (const TimelineHandOver& hand_over : data_.hand_overs) {
            write_arrow("hand-over", data_.lanes[hand_over.lane].name,
                        {hand_over.lane, hand_over.from}, {hand_over.lane, hand_over.to});
        }
    }

    void write_arrow(std::string_view category, std::string_view name, const Place& from,
                     const Place& to) {
        ++arrows_;
        write_arrow_end('s', category, name, from, departure(bar_at(from), bar_at(to)));
        write_arrow_end('f', category, name, to, bar_at(to).begin);
    }

    void write_arrow_end(char phase, std::string_view category, std::string_view name,
                         const Place& place, std::int64_t time) {
        event(phase, pid_of(data_.lanes[place.lane]), [&](Object& event) {
            event.number("tid", tids_[place.lane][place.bar]);
            event.microseconds("ts", time);
            event.text("name", name);
            event.text("cat", category);
            event.number("id", arrows_);
            event.text("bp", "e");
        });
    }

    /// The last moment of a bar at which an arrow can leave it for the next one.
    static std::int64_t departure(const TimelineBar& bar, const TimelineBar& next) {
        return std::max(bar.begin, std::min(bar.end - 1, next.begin));
    }

    std::ostream& out_;
    const TimelineData& data_;
    std::vector<std::string_view> groups_;  // in the order of their first lanes
    std::string text_;
    std::vector<std::vector<std::uint32_t>> tids_;  // of each bar of each lane
    std::uint32_t next_tid_ = first_tid;
    std::uint64_t arrows_ = 0;
    bool is_first_ = true;
};

}  // namespace

void write_trace(std::ostream& out, const TimelineData& data) { Trace{out, data}.write(); }

}  // namespace juggle::detail
