// What a recording comes to: busy shares, gaps, the lane that limits, latencies, overlap.

#include "src/timeline/timeline_writers.hpp"
#include "support/catch.hpp"
#include "support/timeline_data.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using juggle::TimelineLaneKind;
using juggle::TimelineSummary;
using juggle::detail::summarize;
using std::chrono::nanoseconds;
using support::bar;
using support::device_queue;
using support::lane;
using support::recording;
using support::TimelineBar;
using support::TimelineData;
using support::waiting;

namespace {

constexpr std::int64_t us = 1'000;
constexpr std::int64_t ms = 1'000'000;

TimelineSummary::Lane summary_of_lane(std::vector<TimelineBar> bars) {
    return summarize(recording({device_queue("compute", std::move(bars))})).lanes.at(0);
}

/// Chunk `number` of stages that last 2, 4 and 1 ms, begun 4 ms after the one before.
TimelineData three_stages(std::uint64_t chunks) {
    std::vector<TimelineBar> upload, compute, download;
    for (std::uint64_t chunk = 0; chunk != chunks; ++chunk) {
        const std::int64_t begin = static_cast<std::int64_t>(chunk) * 4 * ms;
        upload.push_back(bar(begin, begin + 2 * ms, chunk));
        compute.push_back(bar(begin + 2 * ms, begin + 6 * ms, chunk));
        download.push_back(bar(begin + 6 * ms, begin + 7 * ms, chunk));
    }
    return recording({device_queue("upload", upload), device_queue("compute", compute),
                      device_queue("download", download)});
}

/// Chunks of these latencies, one after another.
TimelineSummary::Latency latency_of(const std::vector<std::int64_t>& lengths) {
    std::vector<TimelineBar> bars;
    std::int64_t begin = 0;
    for (const std::int64_t length : lengths) {
        bars.push_back(bar(begin, begin + length, bars.size()));
        begin += length;
    }
    return summarize(recording({device_queue("compute", bars)})).latency;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

bool has_line(const std::string& text, std::string_view line) {
    return std::ranges::count(lines_of(text), line) == 1;
}

}  // namespace

// ---- lanes --------------------------------------------------------------------------------------

TEST_CASE("a lane's busy time is that during which at least one of its bars lasted") {
    SECTION("bars one after another") {
        CHECK(summary_of_lane({bar(0, 10), bar(10, 30)}).busy == nanoseconds{30});
    }
    SECTION("bars that overlap") {
        CHECK(summary_of_lane({bar(0, 10), bar(5, 20)}).busy == nanoseconds{20});
    }
    SECTION("a bar within another, and one that overlaps the outer one") {
        CHECK(summary_of_lane({bar(0, 50), bar(10, 20), bar(40, 60)}).busy == nanoseconds{60});
    }
    SECTION("the same time twice, a gap, and a bar without length") {
        const auto lane = summary_of_lane({bar(0, 10), bar(0, 10), bar(15, 15), bar(20, 25)});
        CHECK(lane.busy == nanoseconds{15});
        CHECK(lane.gaps == 1);
    }
    SECTION("no bars") { CHECK(summary_of_lane({}).busy == nanoseconds{0}); }
}

TEST_CASE("a lane's gaps lie between its bars") {
    const auto summary =
        summarize(recording({device_queue("upload", {bar(0, 100)}),
                             device_queue("compute", {bar(20, 30), bar(37, 40), bar(40, 50),
                                                      bar(57, 60), bar(62, 64), bar(62, 70)})}));
    const TimelineSummary::Lane& compute = summary.lanes.at(1);
    CHECK(compute.busy == nanoseconds{34});
    CHECK(compute.share == Approx(0.34));
    CHECK(compute.gaps == 3);  // 30 to 37, 50 to 57, 60 to 62
    CHECK(compute.idle == nanoseconds{16});
    CHECK(compute.longest_gap == nanoseconds{7});
    CHECK(compute.longest_gap_at == nanoseconds{30});
    CHECK(summary.lanes.at(0).gaps == 0);
    CHECK(summary.lanes.at(0).share == Approx(1));
}

TEST_CASE("a lane's steady share is that without filling and draining") {
    SECTION("the last round does not count, nor what comes before the first") {
        const auto compute =
            summarize(recording({device_queue("upload", {bar(0, 100)}),
                                 device_queue("compute", {bar(20, 30), bar(30, 45), bar(60, 99)})}))
                .lanes.at(1);
        CHECK(compute.share == Approx(0.64));
        CHECK(compute.steady_share == Approx(25.0 / 40));
    }
    SECTION("bars that touch are rounds of their own") {
        CHECK(summary_of_lane({bar(0, 10), bar(10, 20)}).steady_share == Approx(1));
    }
    SECTION("one bar has no rounds") { CHECK(summary_of_lane({bar(0, 10)}).steady_share == 0); }
    SECTION("a bar without length begins none") {
        CHECK(summary_of_lane({bar(0, 10), bar(20, 30), bar(50, 50)}).steady_share == Approx(0.5));
    }
    SECTION("those who wait for a resource do not count") {
        const auto resource =
            summarize(
                recording({lane(TimelineLaneKind::resource, "h_in",
                                {waiting(0, 90), bar(10, 20), bar(60, 70), waiting(80, 90)})}))
                .lanes.at(0);
        CHECK(resource.steady_share == Approx(0.2));
    }
}

TEST_CASE("a resource is busy while it is held, not while it is waited for") {
    const auto summary = summarize(recording(
        {lane(TimelineLaneKind::resource, "h_in",
              {waiting(0, 10), bar(0, 20), waiting(5, 30), bar(40, 50), waiting(90, 100)})}));
    const TimelineSummary::Lane& resource = summary.lanes.at(0);
    CHECK(resource.busy == nanoseconds{30});
    CHECK(resource.waited == nanoseconds{40});
    CHECK(resource.gaps == 1);
    CHECK(resource.longest_gap == nanoseconds{20});
}

TEST_CASE("the summary keeps the lanes of the recording and what they are") {
    auto queue = device_queue("upload", {bar(0, 1)});
    const auto summary =
        summarize(recording({lane(TimelineLaneKind::host, "host", {}),
                             lane(TimelineLaneKind::spans, "process", {bar(0, 1)}), queue,
                             lane(TimelineLaneKind::queue, "download", {bar(0, 1)}),
                             lane(TimelineLaneKind::thread, "pool 1", {bar(0, 1)}),
                             lane(TimelineLaneKind::resource, "h_in", {bar(0, 1)})}));
    REQUIRE(summary.lanes.size() == 6);
    CHECK(summary.lanes[0].kind == TimelineLaneKind::host);
    CHECK(summary.lanes[1].kind == TimelineLaneKind::spans);
    CHECK(summary.lanes[1].name == "process");
    CHECK(summary.lanes[2].device_time);
    CHECK(summary.lanes[2].name == "upload");
    CHECK_FALSE(summary.lanes[3].device_time);
    CHECK(summary.lanes[4].kind == TimelineLaneKind::thread);
    CHECK(summary.lanes[5].kind == TimelineLaneKind::resource);
}

TEST_CASE("busy time and gaps are those that a count of each nanosecond gives") {
    constexpr std::uint64_t seed = 20'260'101;
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        std::vector<TimelineBar> bars;
        std::vector<char> busy(100, 0);
        for (auto count = random() % 12; count != 0; --count) {
            const auto begin = static_cast<std::int64_t>(random() % 90);
            const auto end = begin + static_cast<std::int64_t>(random() % 11);
            bars.push_back(bar(begin, end));
            std::fill(busy.begin() + begin, busy.begin() + end, 1);
        }
        std::ranges::sort(bars, {},
                          [](const TimelineBar& each) { return std::pair{each.begin, each.end}; });
        const auto summary = summary_of_lane(bars);

        const std::string map{busy.begin(), busy.end()};
        const std::size_t first = map.find('\1');
        std::size_t gaps = 0;
        std::size_t longest = 0;
        for (std::size_t begin = map.find('\0', first); begin < map.size();) {
            const std::size_t end = map.find('\1', begin);
            if (end == std::string::npos) {
                break;
            }
            ++gaps;
            longest = std::max(longest, end - begin);
            begin = map.find('\0', end);
        }
        REQUIRE(summary.busy.count() == std::ranges::count(busy, 1));
        REQUIRE(summary.gaps == gaps);
        REQUIRE(summary.longest_gap == nanoseconds{longest});
    }
}

