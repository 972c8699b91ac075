// A recording in the format of Chrome's traces.

#include "src/timeline/timeline_writers.hpp"
#include "support/catch.hpp"
#include "support/timeline_data.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

using juggle::TimelineLaneKind;
using nlohmann::json;
using support::bar;
using support::device_queue;
using support::lane;
using support::recording;
using support::TimelineBar;
using support::TimelineData;
using support::TimelineLane;
using support::waiting;

namespace {

std::string text_of(const TimelineData& data) {
    std::ostringstream out;
    juggle::detail::write_trace(out, data);
    return out.str();
}

std::int64_t nanoseconds(const json& microseconds) {
    return std::llround(microseconds.get<double>() * 1000);
}

/// What a viewer makes of a trace.
class Trace {
public:
    struct Slice {
        std::int64_t begin = 0;
        std::int64_t end = 0;
        std::string name;
        std::string thread;
        json event;
    };
    struct Arrow {
        std::string category;
        Slice from;
        Slice to;
        std::int64_t leaves = 0;
        std::int64_t arrives = 0;
    };

    explicit Trace(const TimelineData& data) : Trace{text_of(data)} {}
    explicit Trace(const std::string& text) : root(json::parse(text)) {
        for (const json& event : root.at("traceEvents")) {
            events[event.at("ph").get<std::string>()].push_back(event);
        }
        for (const json& event : events["M"]) {
            if (event.at("name") == "thread_name") {
                REQUIRE(threads.emplace(event.at("tid"), event.at("args").at("name")).second);
            }
        }
        for (const json& event : events["X"]) {
            const std::int64_t begin = nanoseconds(event.at("ts"));
            slices.push_back({.begin = begin,
                              .end = begin + nanoseconds(event.at("dur")),
                              .name = event.at("name"),
                              .thread = threads.at(event.at("tid")),
                              .event = event});
        }
    }

    /// What is on a thread, as "name begin-end", by the time.
    [[nodiscard]] std::vector<std::string> on(std::string_view thread) const {
        std::vector<std::string> names;
        for (const Slice& slice : slices) {
            if (slice.thread == thread) {
                names.push_back(slice.name + ' ' + std::to_string(slice.begin) + '-' +
                                std::to_string(slice.end));
            }
        }
        return names;
    }

    [[nodiscard]] const Slice& slice(std::string_view name) const {
        const auto found = std::ranges::find(slices, name, &Slice::name);
        REQUIRE(found != slices.end());
        return *found;
    }

    /// Each with one begin and one end.
    [[nodiscard]] std::vector<Arrow> arrows() {
        std::map<std::uint64_t, std::pair<json, json>> ends;
        for (const json& event : events["s"]) {
            REQUIRE(ends.emplace(event.at("id"), std::pair{event, json{}}).second);
        }
        for (const json& event : events["f"]) {
            json& end = ends.at(event.at("id")).second;
            REQUIRE(end.is_null());
            CHECK(event.at("bp") == "e");
            end = event;
        }
        std::vector<Arrow> result;
        for (const auto& [id, pair] : ends) {
            REQUIRE_FALSE(pair.second.is_null());
            REQUIRE(pair.first.at("cat") == pair.second.at("cat"));
            REQUIRE(pair.first.at("name") == pair.second.at("name"));
            result.push_back({.category = pair.first.at("cat"),
                              .from = slice_of(pair.first),
                              .to = slice_of(pair.second),
                              .leaves = nanoseconds(pair.first.at("ts")),
                              .arrives = nanoseconds(pair.second.at("ts"))});
        }
        return result;
    }

    /// The same in words: "from > to".
    [[nodiscard]] std::vector<std::string> arrow_texts() {
        std::vector<std::string> texts;
        for (const Arrow& arrow : arrows()) {
            texts.push_back(arrow.from.name + " > " + arrow.to.name);
        }
        return texts;
    }

