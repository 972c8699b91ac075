// A timeline as a picture: it is read again, and what it says is compared with what was recorded.

#include "src/timeline/timeline_writers.hpp"
#include "support/catch.hpp"
#include "support/timeline_data.hpp"
#include "support/xml.hpp"

#include <juggle/timeline/timeline_render_options.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <locale>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using juggle::TimelineLaneKind;
using juggle::TimelineRenderOptions;
using std::chrono::nanoseconds;
using support::bar;
using support::device_queue;
using support::lane;
using support::recording;
using support::TimelineBar;
using support::TimelineData;
using support::TimelineLane;
using support::waiting;
using support::XmlElement;
using support::XmlReader;

namespace {

constexpr std::int64_t ms = 1'000'000;

std::string text_of(const TimelineData& data, const TimelineRenderOptions& picture = {}) {
    std::ostringstream out;
    juggle::detail::write_svg(out, data, picture);
    return out.str();
}

XmlElement picture_of(const TimelineData& data, const TimelineRenderOptions& picture = {}) {
    return XmlReader::read(text_of(data, picture));
}

bool says(const XmlElement& element, const std::string& words) {
    return element.text.find(words) != std::string::npos ||
           std::ranges::any_of(element.children,
                               [&](const XmlElement& child) { return says(child, words); });
}

/// Where a time is to be, in pixels.
double place(const XmlElement& svg, std::int64_t time) {
    return svg.number("data-left") + static_cast<double>(time - svg.integer("data-from")) *
                                         svg.number("data-plot") /
                                         static_cast<double>(svg.integer("data-length"));
}

bool is_near(double a, double b, double distance = 0.02) { return std::abs(a - b) <= distance; }

double right_of(const XmlElement& rect) { return rect.number("x") + rect.number("width"); }

/// By row, from above.
std::map<double, std::vector<XmlElement>> rows_of(const XmlElement& lane) {
    std::map<double, std::vector<XmlElement>> rows;
    for (const XmlElement& one : lane.all("bar")) {
        rows[one.number("y")].push_back(one);
    }
    return rows;
}

/// Three chunks through three stages, and the host that fills them.
TimelineData pipeline() {
    std::vector<TimelineBar> host, upload, compute, download;
    for (std::int64_t chunk = 0; chunk != 3; ++chunk) {
        const std::int64_t begin = chunk * 40 * ms;
        const auto number = static_cast<std::uint64_t>(chunk);
        host.push_back(bar(begin, begin + 10 * ms, {}, "fill"));
        upload.push_back(bar(begin + 10 * ms, begin + 30 * ms, number, "write buffer"));
        compute.push_back(bar(begin + 30 * ms, begin + 70 * ms, number, "triple"));
        download.push_back(bar(begin + 70 * ms, begin + 80 * ms, number, "read buffer"));
    }
    return recording({lane(TimelineLaneKind::host, "host", host), device_queue("upload", upload),
                      device_queue("compute", compute), device_queue("download", download)});
}

/// One after another, each of this length with this much behind it.
TimelineLane dense(std::size_t count, std::int64_t length, std::int64_t gap, std::uint64_t chunks) {
    std::vector<TimelineBar> bars;
    for (std::size_t index = 0; index != count; ++index) {
        const std::int64_t begin = static_cast<std::int64_t>(index) * (length + gap);
        bars.push_back(bar(begin, begin + length, index % chunks));
    }
    return device_queue("compute", std::move(bars));
}

std::int64_t count_of(const std::vector<XmlElement>& bars) {
    std::int64_t count = 0;
    for (const XmlElement& one : bars) {
        count += one.has("data-merged") ? one.integer("data-merged") : 1;
    }
    return count;
}

std::int64_t busy_of(const std::vector<XmlElement>& bars) {
    std::int64_t busy = 0;
    for (const XmlElement& one : bars) {
        busy += one.integer(one.has("data-merged") ? "data-busy" : "data-length");
    }
    return busy;
}

}  // namespace