// ---- what is counted ----------------------------------------------------------------------------

TEST_CASE("what comes before the first chunk and after the last one does not count") {
    auto data = recording(
        {lane(TimelineLaneKind::host, "host", {bar(0, 480), bar(500, 510, 0), bar(700, 900)}),
         device_queue("compute", {bar(490, 530), bar(530, 600, 1), bar(600, 650, 0)}),
         lane(TimelineLaneKind::resource, "h_in", {bar(400, 800, 0)})});
    data.length = 1000;
    const auto summary = summarize(data);
    CHECK(summary.recorded == nanoseconds{1000});
    CHECK(summary.from == nanoseconds{500});
    CHECK(summary.length == nanoseconds{150});
    CHECK(summary.lanes.at(0).busy == nanoseconds{10});
    CHECK(summary.lanes.at(1).busy == nanoseconds{150});
    CHECK(summary.lanes.at(1).share == Approx(1));
    CHECK(summary.lanes.at(2).share == Approx(1));
}

TEST_CASE("without chunks all of the recording counts") {
    auto data = recording({device_queue("compute", {bar(10, 30), bar(80, 90)})});
    data.length = 120;
    const auto summary = summarize(data);
    CHECK(summary.from == nanoseconds{0});
    CHECK(summary.length == nanoseconds{120});
    CHECK(summary.lanes.at(0).share == Approx(0.25));
    CHECK(summary.latency.chunks == 0);
    CHECK(has_line(summary.text(), "120 ns without chunks"));
}

