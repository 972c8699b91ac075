// Recordings of several timelines in one: as bytes, by one clock, in one picture.

#include "src/timeline/recorder.hpp"
#include "src/timeline/recording.hpp"
#include "src/timeline/timeline_data.hpp"
#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/test_executor.hpp"
#include "support/timeline_data.hpp"
#include "support/xml.hpp"

#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <new>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

using namespace std::chrono_literals;
using Catch::Contains;
using juggle::ManualClock;
using juggle::Task;
using juggle::Timeline;
using juggle::TimelineClockOffset;
using juggle::TimelineRenderOptions;
using juggle::TimePoint;
using juggle::detail::TimelineBar;
using juggle::detail::TimelineData;
using juggle::detail::TimelineLane;
using juggle::detail::TimelineLaneKind;
using support::bar;
using support::contains;
using support::lane;
using support::XmlElement;
using support::XmlReader;

namespace {

using Offsets = std::vector<TimelineClockOffset>;

TimelineData data_of(Timeline& timeline) {
    return juggle::detail::TimelineAccess::recorder(timeline).data();
}

const TimelineLane& lane_of(const TimelineData& data, std::string_view name) {
    const auto found = std::ranges::find(data.lanes, name, &TimelineLane::name);
    if (found == data.lanes.end()) {
        throw std::out_of_range{"no lane " + std::string{name}};
    }
    return *found;
}

std::string trace_of(Timeline& timeline) {
    std::ostringstream out;
    timeline.write_trace(out);
    return out.str();
}

std::string svg_of(Timeline& timeline, const TimelineRenderOptions& picture = {}) {
    std::ostringstream out;
    timeline.write_svg(out, picture);
    return out.str();
}

std::string html_of(Timeline& timeline) {
    std::ostringstream out;
    timeline.write_html(out);
    return out.str();
}

bool says(const XmlElement& element, const std::string& words) {
    return element.text.find(words) != std::string::npos ||
           std::ranges::any_of(element.children,
                               [&](const XmlElement& child) { return says(child, words); });
}

/// Something of everything: turns, spans, commands, waits, holders, levels; at 1 hour.
class Everything {
public:
    Everything() { executor_.run(run(timeline)); }

    Timeline& recorded() { return timeline; }

private:
    class Clock final : public juggle::Clock {
    public:
        TimePoint now() noexcept override { return now_ += 1us; }
        bool skip_to(TimePoint deadline) noexcept override {
            now_ = std::max(now_, deadline);
            return true;
        }

    private:
        TimePoint now_{1h};
    };

    static Task<> job(Timeline& shown, juggle::Resource<int>::Allocation mine) {
        co_await mine.wait();
        const auto span = shown.span("<work> & \xF0\x9F\x98\x80");
        co_await juggle::sleep_for(10ms);
        mine.ready();
    }
    static Task<> run(Timeline& shown) {
        juggle::Resource<int> buffer{"buffer", 0};
        juggle::JobQueue jobs{"jobs", 2};
        for (int chunk = 0; chunk < 3; ++chunk) {
            Task<> next = job(shown, buffer.acquire());
            co_await jobs.push(std::move(next));
        }
        co_await jobs.finish();
        shown.chunk(std::numeric_limits<std::uint64_t>::max() - 1);
        shown.command("upload", "copy", shown.now() - 4ms, shown.now());
    }

    Clock clock_;

public:
    Timeline timeline{4096, &clock_};

private:
    juggle::Executor executor_{{.observer = &timeline, .clock = &clock_}};
};

/// A recording of one command, of one chunk, on a queue.
std::string command(std::string_view queue, std::chrono::nanoseconds begin,
                    std::chrono::nanoseconds end, std::uint64_t chunk = 0) {
    Timeline timeline{8};
    timeline.chunk(chunk);
    timeline.command(queue, "work", TimePoint{begin}, TimePoint{end});
    return timeline.recording();
}

/// Where a command is that another clock saw from `begin` to `end`, in a recording that begins at
/// 0.
std::pair<std::int64_t, std::int64_t> moved(std::chrono::nanoseconds begin,
                                            std::chrono::nanoseconds end, const Offsets& offsets) {
    Timeline all{8};
    all.command("own", "first", TimePoint{}, TimePoint{});
    all.add(command("queue", begin, end), "other", offsets);
    const TimelineData data = data_of(all);
    const TimelineBar& bar = lane_of(data, "other: queue").bars.at(0);
    return {bar.begin, bar.end};
}

}  // namespace

