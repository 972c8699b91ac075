#include "support/catch.hpp"
#include "waterfall/serve/messages.hpp"

#include <cstdint>
#include <cstring>
#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

using nlohmann::json;
using waterfall::Figures;
using waterfall::LiveRows;
using waterfall::Options;

namespace {

template <class Number>
Number number_at(const std::array<std::byte, waterfall::rows_header_size>& header,
                 std::size_t place) {
    Number number{};
    std::memcpy(&number, header.data() + place, sizeof number);
    return number;
}

}  // namespace

TEST_CASE("The first message says what the rows are") {
    Options options;
    options.centre = 1090e6 + 0.125;
    options.sample_rate = 2.4e6;
    options.channels = 512;
    options.integrate = 3;
    options.db_max = -12.5;
    const json message = json::parse(waterfall::stream_message(options, "caf\xe9 \"1\"", 17));
    CHECK(message["type"] == "stream");
    CHECK(message["session"] == "17");
    CHECK(message["source"] == "caf? \"1\"");
    CHECK(message["centre"] == 1090e6 + 0.125);
    CHECK(message["sample_rate"] == 2.4e6);
    CHECK(message["channels"] == 512);
    CHECK(message["row_samples"] == 3 * 512);
    CHECK(message["db_floor"] == -120);
    CHECK(message["db_step"] == 0.5);
    CHECK_FALSE(message.contains("db_min"));
    CHECK(message["db_max"] == -12.5);
    REQUIRE(message["colours"].size() == 256);
    CHECK(message["colours"][0] == 0x440154);
    CHECK(message["colours"][255] == 0xfde725);
}

TEST_CASE("The status tells what was done since the last one") {
    Figures before;
    before.seconds = 10;
    before.samples = 1000;
    before.lanes = {{.name = "compute", .busy = 1}, {.name = "write", .busy = 0}};
    Figures now = before;
    now.seconds = 12;
    now.samples = 5000;
    now.input = {.lost = 7, .disconnects = 2, .fill = 0.25, .trouble = "radio:1: refused"};
    now.browsers = 3;
    now.lanes = {{.name = "compute", .busy = 2.5}, {.name = "write", .busy = 9}};
    const json message = json::parse(status_message(before, now));
    CHECK(message["type"] == "status");
    CHECK(message["samples"] == 5000);
    CHECK(message["rate"] == 2000);
    CHECK(message["lost"] == 7);
    CHECK(message["disconnects"] == 2);
    CHECK(message["fill"] == 0.25);
    CHECK(message["input"] == "radio:1: refused");
    CHECK(message["browsers"] == 3);
    CHECK(message["lanes"]["compute"] == 0.75);
    CHECK(message["lanes"]["write"] == 1);  // and not more
}

TEST_CASE("The first status has no time that has passed") {
    const json message = json::parse(waterfall::status_message({}, {}));
    CHECK(message["rate"] == 0);
    CHECK(message["lanes"].empty());
}

TEST_CASE("Rows travel behind their numbers, little-endian") {
    LiveRows::Batch batch;
    batch.first = 0x0102030405060708;
    batch.count = 9;
    batch.lost = 10;
    const auto header = waterfall::rows_header(batch, 256, 11);
    CHECK(number_at<std::uint32_t>(header, 0) == 9);
    CHECK(number_at<std::uint32_t>(header, 4) == 256);
    CHECK(number_at<std::uint64_t>(header, 8) == 0x0102030405060708);
    CHECK(number_at<std::uint64_t>(header, 16) == 10);
    CHECK(number_at<std::uint64_t>(header, 24) == 11);
    CHECK(header[8] == std::byte{8});
}

TEST_CASE("A browser may ask for more and nothing else") {
    using waterfall::asks_for_more;
    CHECK(asks_for_more("more"));
    for (const char* message : {"", "More", "more ", "mor", "{}"}) {
        CHECK_FALSE(asks_for_more(message));
    }
    CHECK(std::string("more").size() <= waterfall::max_browser_message);
}

TEST_CASE("The figures are a page for Prometheus") {
    Figures figures;
    figures.samples = 3'000'000'000;
    figures.input.lost = 5;
    figures.input.fill = 0.5;
    figures.lanes = {{.name = "compute", .busy = 1.5}};
    std::ostringstream page;
    figures.write_prometheus(page);
    for (const char* line :
         {"# TYPE waterfall_samples_total counter", "waterfall_samples_total 3000000000",
          "waterfall_lost_samples_total 5", "waterfall_input_fill_ratio 0.5",
          "waterfall_lane_busy_seconds_total{lane=\"compute\"} 1.5"}) {
        CHECK_THAT(page.str(), Catch::Contains(line + std::string("\n")));
    }
}
