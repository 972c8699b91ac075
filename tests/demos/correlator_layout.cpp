// What each rank of the correlator has of antennas and channels, whatever their numbers.

#include "correlator/layout.hpp"
#include "support/catch.hpp"

#include <cstddef>

using correlator::Layout;
using correlator::Share;

TEST_CASE("shares follow one another, and differ by one at most") {
    for (std::size_t total = 0; total < 20; ++total) {
        for (std::size_t ranks = 1; ranks < 10; ++ranks) {
            std::size_t next = 0;
            for (std::size_t rank = 0; rank < ranks; ++rank) {
                const Share share = correlator::share_of(total, rank, ranks);
                CHECK(share.first == next);
                CHECK(share.count >= total / ranks);
                CHECK(share.count <= total / ranks + 1);
                next = share.first + share.count;
            }
            CHECK(next == total);
        }
    }
}

TEST_CASE("what all ranks send is what all of them receive") {
    for (std::size_t ranks = 1; ranks < 10; ++ranks) {
        std::size_t outgoing = 0;
        std::size_t incoming = 0;
        for (std::size_t rank = 0; rank < ranks; ++rank) {
            const Layout layout{.antennas = 5,
                                .channels = 64,
                                .taps = 4,
                                .spectra = 16,
                                .rank = rank,
                                .ranks = ranks};
            outgoing += layout.outgoing_bytes();
            incoming += layout.incoming_bytes();
        }
        CHECK(outgoing == incoming);
    }
}

TEST_CASE("each pair of antennas has a baseline of its own") {
    const Layout layout{
        .antennas = 7, .channels = 16, .taps = 1, .spectra = 8, .rank = 0, .ranks = 1};
    std::size_t next = 0;
    for (std::size_t j = 0; j < layout.antennas; ++j) {
        for (std::size_t i = 0; i <= j; ++i) {
            CHECK(Layout::baseline(i, j) == next++);
        }
    }
    CHECK(next == layout.baselines());
}