TEST_CASE("a recording as bytes is the same recording") {
    Everything everything;
    Timeline copy{1};
    copy.add(everything.recorded().recording(), "");
    CHECK(trace_of(copy) == trace_of(everything.recorded()));
    CHECK(html_of(copy) == html_of(everything.recorded()));
    CHECK(svg_of(copy, {.resources = true}) == svg_of(everything.recorded(), {.resources = true}));
    CHECK(copy.summary().text() == everything.recorded().summary().text());
    CHECK(copy.recording() == everything.recorded().recording());
    CHECK(data_of(copy).start == data_of(everything.recorded()).start);
    CHECK_FALSE(data_of(copy).hand_overs.empty());
}

TEST_CASE("recordings of one clock are shown from the first event of any of them on") {
    Timeline all{8};
    all.command("own", "work", TimePoint{5ms}, TimePoint{6ms});
    all.add(command("queue", 2ms, 4ms), "rank 1");
    all.add(command("queue", 3ms, 9ms), "rank 2");
    const TimelineData data = data_of(all);
    CHECK(data.start == 2'000'000);
    CHECK(data.length == 7'000'000);
    REQUIRE(data.lanes.size() == 3);
    CHECK(data.lanes[0].name == "own");
    CHECK(data.lanes[1].name == "rank 1: queue");
    CHECK(data.lanes[2].name == "rank 2: queue");
    CHECK(data.lanes[0].bars[0].begin == 3'000'000);
    CHECK(data.lanes[1].bars[0].begin == 0);
    CHECK(data.lanes[1].bars[0].end == 2'000'000);
    CHECK(data.lanes[2].bars[0].begin == 1'000'000);
    CHECK_FALSE(data.clock_error);
    CHECK_FALSE(all.summary().clock_error);
    CHECK_THAT(svg_of(all), !Contains("clocks agree"));
}

TEST_CASE("an offset brings the times of another clock to the own one") {
    CHECK(moved(1h, 1h + 2ms, {{.at = TimePoint{5h}, .offset = -(1h - 7ms)}}) ==
          std::pair<std::int64_t, std::int64_t>{7'000'000, 9'000'000});
    CHECK(moved(0ms, 2ms, {{.at = TimePoint{}, .offset = 3ms}}) ==
          std::pair<std::int64_t, std::int64_t>{3'000'000, 5'000'000});
}

TEST_CASE("between two offsets the clocks drift along a line, outside of them not at all") {
    // Of two seconds the other clock counts 100 us less than this one.
    const Offsets offsets{{.at = TimePoint{2s}, .offset = -1s},
                          {.at = TimePoint{4s}, .offset = -1s + 100us},
                          {.at = TimePoint{5s}, .offset = -1s + 100us}};
    CHECK(moved(1s + 1ms, 2s, offsets).first == 1'000'000);
    CHECK(moved(2s, 3s, offsets) ==
          std::pair<std::int64_t, std::int64_t>{1'000'000'000, 2'000'050'000});
    CHECK(moved(3500ms, 4s, offsets) ==
          std::pair<std::int64_t, std::int64_t>{2'500'075'000, 3'000'100'000});
    CHECK(moved(4500ms, 7s, offsets) ==
          std::pair<std::int64_t, std::int64_t>{3'500'100'000, 6'000'100'000});
}

TEST_CASE("levels of counters and hand-overs are brought to the own clock as well") {
    Everything everything;
    const TimelineData before = data_of(everything.recorded());
    Timeline all{8};
    all.command("own", "first", TimePoint{}, TimePoint{});
    const Offsets offsets{{.at = TimePoint{1h}, .offset = -1h + 3s}};
    all.add(everything.recorded().recording(), "other", offsets);
    const TimelineData data = data_of(all);
    REQUIRE(data.counters.size() == 1);
    CHECK(data.counters[0].name == "other: jobs");
    CHECK(data.counters[0].capacity == 2);
    REQUIRE(data.counters[0].levels.size() == before.counters[0].levels.size());
    const std::int64_t later = before.start - std::chrono::nanoseconds{1h}.count() + 3'000'000'000;
    CHECK(data.counters[0].levels[2].time == before.counters[0].levels[2].time + later);
    REQUIRE(data.hand_overs.size() == before.hand_overs.size());
    CHECK(data.lanes[data.hand_overs[0].lane].name == "other: buffer");
}

