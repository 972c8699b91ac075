#include "spead/byte_ranges.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <random>
#include <vector>

using spead::ByteRanges;

TEST_CASE("Pieces in any order are one in the end") {
    ByteRanges ranges;
    CHECK(ranges.add(10, 20));
    CHECK(ranges.add(30, 40));
    CHECK(ranges.add(0, 10));
    CHECK(ranges.pieces() == 2);
    CHECK(ranges.size() == 30);
    CHECK(ranges.add(20, 30));
    CHECK(ranges.pieces() == 1);
    CHECK(ranges.size() == 40);
    ranges.clear();
    CHECK(ranges.size() == 0);
    CHECK(ranges.add(15, 16));
}

TEST_CASE("What overlaps is refused and changes nothing") {
    ByteRanges ranges;
    CHECK(ranges.add(10, 20));
    CHECK_FALSE(ranges.add(10, 20));
    CHECK_FALSE(ranges.add(5, 11));
    CHECK_FALSE(ranges.add(19, 25));
    CHECK_FALSE(ranges.add(0, 30));
    CHECK_FALSE(ranges.add(12, 13));
    CHECK(ranges.size() == 10);
    CHECK(ranges.add(7, 7));  // nothing is always new
    CHECK(ranges.pieces() == 1);
}

TEST_CASE("Random pieces are marked as in a table of bytes") {
    std::mt19937 random{1};
    for (int round = 0; round < 200; ++round) {
        ByteRanges ranges;
        std::vector<bool> marked(64);
        for (int i = 0; i < 40; ++i) {
            const std::uint64_t begin = random() % 64;
            const std::uint64_t end = begin + random() % (65 - begin);
            bool is_new = true;
            for (std::uint64_t byte = begin; byte < end; ++byte) {
                is_new = is_new && !marked[byte];
            }
            REQUIRE(ranges.add(begin, end) == is_new);
            std::uint64_t pieces = 0;
            std::uint64_t size = 0;
            for (std::uint64_t byte = 0; byte < 64; ++byte) {
                if (is_new && byte >= begin && byte < end) {
                    marked[byte] = true;
                }
                size += marked[byte] ? 1 : 0;
                pieces += marked[byte] && (byte == 0 || !marked[byte - 1]) ? 1 : 0;
            }
            REQUIRE(ranges.size() == size);
            REQUIRE(ranges.pieces() == pieces);
        }
    }
}
