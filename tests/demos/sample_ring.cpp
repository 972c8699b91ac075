#include "waterfall/live/sample_ring.hpp"

#include "support/catch.hpp"

#include <juggle/as_outcome.hpp>
#include <juggle/executor.hpp>
#include <juggle/manual_clock.hpp>
#include <juggle/when_all.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

using juggle::Executor;
using juggle::Task;
using waterfall::SampleRing;

namespace {

constexpr std::size_t sample_bytes = 4;

/// The stream that a test appends: sample n is four bytes n, n + 1, n + 2, n + 3 of n mod 64 x 4.
std::vector<std::byte> samples(std::size_t first, std::size_t count) {
    std::vector<std::byte> bytes;
    for (std::size_t i = first * sample_bytes; i < (first + count) * sample_bytes; ++i) {
        bytes.push_back(static_cast<std::byte>(i % 256));
    }
    return bytes;
}

std::vector<std::byte> first_bytes(std::vector<std::byte> of, std::size_t count) {
    of.resize(count);
    return of;
}

Task<std::vector<std::byte>> read(SampleRing& ring, std::size_t count) {
    std::vector<std::byte> into(count * sample_bytes);
    into.resize(co_await ring.read(into));
    co_return into;
}

std::vector<std::byte> read_now(SampleRing& ring, std::size_t count) {
    Executor executor;
    return executor.run(read(ring, count));
}

}  // namespace

TEST_CASE("What is appended in any pieces is read in any pieces") {
    std::mt19937 random{1};
    SampleRing ring{16, sample_bytes};
    const std::vector<std::byte> stream = samples(0, 500);
    std::vector<std::byte> got;
    std::size_t given = 0;
    while (given < stream.size()) {
        const std::size_t waiting = given - got.size();
        const std::size_t size =
            std::min({random() % 23, 16 * sample_bytes - waiting, stream.size() - given});
        ring.append(std::span{stream}.subspan(given, size));
        given += size;
        const std::size_t whole = (given - got.size()) / sample_bytes;
        if (whole != 0) {
            const auto part = read_now(ring, 1 + random() % whole);
            got.insert(got.end(), part.begin(), part.end());
        }
    }
    ring.close();
    const auto rest = read_now(ring, 16);
    got.insert(got.end(), rest.begin(), rest.end());
    CHECK(got == stream);
    CHECK(ring.lost() == 0);
}

TEST_CASE("Whole samples are lost when the ring is full, and counted") {
    for (std::size_t piece = 1; piece <= 13; ++piece) {
        CAPTURE(piece);
        SampleRing ring{8, sample_bytes};
        const std::vector<std::byte> stream = samples(0, 20);
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            ring.append(std::span{stream}.subspan(at, std::min(piece, stream.size() - at)));
        }
        CHECK(ring.lost() == 12);
        CHECK(ring.fill() == 1);
        CHECK(read_now(ring, 8) == samples(0, 8));
        ring.append(samples(20, 3));
        CHECK(read_now(ring, 3) == samples(20, 3));
        CHECK(ring.lost() == 12);
    }
}

TEST_CASE("There is room again in the middle of a sample that is being lost") {
    SampleRing ring{2, sample_bytes};
    ring.append(samples(0, 2));
    ring.append(first_bytes(samples(2, 1), 3));
    CHECK(read_now(ring, 2) == samples(0, 2));
    ring.append(first_bytes(samples(2, 1), 1));
    ring.append(samples(3, 2));
    CHECK(ring.lost() == 1);
    CHECK(read_now(ring, 2) == samples(3, 2));
}

TEST_CASE("A reader waits until all that it asks for is there") {
    SampleRing ring{8, sample_bytes};
    bool done = false;
    const auto reader = [&]() -> Task<> {
        const auto got = co_await read(ring, 5);
        CHECK(got == samples(0, 5));
        done = true;
    };
    const auto writer = [&]() -> Task<> {
        for (std::size_t i = 0; i < 5; ++i) {
            CHECK_FALSE(done);
            ring.append(samples(i, 1));
            co_await juggle::yield();
            co_await juggle::yield();
        }
    };
    Executor executor;
    executor.run([&]() -> Task<> { co_await juggle::when_all(reader(), writer()); }());
    CHECK(done);
}

TEST_CASE("The end of the stream gives what there is, without an incomplete sample") {
    SampleRing ring{8, sample_bytes};
    ring.append(first_bytes(samples(0, 3), 11));
    ring.close();
    CHECK(read_now(ring, 5) == samples(0, 2));
    CHECK(read_now(ring, 5).empty());
}

TEST_CASE("A new connection begins with a whole sample") {
    SampleRing ring{8, sample_bytes};
    ring.append(first_bytes(samples(0, 2), 5));
    ring.cut();
    ring.append(samples(7, 1));
    CHECK(read_now(ring, 2).size() == 2 * sample_bytes);
    SECTION("also where an incomplete one was being lost") {
        ring.append(samples(0, 8));
        ring.append(first_bytes(samples(8, 1), 2));
        ring.cut();
        CHECK(read_now(ring, 8) == samples(0, 8));
        ring.append(samples(20, 1));
        CHECK(read_now(ring, 1) == samples(20, 1));
    }
}