TEST_CASE("a picture has the recording's lanes in their order, and each bar in its place") {
    const TimelineData data = pipeline();
    const XmlElement svg = picture_of(data);
    CHECK(svg.name == "svg");
    CHECK(svg.integer("data-from") == 0);
    CHECK(svg.integer("data-length") == data.length);
    const std::vector<XmlElement> lanes = svg.all("lane");
    REQUIRE(lanes.size() == data.lanes.size());
    double above = 0;
    for (std::size_t index = 0; index != lanes.size(); ++index) {
        const TimelineLane& expected = data.lanes[index];
        CAPTURE(expected.name);
        CHECK(lanes[index].at("data-name") == expected.name);
        CHECK(lanes[index].at("data-kind") == (index == 0 ? "host" : "queue"));
        CHECK(lanes[index].all("name").at(0).text == expected.name);
        const std::vector<XmlElement> bars = lanes[index].all("bar");
        REQUIRE(bars.size() == expected.bars.size());
        for (std::size_t one = 0; one != bars.size(); ++one) {
            const TimelineBar& wanted = expected.bars[one];
            CHECK(bars[one].integer("data-begin") == wanted.begin);
            CHECK(bars[one].integer("data-length") == wanted.length());
            CHECK(bars[one].has("data-chunk") == wanted.chunk.has_value());
            if (wanted.chunk) {
                CHECK(bars[one].at("data-chunk") == std::to_string(*wanted.chunk));
            }
            CHECK(is_near(bars[one].number("x"), place(svg, wanted.begin)));
            // A little is left out between neighbours.
            CHECK(is_near(right_of(bars[one]), place(svg, wanted.end) - 0.3, 0.35));
            CHECK(bars[one].number("y") > above);
        }
        above = bars.back().number("y") + bars.back().number("height") - 0.5;
    }
}

TEST_CASE("a picture says how busy each lane was, and which one most of the time") {
    const XmlElement svg = picture_of(pipeline());  // of 160 ms
    const std::vector<XmlElement> lanes = svg.all("lane");
    CHECK(is_near(lanes.at(0).number("data-busy"), 30.0 / 160, 1e-4));
    CHECK(is_near(lanes.at(2).number("data-busy"), 120.0 / 160, 1e-4));
    CHECK(lanes.at(2).all("share").at(0).text == "75 %");
    CHECK(says(svg, "160 ms, 12 bars; the busiest lane is compute with 75 %"));
}