    json root;
    std::map<std::string, std::vector<json>> events;  // by phase
    std::map<std::uint32_t, std::string> threads;     // by tid
    std::vector<Slice> slices;

private:
    /// Whose end of an arrow this is. Perfetto: of the thread's slice that began last. Chrome's
    /// viewer: of that which lasts.
    [[nodiscard]] const Slice& slice_of(const json& event) const {
        const std::int64_t time = nanoseconds(event.at("ts"));
        const Slice* began_last = nullptr;
        for (const Slice& slice : slices) {
            const bool is_there = slice.event.at("tid") == event.at("tid") && slice.begin <= time;
            if (is_there && (began_last == nullptr || slice.begin >= began_last->begin)) {
                began_last = &slice;
            }
        }
        REQUIRE(began_last != nullptr);
        REQUIRE(time <= began_last->end);
        REQUIRE(event.at("pid") == began_last->event.at("pid"));
        return *began_last;
    }
};

using Words = std::vector<std::string>;

/// Bars of the order in which a recording has them.
void sort_bars(std::vector<TimelineBar>& bars) {
    std::ranges::sort(bars, {},
                      [](const TimelineBar& each) { return std::pair{each.begin, each.end}; });
}

}  // namespace

// ---- the file -----------------------------------------------------------------------------------

TEST_CASE("a trace says how long the recording is and how much of it was lost") {
    TimelineData data = recording({device_queue("compute", {bar(0, 1234)})});
    data.lost = 7;
    const json root = Trace{data}.root;
    CHECK(root.at("displayTimeUnit") == "ns");
    CHECK(root.at("otherData").at("recorder") == "juggle");
    CHECK(root.at("otherData").at("lengthNs") == 1234);
    CHECK(root.at("otherData").at("lostEvents") == 7);
}

TEST_CASE("a recording of nothing is a trace without events") {
    CHECK(Trace{TimelineData{}}.root.at("traceEvents").empty());
}

TEST_CASE("each event of a trace is on a line of its own") {
    const std::string text =
        text_of(recording({device_queue("compute", {bar(0, 1, 0, "line\nbreak"), bar(2, 3, 0)})}));
    const json events = Trace{text}.root.at("traceEvents");
    std::istringstream lines{text};
    std::string line;
    std::getline(lines, line);
    for (const json& event : events) {
        REQUIRE(std::getline(lines, line));
        CHECK(json::parse(line.substr(0, line.find_last_of('}') + 1)) == event);
    }
}

TEST_CASE("a long recording is written whole") {
    std::vector<TimelineBar> bars;
    for (std::int64_t index = 0; index != 20'000; ++index) {
        bars.push_back(bar(2 * index, 2 * index + 1, {}, std::to_string(index)));
    }
    const Trace trace{recording({device_queue("compute", bars)})};
    REQUIRE(trace.slices.size() == bars.size());
    for (std::size_t index = 0; index != bars.size(); ++index) {
        REQUIRE(trace.slices[index].name == bars[index].what);
        REQUIRE(trace.slices[index].begin == bars[index].begin);
    }
}

