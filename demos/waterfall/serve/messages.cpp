#include "serve/messages.hpp"

#include "common/colour_map.hpp"
#include "common/json_text.hpp"
#include "common/text_stream.hpp"
#include "serve/level.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace waterfall {
namespace {

constexpr int colours = 256;

template <class Number>
void put(std::array<std::byte, rows_header_size>& header, std::size_t place, Number number) {
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(header.data() + place, &number, sizeof number);
}

}  // namespace

std::string stream_message(const Options& options, std::string_view source, std::uint64_t session) {
    std::ostringstream text = common::text_stream();
    text.precision(std::numeric_limits<double>::max_digits10);
    text << R"({"type":"stream","session":")" << session << R"(","source":)"
         << common::json_text(source) << R"(,"centre":)" << options.centre << R"(,"sample_rate":)"
         << options.sample_rate << R"(,"channels":)" << options.channels << R"(,"row_samples":)"
         << options.channels * options.integrate << R"(,"db_floor":)" << level_floor
         << R"(,"db_step":)" << level_step;
    if (options.db_min) {
        text << R"(,"db_min":)" << *options.db_min;
    }
    if (options.db_max) {
        text << R"(,"db_max":)" << *options.db_max;
    }
    for (int i = 0; i < colours; ++i) {
        text << (i == 0 ? R"(,"colours":[)" : ",")
             << common::colour_of(static_cast<double>(i) / (colours - 1));
    }
    text << "]}";
    return std::move(text).str();
}

std::string status_message(const Figures& before, const Figures& now) {
    const double passed = std::max(now.seconds - before.seconds, 1e-3);
    std::ostringstream text = common::text_stream();
    text << R"({"type":"status","samples":)" << now.samples << R"(,"rate":)"
         << static_cast<double>(now.samples - before.samples) / passed << R"(,"lost":)"
         << now.input.lost << R"(,"disconnects":)" << now.input.disconnects << R"(,"fill":)"
         << now.input.fill << R"(,"input":)" << common::json_text(now.input.trouble)
         << R"(,"browsers":)" << now.browsers << R"(,"lanes":{)";
    for (std::size_t i = 0; i < now.lanes.size(); ++i) {
        const double busy_before = i < before.lanes.size() ? before.lanes[i].busy : 0;
        text << (i == 0 ? "" : ",") << common::json_text(now.lanes[i].name) << ':'
             << std::clamp((now.lanes[i].busy - busy_before) / passed, 0.0, 1.0);
    }
    text << "}}";
    return std::move(text).str();
}

std::array<std::byte, rows_header_size> rows_header(const LiveRows::Batch& batch,
                                                    std::size_t channels, std::uint64_t skipped) {
    std::array<std::byte, rows_header_size> header{};
    put(header, 0, static_cast<std::uint32_t>(batch.count));
    put(header, 4, static_cast<std::uint32_t>(channels));
    put(header, 8, batch.first);
    put(header, 16, batch.lost);
    put(header, 24, skipped);
    return header;
}

}  // namespace waterfall
