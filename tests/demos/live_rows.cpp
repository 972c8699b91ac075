#include "waterfall/serve/live_rows.hpp"

#include "support/catch.hpp"
#include "waterfall/serve/level.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

using waterfall::level_of;
using waterfall::LiveRows;

namespace {

constexpr std::size_t channels = 4;

/// Of power 1, 10, 100 dB below, and so on: the level of row n is n % 100 + 100.
std::vector<float> rows(std::size_t first, std::size_t count) {
    std::vector<float> power;
    for (std::size_t row = first; row < first + count; ++row) {
        const double decibels =
            waterfall::level_floor + waterfall::level_step * static_cast<double>(row % 100 + 100);
        power.insert(power.end(), channels, static_cast<float>(std::pow(10, decibels / 10)));
    }
    return power;
}

void check(const LiveRows::Batch& batch, std::uint64_t first, std::uint64_t count) {
    CHECK(batch.first == first);
    CHECK(batch.count == count);
    REQUIRE(batch.levels.size() == count * channels);
    for (std::uint64_t i = 0; i < count; ++i) {
        for (std::size_t c = 0; c < channels; ++c) {
            CHECK(batch.levels[i * channels + c] == (first + i) % 100 + 100);
        }
    }
}

}  // namespace

TEST_CASE("Levels are decibels in steps, clipped at both ends") {
    CHECK(level_of(1) == 240);
    CHECK(level_of(0.1F) == 220);
    CHECK(level_of(1e-6F) == 120);
    CHECK(level_of(0) == 1);
    CHECK(level_of(-1) == 1);
    CHECK(level_of(1e-30F) == 1);
    CHECK(level_of(std::numeric_limits<float>::denorm_min()) == 1);
    CHECK(level_of(1e30F) == 255);
    CHECK(level_of(std::numeric_limits<float>::infinity()) == 255);
    CHECK(level_of(std::numeric_limits<float>::quiet_NaN()) == 1);
    CHECK(level_of(static_cast<float>(std::pow(10, 0.024))) == 240);  // 0.24 dB
    CHECK(level_of(static_cast<float>(std::pow(10, 0.026))) == 241);  // 0.26 dB
}

TEST_CASE("A reader in time is given each row once") {
    LiveRows live{channels, 10 * channels};
    LiveRows::Batch batch;
    std::uint64_t next = 0;
    for (std::size_t at = 0; at < 60; at += 1 + at % 7) {
        const std::size_t count = 1 + at % 7;
        live.append(rows(at, count), 0);
        live.take(next, batch);
        check(batch, at, count);
        next = batch.first + batch.count;
        live.take(next, batch);
        CHECK(batch.count == 0);
    }
}

TEST_CASE("A slow reader is given the latest rows, and sees which it has missed") {
    LiveRows live{channels, 10 * channels};
    LiveRows::Batch batch;
    live.append(rows(0, 1000), 0);
    live.take(0, batch);
    check(batch, 990, 10);
    live.append(rows(1000, 3), 0);
    live.take(995, batch);
    check(batch, 995, 8);
}

TEST_CASE("At least one row is kept, however little memory there is") {
    LiveRows live{channels, 1};
    LiveRows::Batch batch;
    live.append(rows(0, 3), 0);
    live.take(0, batch);
    check(batch, 2, 1);
}

TEST_CASE("Rows before and after a loss are not in one batch") {
    LiveRows live{channels, 10 * channels};
    LiveRows::Batch batch;
    live.append(rows(0, 2), 0);
    live.append(rows(2, 3), 77);
    live.take(0, batch);
    check(batch, 0, 2);
    CHECK(batch.lost == 0);
    live.take(2, batch);
    check(batch, 2, 3);
    CHECK(batch.lost == 77);
}

TEST_CASE("Half a row is not taken in") {
    LiveRows live{channels, 10 * channels};
    std::vector<float> power = rows(0, 2);
    power.pop_back();
    live.append(power, 0);
    CHECK(live.rows() == 1);
}