TEST_CASE("a picture, a page, a trace and a summary say by how much times may be apart") {
    Timeline all{8};
    all.command("own", "work", TimePoint{}, TimePoint{1ms});
    const std::string recording = command("queue", 0ms, 1ms);
    const Offsets near{{.at = TimePoint{}, .offset = 0ms, .error = 1us},
                       {.at = TimePoint{1s}, .offset = 0ms, .error = 3us}};
    all.add(recording, "near", near);
    CHECK(all.summary().clock_error == 3us);  // the worst of its offsets
    const Offsets far{{.at = TimePoint{}, .offset = 0ms, .error = 20us}};
    all.add(recording, "far", far);
    const Offsets between{{.at = TimePoint{}, .offset = 0ms, .error = 2us}};
    all.add(recording, "between", between);
    CHECK(all.summary().clock_error == 23us);  // of any two of them
    CHECK_THAT(all.summary().text(), Contains("Clocks agree to within 23 \u00B5s.\n"));
    CHECK(says(XmlReader::read(svg_of(all)), "; clocks agree to within 23 \u00B5s"));
    CHECK_THAT(html_of(all), Contains("\"clockError\":23000,"));
    CHECK(nlohmann::json::parse(trace_of(all)).at("otherData").at("clockErrorNs") == 23'000);

    Timeline none{8};
    none.command("own", "work", TimePoint{}, TimePoint{1ms});
    CHECK_THAT(html_of(none), !Contains("\"clockError\""));
    CHECK_FALSE(nlohmann::json::parse(trace_of(none)).at("otherData").contains("clockErrorNs"));
}

TEST_CASE("in a picture the name of a group stands once above its lanes") {
    Timeline all{8};
    all.command("own", "work", TimePoint{}, TimePoint{1ms});
    for (const std::string rank : {"rank 1", "rank 2"}) {
        Timeline timeline{8};
        timeline.command("upload", "work", TimePoint{}, TimePoint{1ms});
        timeline.command("download", "work", TimePoint{}, TimePoint{1ms});
        all.add(timeline.recording(), rank);
    }
    const XmlElement picture = XmlReader::read(svg_of(all));
    std::vector<std::string> order;  // from top to bottom
    double y = 0;
    for (const XmlElement& element : picture.children) {
        if (element.is("group")) {
            order.push_back("= " + element.text);
            CHECK(element.number("y") > y);
            y = element.number("y");
        } else if (element.is("lane")) {
            const XmlElement& name = element.children.at(1);
            CHECK(name.number("y") > y);
            y = name.number("y");
            order.push_back(element.at("data-name") + " as " + name.text);
        }
    }
    CHECK(order == std::vector<std::string>{"own as own", "= rank 1", "rank 1: upload as upload",
                                            "rank 1: download as download", "= rank 2",
                                            "rank 2: upload as upload",
                                            "rank 2: download as download"});
    CHECK_THAT(svg_of(all, {.lanes = {"rank 2: upload"}}),
               Contains(R"(data-name="rank 2: upload")") && !Contains("rank 1"));
}

TEST_CASE("in a trace each group has processes of its own, and no thread belongs to two") {
    Timeline all{8};
    Everything everything;
    const std::string recording = everything.recorded().recording();
    for (int rank = 0; rank != 5; ++rank) {
        all.add(recording, "rank " + std::to_string(rank));
    }
    std::map<std::string, int> processes;
    std::map<int, int> process_of;
    std::set<int> used;
    const nlohmann::json trace = nlohmann::json::parse(trace_of(all));
    for (const auto& event : trace.at("traceEvents")) {
        const int pid = event.at("pid");
        if (event.at("name") == "process_name") {
            CHECK(processes.emplace(event.at("args").at("name"), pid).second);
            continue;
        }
        used.insert(pid);
        if (event.contains("tid")) {
            const int tid = event.at("tid");
            CHECK(process_of.try_emplace(tid, pid).first->second == pid);
        }
    }
    CHECK(processes.size() == 15);
    CHECK(used.size() == 15);
    CHECK(processes.contains("rank 0: host"));
    CHECK(processes.contains("rank 4: resources"));
    for (const auto& [name, pid] : processes) {
        CHECK_FALSE(process_of.contains(pid));  // a thread of that number would be its first
    }
}

TEST_CASE("chunks of one number are the same chunk in all recordings") {
    Timeline all{8};
    all.chunk(4);
    all.command("own", "work", TimePoint{}, TimePoint{1ms});
    all.add(command("queue", 3ms, 4ms, 4), "other");
    all.add(command("queue", 3ms, 5ms, 5), "other");
    CHECK(all.summary().latency.chunks == 2);
    CHECK(all.summary().latency.longest == 4ms);
}

TEST_CASE("a recording that has others in it can be added as well") {
    Timeline inner{8};
    inner.command("own", "work", TimePoint{}, TimePoint{1ms});
    const Offsets inner_error{{.at = TimePoint{}, .offset = 0ms, .error = 5us}};
    inner.add(command("queue", 0ms, 1ms), "rank 1", inner_error);
    Timeline all{8};
    const Offsets outer_error{{.at = TimePoint{}, .offset = 1ms, .error = 2us}};
    all.add(inner.recording(), "run 2", outer_error);
    const TimelineData data = data_of(all);
    CHECK(lane_of(data, "run 2: own").group == "run 2");
    CHECK(lane_of(data, "run 2: rank 1: queue").group == "run 2: rank 1");
    CHECK(data.clock_error == 7'000U);
}

TEST_CASE("an empty recording adds nothing but what was lost") {
    Timeline empty{8};
    Timeline all{8};
    all.add(empty.recording(), "rank 0");
    CHECK(says(XmlReader::read(svg_of(all)), "nothing was recorded"));
    CHECK(all.summary().text() == "Nothing was recorded that lasted.\n");
    all.add(command("queue", 2ms, 3ms), "rank 1");
    CHECK(data_of(all).length == 1'000'000);

    Timeline small{1};
    for (int number = 0; number != 4; ++number) {
        small.command("queue", "work", TimePoint{2ms}, TimePoint{3ms});
    }
    all.add(small.recording(), "rank 2");
    all.add(small.recording(), "rank 3");
    CHECK(all.summary().lost == 6);
    CHECK(lane_of(data_of(all), "rank 3: queue").bars.size() == 1);
}

TEST_CASE("clear forgets what was added") {
    Timeline all{8};
    all.add(command("queue", 2ms, 3ms), "rank 1");
    all.clear();
    CHECK(data_of(all).lanes.empty());
    CHECK(trace_of(all) == [] {
        Timeline untouched{8};
        return trace_of(untouched);
    }());
}

TEST_CASE("names of any length and of any bytes are taken over") {
    const std::string huge(1'000'000, 'x');
    Timeline all{8};
    all.add(command(huge + "\xFF<&\"", 2ms, 3ms), huge);
    CHECK(data_of(all).lanes.at(0).name == huge + ": " + huge + "\xFF<&\"");
    CHECK_NOTHROW(XmlReader::read(svg_of(all)));
    CHECK_NOTHROW(nlohmann::json::parse(trace_of(all)));
    CHECK(all.summary().lanes.size() == 1);
}

TEST_CASE("bytes that are no recording are refused, and what was there stays") {
    Everything everything;
    const std::string recording = everything.recorded().recording();
    Timeline all{8};
    all.add(command("queue", 2ms, 3ms), "rank 1");
    const std::string before = trace_of(all);
    const auto refuse = [&](std::string_view bytes) {
        CHECK_THROWS_WITH(all.add(bytes, "rank 2"),
                          Contains("juggle: Timeline::add: argument 'recording'"));
    };
    for (std::size_t size = 0; size != recording.size(); ++size) {
        CHECK_THROWS_AS(all.add(std::string_view{recording}.substr(0, size), "rank 2"),
                        std::invalid_argument);
    }
    refuse("");
    refuse("juggle timeline 2\n");
    refuse(recording + '\0');
    refuse("juggle timeline 1\n" + std::string(30, '\xFF'));  // a number that has no end
    const std::string zeros(8, '\0');
    refuse("juggle timeline 1\n" + std::string(9, '\xFF') + '\x01' + zeros);  // beyond all times
    std::string of_group = all.recording();
    const std::string_view right = "\x0Drank 1: queue\x06rank 1";
    REQUIRE(contains(of_group, right));
    of_group.replace(of_group.find(right), right.size(), "\x06rank 1\x0Drank 1: queue");
    refuse(of_group);  // a name that does not begin with that of its group
    CHECK(trace_of(all) == before);
}

TEST_CASE("of damaged bytes whatever is not refused makes a picture") {
    Everything everything;
    Timeline with_group{1};
    with_group.add(everything.recorded().recording(), "rank 0");
    const std::string recording = with_group.recording();
    int refused = 0;
    int taken = 0;
    for (std::size_t place = 0; place != recording.size(); ++place) {
        for (const unsigned flipped : {0x01U, 0x08U, 0x80U}) {
            std::string damaged = recording;
            damaged[place] =
                static_cast<char>(static_cast<unsigned char>(damaged[place]) ^ flipped);
            Timeline all{8};
            all.command("own", "work", TimePoint{}, TimePoint{1ms});
            try {
                const Offsets offsets{{.at = TimePoint{}, .offset = 1h}};
                all.add(damaged, "rank 1", offsets);
            } catch (const std::invalid_argument&) {
                ++refused;
                continue;
            }
            ++taken;
            REQUIRE_FALSE(svg_of(all, {.resources = true}).empty());
            REQUIRE_FALSE(trace_of(all).empty());
            REQUIRE_FALSE(html_of(all).empty());
            (void)all.summary().text();
        }
    }
    CHECK(refused > 100);
    CHECK(taken > 100);
}

TEST_CASE("offsets that do not follow each other are refused, with the place of the wrong one") {
    Timeline all{8};
    const std::string recording = command("queue", 2ms, 3ms);
    const auto refuse = [&](const Offsets& offsets, const std::string& why) {
        CHECK_THROWS_WITH(all.add(recording, "rank 1", offsets),
                          Contains("juggle: Timeline::add: argument 'offsets' has at "
                                   "place " +
                                   why));
        CHECK_THROWS_AS(all.add(recording, "rank 1", offsets), std::invalid_argument);
    };
    refuse({{.at = TimePoint{2s}, .offset = 0s}, {.at = TimePoint{2s}, .offset = 0s}},
           "1 a time that is not after the one before");
    refuse({{.at = TimePoint{2s}, .offset = 0s}, {.at = TimePoint{3s}, .offset = -2s}},
           "1 an offset by which the other clock went backwards");
    refuse({{.at = TimePoint{2s}, .offset = 0s, .error = -5ns}}, "0 an error of -5 ns");
    refuse({{.at = TimePoint::max(), .offset = 0s}}, "0 a time beyond 73 years");
    refuse({{.at = TimePoint{}, .offset = std::chrono::hours::min()}}, "0 a time beyond 73 years");
    CHECK(data_of(all).lanes.empty());
}

TEST_CASE("an allocation that fails leaves a timeline as it was") {
    if (!support::sees_allocations()) {
        return;  // nothing can be made to fail here
    }
    Everything everything;
    const std::string recording = everything.recorded().recording();
    const Offsets offsets{{.at = TimePoint{}, .offset = 1h}};
    Timeline all{8};
    all.command("own", "work", TimePoint{}, TimePoint{1ms});
    const std::string before = trace_of(all);
    std::uint64_t failed = 0;
    for (bool goes_on = true; goes_on;) {
        try {
            const support::FailingAllocations failing{failed + 1,
                                                      support::FailingAllocations::Which::one};
            all.add(recording, "rank 1", offsets);
            goes_on = false;
        } catch (const std::bad_alloc&) {
            ++failed;
        }
        if (goes_on && failed % 16 == 1) {
            REQUIRE(trace_of(all) == before);
        }
    }
    CHECK(failed > 20);
    CHECK(trace_of(all) != before);
}

TEST_CASE("now is the time by a timeline's own clock") {
    ManualClock clock;
    Timeline timeline{8, &clock};
    CHECK(timeline.now() == clock.now());
    clock.advance(3ms);
    CHECK(timeline.now() == clock.now());
}

TEST_CASE("a file and a picture can be checked before anything is recorded") {
    CHECK_NOTHROW(Timeline::check_output("folder that is not there/run.html"));
    CHECK_THROWS_WITH(Timeline::check_output("run.png"), Contains("'run.png'"));
    CHECK_THROWS_AS(Timeline::check_output("run"), std::invalid_argument);
    CHECK_THROWS_WITH(Timeline::check_output("run.json", {.width = 0}), Contains("a width of 0"));
}