// ---- which lane limits, and how they overlap ----------------------------------------------------

TEST_CASE("the lane that does most of the work is the critical one") {
    const auto summary = summarize(three_stages(10));
    // 0 to 43 ms: upload 20, compute 40, download 10.
    CHECK(summary.length == nanoseconds{43 * ms});
    REQUIRE(summary.critical == 1);
    REQUIRE(summary.next == 0);
    CHECK(summary.lanes[1].share == Approx(40.0 / 43));
    CHECK(summary.overlap == Approx(70.0 / 43));
    CHECK(summary.ideal_overlap == Approx(70.0 / 40));
    const std::string text = summary.text();
    CAPTURE(text);
    CHECK(has_line(
        text, "compute is busy 93 %: the pipeline is limited by it; the next is upload at 47 %."));
    CHECK(has_line(text,
                   "On average 1.63 lanes were at work at one time; 1.75 would be if compute never "
                   "paused."));
}

TEST_CASE("only the host, queues and threads can be the critical lane") {
    const auto critical_of = [](TimelineLaneKind kind) {
        return summarize(recording({lane(kind, "long", {bar(0, 100)}),
                                    device_queue("short", {bar(0, 10)})}))
            .critical;
    };
    CHECK(critical_of(TimelineLaneKind::host) == 0);
    CHECK(critical_of(TimelineLaneKind::queue) == 0);
    CHECK(critical_of(TimelineLaneKind::thread) == 0);
    CHECK(critical_of(TimelineLaneKind::spans) == 1);
    CHECK(critical_of(TimelineLaneKind::resource) == 1);
}

TEST_CASE("only the host, queues and threads overlap") {
    const auto summary = summarize(recording(
        {lane(TimelineLaneKind::host, "host", {bar(0, 20)}),
         lane(TimelineLaneKind::spans, "span", {bar(0, 100)}), device_queue("queue", {bar(0, 50)}),
         lane(TimelineLaneKind::thread, "pool", {bar(0, 30)}),
         lane(TimelineLaneKind::resource, "r", {bar(0, 90)})}));
    CHECK(summary.overlap == Approx(1.0));
    CHECK(summary.ideal_overlap == Approx(2.0));
}

TEST_CASE("of lanes that are as busy the first is critical and the second is next") {
    const auto summary = summarize(
        recording({device_queue("idle", {}), device_queue("first", {bar(0, 10)}),
                   device_queue("short", {bar(0, 5)}), device_queue("second", {bar(5, 15)})}));
    CHECK(summary.critical == 1);
    CHECK(summary.next == 3);
}

TEST_CASE("a lane that is idle is neither critical nor next") {
    const auto summary = summarize(
        recording({lane(TimelineLaneKind::host, "host", {}), device_queue("one", {bar(0, 10)})}));
    CHECK(summary.critical == 1);
    CHECK_FALSE(summary.next);
    CHECK(has_line(summary.text(), "one is busy 100 %: the pipeline is limited by it."));
}

TEST_CASE("a short run is not said to wait when it only fills and drains") {
    const auto summary = summarize(three_stages(3));
    // 0 to 15 ms: compute 12.
    CHECK(summary.lanes.at(1).share == Approx(12.0 / 15));
    CHECK(has_line(
        summary.text(),
        "compute is busy 80 %: the pipeline is limited by it; the next is upload at 40 %."));

    const std::string shorter = summarize(three_stages(2)).text();
    CAPTURE(shorter);
    CHECK(has_line(shorter,
                   "compute is busy 73 %, and 100 % without filling and draining: the pipeline is "
                   "limited by it; the next is upload at 36 %."));
}

