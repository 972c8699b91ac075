// A timeline as a page: its data is all of the recording, and it needs nothing from elsewhere. What
// its program draws has been looked at in a browser.

#include "src/timeline/timeline_writers.hpp"
#include "support/catch.hpp"
#include "support/timeline_data.hpp"
#include "support/xml.hpp"

#include <juggle/timeline/timeline_render_options.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

using juggle::TimelineLaneKind;
using juggle::TimelineRenderOptions;
using nlohmann::json;
using std::chrono::nanoseconds;
using support::bar;
using support::device_queue;
using support::lane;
using support::recording;
using support::TimelineBar;
using support::TimelineData;
using support::TimelineLane;
using support::waiting;

namespace {

std::string page_of(const TimelineData& data, const TimelineRenderOptions& picture = {}) {
    std::ostringstream out;
    juggle::detail::write_html(out, data, picture);
    return out.str();
}

/// What stands between these two, which occur once each.
std::string between(const std::string& page, std::string_view begin, std::string_view end) {
    const std::size_t from = page.find(begin);
    REQUIRE(from != std::string::npos);
    CHECK(page.find(begin, from + 1) == std::string::npos);
    const std::size_t to = page.find(end, from);
    REQUIRE(to != std::string::npos);
    return page.substr(from + begin.size(), to - from - begin.size());
}

json data_of(const std::string& page) {
    return json::parse(
        between(page, "<script type=\"application/json\" id=\"data\">", "</script>"));
}

struct PageBar {
    TimelineBar bar;
    std::size_t row;
};

/// As the page's program reads them.
std::vector<PageBar> bars_of(const json& data, const json& lane) {
    std::vector<PageBar> result;
    const json& numbers = lane.at("bars");
    std::int64_t begin = 0;
    for (std::size_t at = 0; at != numbers.size(); at += 6) {
        begin += numbers.at(at).get<std::int64_t>();
        TimelineBar one = bar(begin, begin + numbers.at(at + 1).get<std::int64_t>());
        one.what = data.at("whats").at(numbers.at(at + 2).get<std::size_t>());
        if (const auto chunk = numbers.at(at + 3).get<std::int64_t>(); chunk >= 0) {
            one.chunk = std::stoull(
                data.at("chunks").at(static_cast<std::size_t>(chunk)).get<std::string>());
        }
        one.task = numbers.at(at + 4);
        const auto row = numbers.at(at + 5).get<std::size_t>();
        one.waiting = (lane.at("rows").at(row).get<int>() & 1) != 0;
        result.push_back({one, row});
    }
    return result;
}

bool is_crowded(const json& lane, std::size_t row) {
    return (lane.at("rows").at(row).get<int>() & 2) != 0;
}

void check_same(const TimelineData& expected, const json& data) {
    REQUIRE(data.at("lanes").size() == expected.lanes.size());
    for (std::size_t index = 0; index != expected.lanes.size(); ++index) {
        const TimelineLane& wanted = expected.lanes[index];
        const json& found = data.at("lanes").at(index);
        CHECK(found.at("name") == wanted.name);
        const std::vector<PageBar> bars = bars_of(data, found);
        REQUIRE(bars.size() == wanted.bars.size());
        std::vector<std::int64_t> ends(found.at("rows").size(),
                                       std::numeric_limits<std::int64_t>::min());
        for (std::size_t one = 0; one != bars.size(); ++one) {
            const TimelineBar& is = bars[one].bar;
            const TimelineBar& was = wanted.bars[one];
            const bool same = is.begin == was.begin && is.end == was.end && is.what == was.what &&
                              is.chunk == was.chunk && is.task == was.task &&
                              is.waiting == was.waiting;
            if (!same) {
                FAIL("bar " << one << " of " << wanted.name << " is another one");
            }
            std::int64_t& end = ends.at(bars[one].row);
            if (was.begin < end && !is_crowded(found, bars[one].row)) {
                FAIL("bar " << one << " of " << wanted.name << " overlaps the one before");
            }
            end = was.end;
        }
    }
}

TimelineData some_recording(unsigned seed, int count) {
    std::mt19937 random{seed};
    const auto number = [&](std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>{0, most}(random);
    };
    std::vector<TimelineLane> lanes;
    for (const auto kind :
         {TimelineLaneKind::host, TimelineLaneKind::spans, TimelineLaneKind::queue,
          TimelineLaneKind::thread, TimelineLaneKind::resource}) {
        std::vector<TimelineBar> bars;
        std::int64_t begin = 0;
        for (int index = 0; index != count; ++index) {
            begin += number(1000);
            TimelineBar one =
                bar(begin, begin + number(3000), {}, "what " + std::to_string(number(3)));
            if (number(3) != 0) {
                one.chunk = static_cast<std::uint64_t>(number(count));
            }
            one.task = static_cast<std::uint64_t>(number(50));
            one.waiting = kind == TimelineLaneKind::resource && number(1) == 0;
            bars.push_back(one);
        }
        lanes.push_back(lane(kind, "lane " + std::to_string(lanes.size()), bars));
    }
    TimelineData data = recording(std::move(lanes));
    data.counters.push_back({"jobs", 4, {{5, 1}, {10, 4}, {17, 0}}});
    return data;
}

}  // namespace