TEST_CASE("times in a trace are exact to the nanosecond") {
    TimelineData data = recording(
        {device_queue("compute", {bar(-1'500, -1, {}, "before"),
                                  bar(123'456'789'012'345'678, 123'456'789'012'345'679),
                                  bar(123'456'789'012'346'000, 123'456'789'013'346'010)})});
    const std::string text = text_of(data);
    CHECK(text.find(R"("ts":-1.5,"dur":1.499,)") != std::string::npos);
    CHECK(text.find(R"("ts":123456789012345.678,"dur":0.001,)") != std::string::npos);
    CHECK(text.find(R"("ts":123456789012346,"dur":1000.01,)") != std::string::npos);
}

TEST_CASE("a trace is valid JSON whatever the names are") {
    const std::string quotes = "\"\\/</script>";
    const std::string control = std::string{"a\0b\n\t\x1F\x7F", 7};
    const std::string broken = "\xFF(\xC3)\xE2\x82\xED\xA0\x80";
    TimelineData data = recording(
        {lane(TimelineLaneKind::spans, quotes, {bar(0, 1, 0, control)}),
         device_queue(broken, {bar(1, 2, 0, broken), bar(2, 3, {}, "")}),
         lane(TimelineLaneKind::resource, control, {waiting(0, 1), bar(1, 2), bar(2, 3)})});
    data.hand_overs = {{2, 1, 2}};
    data.counters = {{.name = broken, .capacity = 1, .levels = {{0, 1}}}};
    const Trace trace{data};
    CHECK(trace.slices.at(0).thread == quotes);
    CHECK(trace.slices.at(0).name == control);
    CHECK(trace.slices.at(1).name.starts_with("\uFFFD(\uFFFD)"));
    CHECK(trace.slices.at(2).name.empty());
    CHECK(trace.threads.size() == 4);
}

TEST_CASE("the same recording gives the same trace") {
    const TimelineData data =
        recording({device_queue("compute", {bar(0, 5, 3), bar(1, 7, 1), bar(2, 3, 3)})});
    CHECK(text_of(data) == text_of(data));
}

// ---- lanes --------------------------------------------------------------------------------------

TEST_CASE("lanes are threads of three processes, in their order") {
    Trace trace{
        recording({lane(TimelineLaneKind::host, "host", {bar(0, 1)}),
                   lane(TimelineLaneKind::spans, "process", {bar(0, 1)}),
                   lane(TimelineLaneKind::spans, "empty", {}), device_queue("upload", {bar(0, 1)}),
                   device_queue("compute", {bar(0, 1)}),
                   lane(TimelineLaneKind::thread, "pool 1", {bar(0, 1)}),
                   lane(TimelineLaneKind::resource, "h_in", {bar(0, 1)})})};
    std::map<std::uint32_t, std::string> processes;
    std::map<std::string, Words> threads;
    std::map<std::uint32_t, std::uint32_t> order;
    for (const json& event : trace.events["M"]) {
        const std::string what = event.at("name");
        if (what == "process_name") {
            processes[event.at("pid")] = event.at("args").at("name");
        } else if (what == "process_sort_index") {
            CHECK(event.at("args").at("sort_index") == event.at("pid"));
        } else if (what == "thread_name") {
            threads[processes.at(event.at("pid"))].push_back(event.at("args").at("name"));
        } else if (what == "thread_sort_index") {
            order[event.at("tid")] = event.at("args").at("sort_index");
        }
    }
    CHECK(processes ==
          std::map<std::uint32_t, std::string>{{1, "host"}, {2, "device"}, {3, "resources"}});
    CHECK(threads["host"] == Words{"host", "process", "empty", "pool 1"});
    CHECK(threads["device"] == Words{"upload", "compute"});
    CHECK(threads["resources"] == Words{"h_in"});
    CHECK(order.size() == 7);
    CHECK(std::ranges::is_sorted(order, {}, [](const auto& each) { return each.second; }));
    Words categories;
    for (const auto& slice : trace.slices) {
        categories.push_back(slice.event.at("cat"));
    }
    CHECK(categories == Words{"host", "span", "queue", "queue", "thread", "hold"});
}

TEST_CASE("a process without lanes is not there") {
    CHECK(text_of(recording({device_queue("compute", {bar(0, 1)})})).find("resources") ==
          std::string::npos);
}

TEST_CASE("bars that overlap are spread over threads of the same name") {
    SECTION("in part") {
        const Trace trace{
            recording({lane(TimelineLaneKind::spans, "process",
                            {bar(0, 10, {}, "a"), bar(5, 15, {}, "b"), bar(9, 20, {}, "c"),
                             bar(10, 12, {}, "d"), bar(12, 30, {}, "e"), bar(15, 16, {}, "f")})})};
        CHECK(trace.on("process") == Words{"a 0-10", "d 10-12", "e 12-30"});
        CHECK(trace.on("process (2)") == Words{"b 5-15", "f 15-16"});
        CHECK(trace.on("process (3)") == Words{"c 9-20"});
        CHECK(trace.threads.size() == 3);
    }
    SECTION("one within the other") {
        const Trace trace{
            recording({device_queue("queue", {bar(0, 10, {}, "a"), bar(5, 7, {}, "b")})})};
        CHECK(trace.on("queue") == Words{"a 0-10"});
        CHECK(trace.on("queue (2)") == Words{"b 5-7"});
    }
    SECTION("bars without length that are at the same time as others") {
        const Trace trace{recording(
            {device_queue("queue", {bar(5, 5, {}, "a"), bar(5, 5, {}, "b"), bar(5, 9, {}, "c"),
                                    bar(9, 9, {}, "d"), bar(10, 11, {}, "e")})})};
        CHECK(trace.on("queue") == Words{"a 5-5", "d 9-9", "e 10-11"});
        CHECK(trace.on("queue (2)") == Words{"b 5-5"});
        CHECK(trace.on("queue (3)") == Words{"c 5-9"});
    }
}

TEST_CASE("those who wait for a resource are on threads below those who hold it") {
    const Trace trace{recording({lane(TimelineLaneKind::resource, "h_in",
                                      {waiting(0, 10), bar(0, 5, {}, "a"), waiting(2, 20),
                                       bar(5, 9, {}, "b"), waiting(10, 12)}),
                                 lane(TimelineLaneKind::resource, "d_in", {waiting(0, 10)})})};
    CHECK(trace.on("h_in") == Words{"a 0-5", "b 5-9"});
    CHECK(trace.on("h_in (waiting)") == Words{"waits 0-10", "waits 10-12"});
    CHECK(trace.on("h_in (waiting 2)") == Words{"waits 2-20"});
    CHECK(trace.on("d_in").empty());
    CHECK(trace.on("d_in (waiting)") == Words{"waits 0-10"});
    Words names;
    for (const auto& [tid, name] : trace.threads) {
        names.push_back(name);
    }
    CHECK(names == Words{"h_in", "h_in (waiting)", "h_in (waiting 2)", "d_in", "d_in (waiting)"});
    CHECK(trace.slice("waits").event.at("cat") == "wait");
    CHECK(trace.slice("a").event.at("cat") == "hold");
}

TEST_CASE("lanes of the same name are threads of their own") {
    const Trace trace{recording({device_queue("queue", {bar(0, 10, {}, "a")}),
                                 device_queue("queue", {bar(5, 7, {}, "b")})})};
    CHECK(trace.threads.size() == 2);
    CHECK(trace.slice("a").event.at("tid") != trace.slice("b").event.at("tid"));
}

TEST_CASE("a bar tells its chunk, its task and, on a queue, whose clock it is") {
    TimelineBar both = bar(0, 1, 3, "both");
    both.task = 12;
    const Trace trace{
        recording({lane(TimelineLaneKind::host, "host", {both, bar(1, 2, {}, "none")}),
                   device_queue("profiled", {bar(0, 1, 0, "device")}),
                   lane(TimelineLaneKind::queue, "other", {bar(0, 1, {}, "host's")})})};
    CHECK(trace.slice("both").event.at("args") == json{{"chunk", 3}, {"task", 12}});
    CHECK(trace.slice("none").event.at("args") == json::object());
    CHECK(trace.slice("device").event.at("args") == json{{"chunk", 0}, {"clock", "device"}});
    CHECK(trace.slice("host's").event.at("args") == json{{"clock", "host"}});
}

TEST_CASE("a chunk has one colour, the next another, and those who wait none") {
    const auto colour_of = [](const TimelineBar& one) {
        const json event = Trace{recording({device_queue("queue", {one})})}.slices.at(0).event;
        return event.value("cname", "");
    };
    // chrome://tracing refuses a trace with a colour that it does not know.
    const std::set<std::string> known{
        "rail_response",        "rail_animation",         "rail_load", "rail_idle",
        "detailed_memory_dump", "background_memory_dump", "olive",     "thread_state_runnable"};
    std::set<std::string> seen;
    for (std::uint64_t chunk = 0; chunk != 8; ++chunk) {
        const std::string colour = colour_of(bar(0, 1, chunk));
        CHECK(known.contains(colour));
        CHECK(seen.insert(colour).second);
        CHECK(colour_of(bar(5, 9, chunk, "other")) == colour);
        CHECK(colour_of(bar(0, 1, chunk + 8)) == colour);
    }
    CHECK(colour_of(bar(0, 1)).empty());
    CHECK(colour_of(waiting(0, 1, 2)) == "grey");
}

// ---- counters -----------------------------------------------------------------------------------

TEST_CASE("a counter is a series of its levels, called after its capacity") {
    TimelineData data;
    data.counters = {{.name = "jobs", .capacity = 4, .levels = {{0, 1}, {1500, 4}, {2000, 0}}},
                     {.name = "numbers", .capacity = 0, .levels = {{10, 3}}},
                     {.name = "jobs", .capacity = 4, .levels = {{20, 2}}}};
    Trace trace{data};
    const auto& events = trace.events["C"];
    REQUIRE(events.size() == 5);
    CHECK(events[1].at("name") == "jobs");
    CHECK(events[1].at("ts") == 1.5);
    CHECK(events[1].at("args") == json{{"of 4", 4}});
    CHECK(events[2].at("args") == json{{"of 4", 0}});
    CHECK(events[3].at("name") == "numbers");
    CHECK(events[3].at("args") == json{{"level", 3}});
    CHECK(events[4].at("name") == "jobs (2)");
    CHECK(trace.events["M"].at(0).at("args").at("name") == "host");
    CHECK(trace.events["M"].at(0).at("pid") == events[0].at("pid"));
}

// ---- arrows -------------------------------------------------------------------------------------

TEST_CASE("arrows lead along a chunk, from lane to lane") {
    Trace trace{
        recording({lane(TimelineLaneKind::host, "host",
                        {bar(0, 10, 0, "fill"), bar(20, 30, 1, "fill 1"), bar(100, 110, 0, "use")}),
                   device_queue("upload", {bar(12, 40, 0, "write"), bar(40, 70, 1, "write 1")}),
                   device_queue("compute", {bar(45, 80, 0, "kernel")}),
                   lane(TimelineLaneKind::thread, "pool", {bar(80, 99, 0, "save")}),
                   lane(TimelineLaneKind::resource, "h_in", {bar(0, 200, 0, "ticket")})})};
    CHECK(trace.arrow_texts() == Words{"fill > write", "write > kernel", "kernel > save",
                                       "save > use", "fill 1 > write 1"});
    const auto arrows = trace.arrows();
    CHECK(arrows[0].category == "chunk");
    CHECK(arrows[0].leaves == 9);
    CHECK(arrows[0].arrives == 12);
    CHECK(trace.events["s"].at(4).at("name") == "chunk 1");
}

TEST_CASE("a span around a chunk is not in the way of its arrows") {
    Trace trace{recording(
        {lane(TimelineLaneKind::host, "host", {bar(0, 10, 0, "fill"), bar(90, 100, 0, "use")}),
         lane(TimelineLaneKind::spans, "process", {bar(1, 99, 0, "span")}),
         device_queue("upload", {bar(12, 80, 0, "write")})})};
    CHECK(trace.arrow_texts() == Words{"fill > span", "fill > write", "write > use"});
}

TEST_CASE("spans are joined by arrows where nothing else is known of a chunk") {
    Trace trace{recording({lane(TimelineLaneKind::spans, "fill", {bar(0, 10, 0, "fill")}),
                           lane(TimelineLaneKind::spans, "use", {bar(95, 100, 0, "use")}),
                           lane(TimelineLaneKind::spans, "check", {bar(11, 12, 0, "check")}),
                           device_queue("upload", {bar(20, 80, 0, "write")})})};
    CHECK(trace.arrow_texts() == Words{"fill > check", "check > write", "write > use"});
}

TEST_CASE("a command that begins before the turn that enqueued it is over comes after that") {
    Trace trace{recording({lane(TimelineLaneKind::host, "host",
                                {bar(0, 10, 0, "earlier"), bar(50, 60, 0, "enqueues")}),
                           device_queue("upload", {bar(58, 80, 0, "write")})})};
    CHECK(trace.arrow_texts() == Words{"earlier > enqueues", "enqueues > write"});
    CHECK(trace.arrows().at(1).leaves == 58);
    CHECK(trace.arrows().at(1).arrives == 58);
}

TEST_CASE("what comes after several comes after the one that ended last") {
    Trace trace{recording({lane(TimelineLaneKind::host, "host", {bar(0, 10, 0, "fill")}),
                           device_queue("left", {bar(12, 50, 0, "short")}),
                           device_queue("right", {bar(13, 70, 0, "long")}),
                           device_queue("compute", {bar(71, 80, 0, "kernel")})})};
    CHECK(trace.arrow_texts() == Words{"fill > short", "fill > long", "long > kernel"});
}

TEST_CASE("arrows lead from who held a resource to who holds it next") {
    TimelineData data =
        recording({lane(TimelineLaneKind::host, "host", {}),
                   lane(TimelineLaneKind::resource, "h_in",
                        {bar(0, 10, 0, "first"), waiting(5, 12, 1), bar(12, 20, 1, "second"),
                         bar(20, 20, 2, "third"), bar(20, 25, 3, "fourth")})});
    data.hand_overs = {{1, 0, 2}, {1, 2, 3}, {1, 3, 4}};
    Trace trace{data};
    CHECK(trace.arrow_texts() == Words{"first > second", "second > third", "third > fourth"});
    const auto arrows = trace.arrows();
    CHECK(arrows[0].category == "hand-over");
    CHECK(arrows[0].leaves == 9);
    CHECK(arrows[0].arrives == 12);
    CHECK(arrows[1].leaves == 19);
    CHECK(arrows[1].arrives == 20);
    CHECK(arrows[2].leaves == 20);
    CHECK(arrows[2].arrives == 20);
    CHECK(trace.events["s"].at(0).at("name") == "h_in");
}

// ---- any recording ------------------------------------------------------------------------------

namespace {

/// With all that may occur: bars of the same time, without length, that overlap, of few chunks.
TimelineData random_recording(std::mt19937_64& random) {
    const auto up_to = [&](std::uint64_t most) {
        return static_cast<std::int64_t>(random() % (most + 1));
    };
    std::vector<TimelineLane> lanes;
    std::size_t names = 0;
    for (const auto kind :
         {TimelineLaneKind::host, TimelineLaneKind::spans, TimelineLaneKind::queue,
          TimelineLaneKind::queue, TimelineLaneKind::thread, TimelineLaneKind::resource}) {
        std::vector<TimelineBar> bars;
        for (auto count = up_to(25); count != 0; --count) {
            const std::int64_t begin = up_to(60) * 7;
            TimelineBar one = bar(begin, begin + up_to(9) * up_to(9));
            if (up_to(3) != 0) {
                one.chunk = static_cast<std::uint64_t>(up_to(4));
            }
            one.waiting = kind == TimelineLaneKind::resource && up_to(1) == 0;
            bars.push_back(one);
        }
        sort_bars(bars);
        for (TimelineBar& one : bars) {
            one.what = std::to_string(names++);  // each has a name of its own
        }
        lanes.push_back(lane(kind, "lane " + std::to_string(lanes.size()), std::move(bars)));
    }
    TimelineData data = recording(std::move(lanes));
    std::vector<std::size_t> holders;
    for (std::size_t index = 0; index != data.lanes.back().bars.size(); ++index) {
        if (!data.lanes.back().bars[index].waiting) {
            holders.push_back(index);
        }
    }
    for (std::size_t index = 1; index < holders.size(); ++index) {
        data.hand_overs.push_back({data.lanes.size() - 1, holders[index - 1], holders[index]});
    }
    return data;
}

void check_slices(const TimelineData& data, const Trace& trace) {
    std::size_t count = 0;
    for (const TimelineLane& each : data.lanes) {
        for (const TimelineBar& one : each.bars) {
            ++count;
            const Trace::Slice& slice = trace.slice(one.what);
            REQUIRE(slice.begin == one.begin);
            REQUIRE(slice.end == one.end);
            REQUIRE((slice.thread == each.name || slice.thread.starts_with(each.name + " (")));
            REQUIRE((slice.thread.find("(waiting") != std::string::npos) == one.waiting);
        }
    }
    REQUIRE(trace.slices.size() == count);
}

void check_threads(const Trace& trace) {
    std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> threads;
    for (const Trace::Slice& slice : trace.slices) {
        threads[slice.thread].emplace_back(slice.begin, slice.end);
    }
    for (auto& [name, bars] : threads) {
        CAPTURE(name);
        std::ranges::sort(bars);
        for (std::size_t index = 1; index < bars.size(); ++index) {
            REQUIRE(bars[index].first >= bars[index - 1].second);
            REQUIRE(bars[index].first > bars[index - 1].first);
        }
    }
}

void check_arrows(const TimelineData& data, Trace& trace) {
    std::map<std::uint64_t, std::size_t> bars_of;  // each chunk
    for (const TimelineLane& each : data.lanes) {
        for (const TimelineBar& one : each.bars) {
            if (one.chunk && each.kind != TimelineLaneKind::resource) {
                ++bars_of[*one.chunk];
            }
        }
    }
    std::map<std::uint64_t, std::size_t> arrows_of;
    std::size_t hand_overs = 0;
    std::set<std::string> reached;
    for (const Trace::Arrow& arrow : trace.arrows()) {
        REQUIRE(arrow.leaves <= arrow.arrives);
        REQUIRE(arrow.arrives == arrow.to.begin);
        REQUIRE(arrow.leaves <= std::max(arrow.from.begin, arrow.from.end - 1));
        if (arrow.category == "hand-over") {
            const auto& [lane, from, to] = data.hand_overs.at(hand_overs++);
            REQUIRE(arrow.from.name == data.lanes[lane].bars[from].what);
            REQUIRE(arrow.to.name == data.lanes[lane].bars[to].what);
            continue;
        }
        const std::uint64_t chunk = arrow.to.event.at("args").at("chunk");
        REQUIRE(arrow.from.event.at("args").at("chunk") == chunk);
        REQUIRE(reached.insert(arrow.to.name).second);
        ++arrows_of[chunk];
    }
    REQUIRE(hand_overs == data.hand_overs.size());
    for (const auto& [chunk, bars] : bars_of) {
        REQUIRE(arrows_of[chunk] == bars - 1);
    }
    CHECK(trace.events["t"].empty());
}

}  // namespace

TEST_CASE(
    "whatever was recorded, all bars are there, apart from each other, and arrows join them") {
    constexpr std::uint64_t seed = 20'260'102;
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    for (int round = 0; round < 60; ++round) {
        CAPTURE(round);
        const TimelineData data = random_recording(random);
        Trace trace{data};
        check_slices(data, trace);
        check_threads(trace);
        check_arrows(data, trace);
    }
}