TEST_CASE("when nothing is busy for most of the time the pipeline waits") {
    const std::string text =
        summarize(recording({device_queue("upload", {bar(0, 20, 0), bar(100, 120, 1)}),
                             device_queue("compute", {bar(20, 90, 0), bar(120, 190, 1)}),
                             device_queue("download", {bar(90, 100, 0), bar(190, 200, 1)})}))
            .text();
    CAPTURE(text);
    CHECK(has_line(text,
                   "Nothing is busy more than 70 % (compute): the pipeline waits, for hand-overs, "
                   "for latency or for work; the next is upload at 20 %."));
}

TEST_CASE("the resource that is waited for longest is named") {
    const std::string text =
        summarize(recording({device_queue("compute", {bar(0, 1, 0), bar(999, 1000, 1)}),
                             lane(TimelineLaneKind::resource, "h_in",
                                  {bar(0, 900, 0), waiting(100, 200, 1), waiting(150, 300, 1)}),
                             lane(TimelineLaneKind::resource, "d_in",
                                  {waiting(0, 50, 0), bar(50, 1000, 0), waiting(500, 750, 1)}),
                             lane(TimelineLaneKind::resource, "free", {bar(0, 1000, 0)})}))
            .text();
    CAPTURE(text);
    CHECK(has_line(text,
                   "d_in is the resource that is waited for longest: 30 % of the time; it is held "
                   "95 %."));
    CHECK(has_line(text,
                   "Nothing is busy even 1 % (compute): the pipeline waits, for hand-overs, for "
                   "latency or for work."));
    CHECK(summarize(three_stages(3)).text().find("waited for") == std::string::npos);
}

TEST_CASE("a part that is as long as the recording when both are rounded is not told of") {
    TimelineData data = three_stages(10);
    data.length += 1 * us;
    CHECK(has_line(summarize(data).text(), "43 ms with 10 chunks, one every 4.3 ms"));
}

TEST_CASE("of a single chunk nothing is concluded about the pipeline") {
    const std::string text = summarize(three_stages(1)).text();
    CAPTURE(text);
    CHECK(has_line(text, "7 ms with 1 chunk"));
    CHECK(has_line(text,
                   "compute is the busiest, 57 %: one chunk alone overlaps with no other; the next "
                   "is upload at 29 %."));
    CHECK(has_line(text, "The chunk took 7 ms."));
}

// ---- latency ------------------------------------------------------------------------------------

TEST_CASE("a chunk lasts from its first bar to its last one, wherever they are") {
    const auto summary = summarize(recording(
        {lane(TimelineLaneKind::host, "host", {bar(10, 12, 0), bar(50, 51, 1)}),
         lane(TimelineLaneKind::spans, "process", {bar(52, 300, 1)}),
         device_queue("compute", {bar(12, 40, 0), bar(60, 70, 1)}),
         lane(TimelineLaneKind::thread, "pool", {bar(40, 110, 0)}),
         lane(TimelineLaneKind::resource, "h_in", {waiting(0, 10, 0), bar(10, 1000, 1)})}));
    CHECK(summary.latency.chunks == 2);
    CHECK(summary.latency.median == nanoseconds{100});
    CHECK(summary.latency.longest == nanoseconds{250});
}

TEST_CASE("percentiles are latencies that occurred, by nearest rank") {
    SECTION("of one") {
        const auto latency = latency_of({7});
        CHECK(latency.median == nanoseconds{7});
        CHECK(latency.percentile_90 == nanoseconds{7});
        CHECK(latency.percentile_99 == nanoseconds{7});
        CHECK(latency.longest == nanoseconds{7});
    }
    SECTION("of two") {
        const auto latency = latency_of({9, 3});
        CHECK(latency.median == nanoseconds{3});
        CHECK(latency.percentile_90 == nanoseconds{9});
    }
    SECTION("of ten") {
        const auto latency = latency_of({10, 1, 9, 2, 8, 3, 7, 4, 6, 5});
        CHECK(latency.chunks == 10);
        CHECK(latency.median == nanoseconds{5});
        CHECK(latency.percentile_90 == nanoseconds{9});
        CHECK(latency.percentile_99 == nanoseconds{10});
        CHECK(latency.longest == nanoseconds{10});
    }
    SECTION("of eleven") {
        const auto latency = latency_of({11, 10, 1, 9, 2, 8, 3, 7, 4, 6, 5});
        CHECK(latency.median == nanoseconds{6});
        CHECK(latency.percentile_90 == nanoseconds{10});
    }
    SECTION("of two hundred") {
        std::vector<std::int64_t> lengths;
        for (std::int64_t length = 200; length != 0; --length) {
            lengths.push_back(length);
        }
        const auto latency = latency_of(lengths);
        CHECK(latency.median == nanoseconds{100});
        CHECK(latency.percentile_90 == nanoseconds{180});
        CHECK(latency.percentile_99 == nanoseconds{198});
        CHECK(latency.longest == nanoseconds{200});
    }
}