TEST_CASE("a page has all bars of the recording, those of one row one after another") {
    const auto seed = GENERATE(1u, 2u, 3u);
    CAPTURE(seed);
    const TimelineData data = some_recording(seed, 300);
    const json found = data_of(page_of(data));
    CHECK(found.at("length") == data.length);
    check_same(data, found);
    const json counter = found.at("counters").at(0);
    CHECK(counter.at("name") == "jobs");
    CHECK(counter.at("capacity") == 4);
    CHECK(counter.at("levels") == json({5, 1, 5, 4, 7, 0}));
}

TEST_CASE("100,000 bars are some megabytes") {
    const TimelineData data = some_recording(7, 20'000);
    const std::string page = page_of(data);
    CHECK(page.size() < 6'000'000);
    check_same(data, data_of(page));
}

TEST_CASE("of more bars at once than a page has rows the rest is in one row that says so") {
    std::vector<TimelineBar> bars;
    for (std::int64_t index = 0; index != 40; ++index) {
        bars.push_back(bar(index, 1000 + index));
    }
    const TimelineData data = recording({lane(TimelineLaneKind::spans, "spans", bars)});
    const json found = data_of(page_of(data));
    check_same(data, found);
    CHECK(found.at("lanes").at(0).at("rows").size() == 25);
    CHECK(is_crowded(found.at("lanes").at(0), 24));
    CHECK_FALSE(is_crowded(found.at("lanes").at(0), 23));
}

TEST_CASE("large numbers arrive whole") {
    constexpr std::uint64_t large = std::numeric_limits<std::uint64_t>::max();
    const TimelineData data =
        recording({device_queue("q", {bar(0, 10, large), bar(10, 20, large - 1)})});
    check_same(data, data_of(page_of(data)));
}

TEST_CASE("a page starts with the part that is asked for, and has the rest too") {
    const TimelineData data = some_recording(1, 100);
    TimelineRenderOptions picture;
    picture.from = nanoseconds{1000};
    picture.length = nanoseconds{500};
    picture.resources = true;
    picture.row_height = 30;
    const json found = data_of(page_of(data, picture));
    CHECK(found.at("from") == 1000);
    CHECK(found.at("to") == 1500);
    CHECK(found.at("resources") == 1);
    CHECK(found.at("rowHeight") == 30);
    check_same(data, found);
    const json whole = data_of(page_of(data));
    CHECK(whole.at("from") == 0);
    CHECK(whole.at("to") == data.length);
    CHECK(whole.at("resources") == 0);
}

TEST_CASE("a page needs nothing from elsewhere, and may not load it") {
    std::string page = page_of(some_recording(1, 10));
    CHECK(page.find("content=\"default-src 'none'; style-src 'unsafe-inline'; "
                    "script-src 'unsafe-inline'\"") != std::string::npos);
    // The name of SVG's language is no address that is looked up.
    const std::string svg = "http://www.w3.org/2000/svg";
    page.replace(page.find(svg), svg.size(), "");
    for (const char* loads : {"http:", "https:", "src=", "href=", "@import", "url(h", "fetch("}) {
        CAPTURE(loads);
        CHECK(page.find(loads) == std::string::npos);
    }
}

TEST_CASE("a browser without scripts gets the picture") {
    const TimelineData data = some_recording(1, 10);
    TimelineRenderOptions picture;
    picture.title = "a <run>";
    std::ostringstream svg;
    juggle::detail::write_svg(svg, data, picture);
    const std::string page = page_of(data, picture);
    CHECK(between(page, "<noscript>\n", "</noscript>") == svg.str());
    CHECK(page.find("<title>a &lt;run&gt;</title>") != std::string::npos);
    CHECK(page.find("<h1>a &lt;run&gt;</h1>") != std::string::npos);
}

TEST_CASE("what the program is called cannot end the page's script, or be one") {
    const std::string name = "</script><script>alert(1)</script><!-- \"\\ \n\x01";
    TimelineData data = recording({device_queue(name, {bar(0, 10, 1, name)})});
    data.counters.push_back({name, 0, {}});
    TimelineRenderOptions picture;
    picture.title = name;
    const std::string page = page_of(data, picture);
    check_same(data, data_of(page));
    CHECK(data_of(page).at("counters").at(0).at("name") == name);
    std::size_t scripts = 0;
    for (std::size_t at = 0; (at = page.find("<script", at)) != std::string::npos; ++at) {
        ++scripts;
    }
    CHECK(scripts == 2);
    CHECK(page.find("<!--") == std::string::npos);
}

TEST_CASE("names that are no text are valid in a page") {
    const std::string bad = "\xFF\xC3(\xED\xA0\x80";
    const json found = data_of(page_of(recording({device_queue(bad, {bar(0, 10)})})));
    const std::string r = "\xEF\xBF\xBD";
    CHECK(found.at("lanes").at(0).at("name") == r + r + "(" + r + r + r);
}

TEST_CASE("a page of nothing is a page, and tells what was lost") {
    TimelineData data;
    data.lost = 7;
    const json found = data_of(page_of(data));
    CHECK(found.at("lanes").empty());
    CHECK(found.at("lost") == 7);
    CHECK(found.at("to") == 1);
}

TEST_CASE("of what no picture can be made there is no page either") {
    TimelineRenderOptions picture;
    picture.width = -1;
    std::ostringstream out;
    CHECK_THROWS_AS(juggle::detail::write_html(out, {}, picture), std::invalid_argument);
    CHECK(out.str().empty());
}