TEST_CASE("a lane's busy share counts time once, and no time of waiting") {
    const XmlElement svg = picture_of(
        recording({lane(TimelineLaneKind::spans, "spans",
                        {bar(0, 50), bar(20, 40), bar(30, 60), bar(90, 100)}),
                   lane(TimelineLaneKind::queue, "nearly", {bar(0, 99'999), waiting(0, 100'000)}),
                   lane(TimelineLaneKind::queue, "hardly", {bar(0, 1)})}));
    const auto share = [&](std::size_t index) {
        return svg.all("lane").at(index).all("share").at(0).text;
    };
    CHECK(is_near(svg.all("lane").at(0).number("data-busy"), 70.0 / 100'000, 1e-4));
    CHECK(share(0) == "< 1 %");
    CHECK(share(1) == "99 %");
    CHECK(share(2) == "< 1 %");
}

TEST_CASE(
    "a chunk has one colour in all lanes, and others have others until the colours are over") {
    std::vector<TimelineBar> bars;
    for (std::uint64_t chunk = 0; chunk != 16; ++chunk) {
        const auto begin = static_cast<std::int64_t>(chunk) * ms;
        bars.push_back(bar(begin, begin + ms, chunk));
    }
    bars.push_back(bar(16 * ms, 17 * ms));  // of no chunk
    const XmlElement svg =
        picture_of(recording({device_queue("a", bars), device_queue("b", bars)}));
    const std::vector<XmlElement> a = svg.all("lane").at(0).all("bar");
    const std::vector<XmlElement> b = svg.all("lane").at(1).all("bar");
    REQUIRE(a.size() == 17);
    std::set<std::string> classes;
    for (std::size_t chunk = 0; chunk != 16; ++chunk) {
        CHECK(a[chunk].at("class") == b.at(chunk).at("class"));
        CHECK(a[chunk].at("class") == a[chunk % 8].at("class"));
        classes.insert(a[chunk].at("class"));
    }
    CHECK(classes.size() == 8);
    CHECK(a[16].at("class") == "bar");
    CHECK(says(svg, "of no chunk"));
}

TEST_CASE("the chunk's number stands in a bar that has room for it") {
    const XmlElement svg = picture_of(recording(
        {device_queue("compute", {bar(0, 50 * ms, 1234567), bar(50 * ms, 51 * ms, 7654321),
                                  bar(51 * ms, 100 * ms)})}));
    CHECK(says(svg.all("lane").at(0), "1234567"));
    std::vector<std::string> labels;
    for (const XmlElement& label : svg.all("label")) {
        labels.push_back(label.text);
    }
    CHECK(labels == std::vector<std::string>{"1234567", "work"});
}

TEST_CASE("pointing at a bar tells what it is") {
    TimelineBar copy = bar(1'234'567, 13'534'567, 3, "write buffer");
    copy.task = 17;
    const XmlElement svg =
        picture_of(recording({device_queue("upload", {copy, bar(20 * ms, 20'000'850)})}));
    const std::vector<XmlElement> bars = svg.all("bar");
    CHECK(bars.at(0).child("title").text ==
          "write buffer\nchunk 3, task 17\nfrom 1.23 ms, for 12.3 ms");
    CHECK(bars.at(1).child("title").text == "work\nfrom 20 ms, for 850 ns");
}

TEST_CASE(
    "lanes of resources are drawn if they are asked for, those who wait below those who hold") {
    const TimelineData data = recording({device_queue("upload", {bar(0, 100)}),
                                         lane(TimelineLaneKind::resource, "buffer",
                                              {bar(0, 40, 0), waiting(0, 40, 1), waiting(10, 80, 2),
                                               bar(40, 80, 1), bar(80, 100, 2)})});
    CHECK(picture_of(data).all("lane").size() == 1);
    TimelineRenderOptions picture;
    picture.lanes = {"upload", "buffer"};  // no others are in the data then
    CHECK(picture_of(data, picture).all("lane").size() == 2);
    picture.lanes.clear();
    picture.resources = true;
    const XmlElement svg = picture_of(data, picture);
    REQUIRE(svg.all("lane").size() == 2);
    const XmlElement resource = svg.all("lane")[1];
    CHECK(resource.at("data-kind") == "resource");
    const auto rows = rows_of(resource);
    REQUIRE(rows.size() == 3);
    CHECK(rows.begin()->second.size() == 3);
    for (const auto& [y, bars] : rows) {
        for (const XmlElement& one : bars) {
            CHECK(one.is("waiting") == (y != rows.begin()->first));
        }
    }
    CHECK(says(svg, "waits"));
}

TEST_CASE("bars that overlap have rows of their own, and bars of one row do not overlap") {
    const auto seed = GENERATE(1u, 2u, 3u);
    CAPTURE(seed);
    std::mt19937 random{seed};
    std::vector<TimelineBar> bars;
    for (int index = 0; index != 60; ++index) {
        const std::int64_t begin = std::uniform_int_distribution<std::int64_t>{0, 1000}(random);
        bars.push_back(
            bar(begin, begin + std::uniform_int_distribution<std::int64_t>{5, 60}(random)));
    }
    std::ranges::sort(bars, [](const TimelineBar& a, const TimelineBar& b) {
        return std::pair{a.begin, a.end} < std::pair{b.begin, b.end};
    });
    const XmlElement svg = picture_of(recording({lane(TimelineLaneKind::spans, "spans", bars)}));
    std::size_t found = 0;
    for (const auto& [y, row] : rows_of(svg.all("lane").at(0))) {
        for (std::size_t index = 1; index < row.size(); ++index) {
            CHECK(right_of(row[index - 1]) <= row[index].number("x") + 0.02);
            CHECK(row[index - 1].integer("data-begin") + row[index - 1].integer("data-length") <=
                  row[index].integer("data-begin"));
        }
        found += row.size();
    }
    CHECK(found == bars.size());
}

TEST_CASE("of more bars at once than there are rows the rest is one row, and the picture says so") {
    std::vector<TimelineBar> bars;
    for (std::int64_t index = 0; index != 20; ++index) {
        bars.push_back(bar(index, 1000 + index));
    }
    bars.push_back(bar(2000, 3000));
    const XmlElement svg = picture_of(recording({lane(TimelineLaneKind::spans, "spans", bars)}));
    const auto rows = rows_of(svg.all("lane").at(0));
    REQUIRE(rows.size() == 9);
    const std::vector<XmlElement>& last = rows.rbegin()->second;
    REQUIRE(last.size() == 1);
    CHECK(last[0].integer("data-merged") == 12);
    CHECK(last[0].integer("data-begin") == 8);
    CHECK(last[0].integer("data-length") == 1011);  // to the end of the last of them
    CHECK(last[0].integer("data-busy") == 1011);
    CHECK(svg.all("more").at(0).text == "+12 bars");
}

TEST_CASE("100,000 bars give a file of bounded size in which nothing is lost") {
    TimelineData data = recording({dense(100'000, 700, 300, 100'000), dense(100'000, 1000, 0, 3)});
    const std::string text = text_of(data);
    CHECK(text.size() < 1'000'000);
    const XmlElement svg = XmlReader::read(text);
    for (const XmlElement& each : svg.all("lane")) {
        const std::vector<XmlElement> bars = each.all("bar");
        CHECK(bars.size() <= 1000);
        CHECK(count_of(bars) == 100'000);
        CHECK(is_near(static_cast<double>(busy_of(bars)),
                      each.number("data-busy") * static_cast<double>(data.length), 1e-4 * 1e8));
        for (const XmlElement& one : bars) {
            CHECK(one.number("width") < 1.02);
        }
    }
    // As pale as it is idle.
    const XmlElement some = svg.all("lane")[0].all("bar").at(100);
    CHECK(is_near(some.number("opacity"), 0.25 + 0.75 * 0.7, 0.02));
    CHECK(says(svg, "narrower than 1 pixel"));
}

TEST_CASE("busy time is in its column of pixels") {
    // Busy for one half of the recording, then three quarters idle.
    std::vector<TimelineBar> bars;
    for (std::int64_t index = 0; index != 40'000; ++index) {
        const bool is_late = index >= 20'000;
        bars.push_back(bar(index * 1000, index * 1000 + (is_late ? 250 : 1000), 0));
    }
    TimelineData data = recording({device_queue("compute", bars)});
    data.length = 40'000'000;
    const XmlElement svg = picture_of(data);
    const double pixel = static_cast<double>(data.length) / svg.number("data-plot");
    std::int64_t early = 0;
    for (const XmlElement& one : svg.all("bar")) {
        const double end =
            static_cast<double>(one.integer("data-begin") + one.integer("data-length"));
        CHECK(std::abs(place(svg, one.integer("data-begin")) - one.number("x")) < 1);
        CHECK(end - static_cast<double>(one.integer("data-begin")) < 2 * pixel);
        if (one.integer("data-begin") < 20'000'000) {
            early += one.integer("data-busy");
        }
    }
    CHECK(is_near(static_cast<double>(early), 20e6, pixel));
}

TEST_CASE("idle time that is longer than a pixel is not drawn over") {
    // Groups of ten short bars, some five pixels apart.
    std::vector<TimelineBar> bars;
    for (std::int64_t group = 0; group != 100; ++group) {
        for (std::int64_t index = 0; index != 10; ++index) {
            const std::int64_t begin = group * 6'000 + index * 100;
            bars.push_back(bar(begin, begin + 50, 0));
        }
    }
    TimelineData data = recording({device_queue("compute", bars)});
    data.length = 600'000;
    const XmlElement svg = picture_of(data);
    const std::vector<XmlElement> drawn = svg.all("bar");
    CHECK(count_of(drawn) == 1000);
    for (std::int64_t group = 0; group != 99; ++group) {
        const double gap_begin = place(svg, group * 6'000 + 950) + 1;
        const double gap_end = place(svg, (group + 1) * 6'000) - 1;
        REQUIRE(gap_end - gap_begin > 3);
        for (const XmlElement& one : drawn) {
            const bool is_clear = right_of(one) <= gap_begin || one.number("x") >= gap_end;
            if (!is_clear) {
                FAIL("group " << group << " has something in its gap at " << one.number("x"));
            }
        }
    }
}

TEST_CASE("what is drawn for many bars does not overlap, whatever their lengths") {
    const auto seed = GENERATE(1u, 2u, 3u, 4u);
    CAPTURE(seed);
    std::mt19937 random{seed};
    std::vector<TimelineBar> bars;
    std::int64_t time = 0;
    for (int index = 0; index != 5000; ++index) {
        time += std::uniform_int_distribution<std::int64_t>{0, 2000}(random);
        const bool is_long = index % 100 == 0;
        const std::int64_t end =
            time + std::uniform_int_distribution<std::int64_t>{0, is_long ? 90'000 : 900}(random);
        bars.push_back(bar(time, end, static_cast<std::uint64_t>(index)));
        time = end;
    }
    const XmlElement svg = picture_of(recording({device_queue("compute", bars)}));
    const std::vector<XmlElement> drawn = svg.all("bar");
    CHECK(count_of(drawn) == 5000);
    double drawn_to = 0;
    std::int64_t told_to = 0;
    for (const XmlElement& one : drawn) {
        CHECK(one.number("width") >= 0.2);
        CHECK(one.number("x") >= drawn_to - 0.02);
        CHECK(one.integer("data-begin") >= told_to);
        drawn_to = right_of(one);
        told_to = one.integer("data-begin") + one.integer("data-length");
    }
    CHECK(drawn_to <= svg.number("data-left") + svg.number("data-plot") + 0.3);
}

TEST_CASE("columns become wider where there are too many lanes for one pixel each") {
    std::vector<TimelineLane> lanes;
    for (int index = 0; index != 30; ++index) {
        lanes.push_back(dense(4000, 900, 100, 5));
    }
    const std::string text = text_of(recording(std::move(lanes)));
    CHECK(text.size() < 1'000'000);
    const XmlElement svg = XmlReader::read(text);
    CHECK(says(svg, "narrower than 8 pixels"));
    for (const XmlElement& each : svg.all("lane")) {
        CHECK(count_of(each.all("bar")) == 4000);
    }
}

TEST_CASE("a part of the recording is drawn as wide as the picture, and bars end at its border") {
    TimelineRenderOptions picture;
    picture.from = nanoseconds{20 * ms};
    picture.length = nanoseconds{40 * ms};  // to 60 ms
    const XmlElement svg = picture_of(pipeline(), picture);
    CHECK(svg.integer("data-from") == 20 * ms);
    CHECK(svg.integer("data-length") == 40 * ms);
    const std::vector<XmlElement> upload = svg.all("lane").at(1).all("bar");
    REQUIRE(upload.size() == 2);  // from 10 to 30 and from 50 to 70 ms, that from 90 on is not seen
    CHECK(is_near(upload[0].number("x"), svg.number("data-left")));
    CHECK(is_near(right_of(upload[0]), place(svg, 30 * ms) - 0.3, 0.35));
    CHECK(is_near(upload[1].number("x"), place(svg, 50 * ms)));
    CHECK(is_near(right_of(upload[1]), place(svg, 60 * ms) - 0.3, 0.35));
    // What it says of a bar is about all of it.
    CHECK(upload[0].integer("data-begin") == 10 * ms);
    CHECK(upload[0].integer("data-length") == 20 * ms);
    CHECK(is_near(svg.all("lane").at(1).number("data-busy"), 0.5, 1e-4));
    CHECK(svg.all("lane").at(3).all("bar").empty());
    CHECK(says(svg, "40 ms from 20 ms on, 4 bars"));
}

TEST_CASE("a part that is longer than the recording leaves room, so that pictures share a scale") {
    TimelineRenderOptions picture;
    picture.length = nanoseconds{320 * ms};
    const XmlElement svg = picture_of(pipeline(), picture);
    CHECK(svg.integer("data-length") == 320 * ms);
    CHECK(svg.all("lane").at(2).all("share").at(0).text == "38 %");
}

TEST_CASE("names may have any characters") {
    const std::string name = "a<b>&\"c\" 'd' ]]>";
    TimelineData data = recording({device_queue(name, {bar(0, 10, 1, "<what> & \xC2\xB5\n\"")})});
    data.counters.push_back({name, 2, {{0, 1}}});
    TimelineRenderOptions picture;
    picture.title = name;
    const XmlElement svg = picture_of(data, picture);
    CHECK(svg.at("aria-label") == name);
    CHECK(svg.all("title").at(0).text == name);
    CHECK(svg.all("lane").at(0).at("data-name") == name);
    CHECK(svg.all("counter").at(0).at("data-name") == name);
    CHECK(says(svg.all("bar").at(0).child("title"), "<what> & \xC2\xB5\n\""));
}

TEST_CASE("a name that is no text is drawn as far as it is") {
    constexpr char bytes[] =

        "\0 \x01\xFF \xC3( \xED\xA0\x80 \xEF\xBF\xBF ok \xF0\x9F\x98\x80 \xE2\x82";
    const std::string bad{bytes, sizeof bytes - 1};
    const XmlElement svg = picture_of(recording({device_queue(bad, {bar(0, 10)})}));
    const std::string r = "\xEF\xBF\xBD";
    CHECK(svg.all("lane").at(0).at("data-name") ==
          r + " " + r + r + " " + r + "( " + r + r + r + " " + r + " ok \xF0\x9F\x98\x80 " + r + r);
}

TEST_CASE("a long name is cut, and told in full") {
    const std::string name(300, 'n');
    const XmlElement svg = picture_of(recording({device_queue(name, {bar(0, 10)})}));
    const XmlElement shown = svg.all("name").at(0);
    CHECK(shown.text.size() < 60);
    CHECK(shown.text.ends_with("n\u2026"));
    CHECK(shown.child("title").text == name + ": commands, timed by the device");
    CHECK(svg.number("data-left") < 960 / 3.0);
}

TEST_CASE("a picture of nothing says that nothing was recorded") {
    CHECK(says(picture_of(TimelineData{}), "nothing was recorded"));
    CHECK_FALSE(says(picture_of(pipeline()), "nothing"));
    TimelineRenderOptions picture;
    picture.from = nanoseconds{1000 * ms};
    CHECK(says(picture_of(pipeline(), picture), "nothing in this part of the recording"));
    picture.from = nanoseconds::max();
    CHECK(says(picture_of(pipeline(), picture), "nothing in this part of the recording"));
}

TEST_CASE("a picture tells how many events were lost") {
    TimelineData data = pipeline();
    CHECK_FALSE(says(picture_of(data), "lost"));
    data.lost = 1234;
    CHECK(says(picture_of(data), "1234 events before these were lost"));
    TimelineRenderOptions picture;
    picture.bare = true;
    CHECK(says(picture_of(data, picture), "1234 events before these were lost"));
    data.lost = 1;
    CHECK(says(picture_of(data), "1 event before these was lost"));
}

TEST_CASE("a small picture has neither times nor legend") {
    TimelineRenderOptions picture;
    picture.title = "one at a time";
    picture.width = 400;
    picture.row_height = 14;
    const XmlElement large = picture_of(pipeline(), picture);
    picture.bare = true;
    const XmlElement small = picture_of(pipeline(), picture);
    CHECK(large.all("legend").size() == 1);
    CHECK(says(large, "100 ms"));
    CHECK(small.all("legend").empty());
    CHECK_FALSE(says(small, "100 ms"));
    CHECK(small.number("height") < large.number("height"));
    CHECK(small.integer("width") == 400);
    CHECK(small.all("title").at(0).text == "one at a time");
    CHECK(small.all("bar").size() == 12);
    CHECK(small.all("bar").at(0).number("height") == 14);
}

TEST_CASE("the axis has round times") {
    TimelineRenderOptions picture;
    picture.from = nanoseconds{1'000'070'000};
    picture.length = nanoseconds{700'000};
    const XmlElement svg = picture_of(recording({device_queue("q", {bar(0, 2000 * ms)})}), picture);
    std::vector<std::string> labels;
    const XmlElement axis = svg.all("axis").at(0);
    for (const XmlElement& child : axis.children) {
        if (child.name == "text") {
            labels.push_back(child.text);
            CHECK(is_near(child.number("x"), place(svg, std::llround(std::stod(child.text) * 1e9)),
                          0.1));
        }
    }
    CHECK(labels == std::vector<std::string>{"1.0001 s", "1.0002 s", "1.0003 s", "1.0004 s",
                                             "1.0005 s", "1.0006 s", "1.0007 s"});
}

TEST_CASE("a fill level is drawn as steps, beside its capacity") {
    TimelineData data = recording({device_queue("q", {bar(0, 100)})});
    data.counters.push_back({"jobs", 4, {{10, 1}, {20, 3}, {60, 0}}});
    data.counters.push_back({"free", 0, {{0, 7}}});
    TimelineRenderOptions picture;
    picture.row_height = 20;
    const XmlElement svg = picture_of(data, picture);
    REQUIRE(svg.all("counter").size() == 2);
    const XmlElement jobs = svg.all("counter")[0];
    CHECK(jobs.integer("data-capacity") == 4);
    CHECK(jobs.integer("data-highest") == 3);
    CHECK(jobs.all("share").at(0).text == "3 / 4");
    CHECK(svg.all("counter")[1].all("share").at(0).text == "7");
    const XmlElement track = jobs.all("track").at(0);
    const double floor = track.number("y") + track.number("height");
    CHECK(is_near(jobs.all("capacity").at(0).number("y1"), track.number("y")));
    // M x floor, then V level H time for each step, then down again.
    std::istringstream path{jobs.all("full").at(0).at("d")};
    const auto next = [&](char letter) {
        char found = 0;
        double value = 0;
        path >> found >> value;
        CHECK(found == letter);
        return value;
    };
    CHECK(is_near(next('M'), place(svg, 10)));
    double value = 0;
    path >> value;
    CHECK(is_near(value, floor));
    for (const auto& [level, until] : {std::pair{1, 20}, {3, 60}, {0, 100}}) {
        CHECK(is_near(next('V'), floor - level * track.number("height") / 4));
        CHECK(is_near(next('H'), place(svg, until)));
    }
    CHECK(is_near(next('V'), floor));
}

TEST_CASE("a level that swings within a pixel is drawn from the lowest to the highest") {
    TimelineData data = recording({device_queue("q", {bar(0, 1'000'000)})});
    data.counters.push_back({"jobs", 8, {}});
    for (std::int64_t time = 0; time < 1'000'000; time += 10) {
        data.counters[0].levels.push_back({time, time / 10 % 2 == 0 ? 2u : 6u});
    }
    const XmlElement svg = picture_of(data);
    const XmlElement jobs = svg.all("counter").at(0);
    const XmlElement track = jobs.all("track").at(0);
    const std::string full = jobs.all("full").at(0).at("d"),
                      swing = jobs.all("swing").at(0).at("d");
    CHECK(full.size() < 20'000);
    const auto level_of = [&](const std::string& path) {
        const std::size_t at = path.find('V', path.size() / 2);
        const double floor = track.number("y") + track.number("height");
        return (floor - std::stod(path.substr(at + 1))) * 8 / track.number("height");
    };
    CHECK(is_near(level_of(full), 2));
    CHECK(is_near(level_of(swing), 6));
}

TEST_CASE("values of which no picture can be made are named") {
    const auto with = [](auto change) {
        TimelineRenderOptions picture;
        change(picture);
        return picture;
    };
    const auto message = [](const TimelineRenderOptions& picture) -> std::string {
        std::ostringstream out;
        try {
            juggle::detail::write_svg(out, pipeline(), picture);
        } catch (const std::invalid_argument& error) {
            CHECK(out.str().empty());
            return error.what();
        }
        return "";
    };
    CHECK(message(with([](auto& p) { p.width = 0; })) ==
          "juggle: a timeline's picture has a width of 0; it must be at least 1");
    CHECK(message(with([](auto& p) { p.row_height = -3; })) ==
          "juggle: a timeline's picture has a row_height of -3; it must be at least 1");
    CHECK(message(with([](auto& p) { p.from = nanoseconds{-1}; })) ==
          "juggle: a timeline's picture has a from of -1 ns; it must not be negative");
    CHECK(message(with([](auto& p) { p.length = nanoseconds{0}; })) ==
          "juggle: a timeline's picture has a length of 0 ns; it must be positive");
    CHECK(message({}).empty());
}

TEST_CASE("a picture of any size can be made") {
    const TimelineData data = pipeline();
    for (const int width : {1, 20, 100'000, std::numeric_limits<int>::max()}) {
        for (const int row_height : {1, 1000}) {
            TimelineRenderOptions picture;
            picture.width = width;
            picture.row_height = row_height;
            const XmlElement svg = picture_of(data, picture);
            CHECK(svg.integer("width") == width);
            CHECK(count_of(svg.all("bar")) == 12);
        }
    }
}

TEST_CASE("times that no recording should have are drawn somewhere") {
    constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();
    TimelineRenderOptions picture;
    picture.from = nanoseconds{latest - 1000};
    picture.length = nanoseconds{latest - 1};
    const XmlElement late = picture_of(recording({device_queue("q", {bar(0, latest)})}), picture);
    CHECK(late.all("bar").size() == 1);
    // The device's clock may be a little off, and an end before its begin.
    TimelineData data = recording({device_queue("q", {bar(-50, 20), bar(40, 30), bar(50, 50)})});
    data.length = 100;
    const XmlElement svg = picture_of(data);
    const std::vector<XmlElement> bars = svg.all("bar");
    REQUIRE(bars.size() == 3);
    CHECK(is_near(bars[0].number("x"), svg.number("data-left")));
    CHECK(bars[1].number("width") > 0);
    CHECK(bars[2].number("width") > 0);
}

TEST_CASE("a picture is the same in every locale") {
    struct Commas : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\3"; }
    };
    const TimelineData data = recording({dense(5000, 700, 300, 3)});
    const std::string before = text_of(data);
    const std::locale old = std::locale::global(std::locale{std::locale::classic(), new Commas});
    const std::string with_commas = text_of(data);
    std::locale::global(old);
    CHECK(before == with_commas);
}