// ---- the text -----------------------------------------------------------------------------------

TEST_CASE("the text is a table of the lanes and what follows from it") {
    auto data = recording(
        {lane(TimelineLaneKind::host, "host",
              {bar(0, 900 * us), bar(1 * ms, 1 * ms + 500 * us, 0),
               bar(6 * ms, 6 * ms + 500 * us, 1)}),
         lane(TimelineLaneKind::spans, "process \u00B5", {bar(1 * ms, 9 * ms, 0)}),
         device_queue("compute", {bar(1 * ms, 5 * ms, 0), bar(5 * ms + 200 * us, 9 * ms, 1),
                                  bar(10 * ms, 11 * ms, 1)}),
         lane(TimelineLaneKind::queue, "download", {bar(9 * ms, 10 * ms, 1)}),
         lane(TimelineLaneKind::resource, "h_in",
              {waiting(0, 2 * ms, 0), bar(2 * ms, 6 * ms, 0)})});
    data.length = 12 * ms;
    CHECK(summarize(data).text() ==
          "10 ms with 2 chunks, one every 5 ms (of 12 ms that were recorded, from 1 ms on)\n"
          "\n"
          "lane       kind        busy  share  steady  gaps    idle  longest      at  waited for\n"
          "host       host        1 ms   10 %    10 %     1  4.5 ms   4.5 ms  1.5 ms\n"
          "process \u00B5  spans       8 ms   80 %             0\n"
          "compute    queue     8.8 ms   88 %    87 %     2  1.2 ms     1 ms    9 ms\n"
          "download   queue *     1 ms   10 %             0\n"
          "h_in       resource    4 ms   40 %             0                                 1 ms\n"
          "\n"
          "compute is busy 88 %: the pipeline is limited by it; the next is host at 10 %.\n"
          "h_in is the resource that is waited for longest: 10 % of the time; it is held 40 %.\n"
          "On average 1.08 lanes were at work at one time; 1.23 would be if compute never paused.\n"
          "A chunk took 5.8 ms (median); 90 % took at most 8 ms, 99 % at most 8 ms, the longest "
          "8 ms.\n"
          "* timed by the host, from submission to completion: what waits in the queue counts as "
          "busy.\n");
}

TEST_CASE("names with control characters stay in their line of the table") {
    const std::string text =
        summarize(recording({device_queue("a\nb\tc\x1B[2J", {bar(0, 10)})})).text();
    CAPTURE(text);
    CHECK(lines_of(text).size() == 6);
    CHECK(text.find('\x1B') == std::string::npos);
    CHECK(text.find("a?b?c?[2J  queue") != std::string::npos);
}

TEST_CASE("lost events are told of") {
    auto data = three_stages(10);
    CHECK(summarize(data).text().find("lost") == std::string::npos);
    data.lost = 1234;
    CHECK(summarize(data).lost == 1234);
    CHECK(has_line(summarize(data).text(),
                   "1234 events were lost: this is about the newest, and what began before them "
                   "looks shorter than it was."));
    data.lost = 1;
    CHECK(summarize(data).text().find("\n1 event was lost: ") != std::string::npos);
}

TEST_CASE("there is a summary of a recording in which nothing lasted") {
    SECTION("without lanes") {
        CHECK(summarize({}).text() == "Nothing was recorded that lasted.\n");
        CHECK_FALSE(summarize({}).critical);
    }
    SECTION("with lanes that are empty") {
        const auto summary = summarize(
            recording({lane(TimelineLaneKind::host, "host", {}), device_queue("compute", {})}));
        CHECK(summary.lanes.size() == 2);
        CHECK(summary.text() == "Nothing was recorded that lasted.\n");
    }
    SECTION("with bars without length, of a chunk") {
        const auto summary = summarize(recording({device_queue("compute", {bar(5, 5, 0)})}));
        CHECK(summary.length == nanoseconds{0});
        CHECK(summary.lanes.at(0).share == 0);
        CHECK(summary.overlap == 0);
        CHECK(summary.latency.chunks == 1);
        CHECK(has_line(summary.text(), "No lane did any work."));
    }
    SECTION("with nothing but lost events") {
        TimelineData data;
        data.lost = 3;
        CHECK(summarize(data).text().find("3 events were lost") != std::string::npos);
    }
}
