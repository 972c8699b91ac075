// How a thread sleeps, on each system by what that has for it.

#include "support/catch.hpp"

#include <juggle/detail/run/parker.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

using namespace std::chrono_literals;
using juggle::TimePoint;
using juggle::detail::Parker;

namespace {

constexpr std::uintptr_t parked = 1;
constexpr std::uintptr_t replaced = 2;

struct Place {
    std::atomic<std::uintptr_t> word{parked};
    Parker parker;

    void park(std::optional<TimePoint> deadline) { parker.park(word, parked, deadline); }

    void replace() {
        word = replaced;
        parker.unpark(word);
    }
};

/// How often it has to be parked until a time has come.
int parks_until(TimePoint deadline) {
    Place place;
    int parks = 0;
    for (; TimePoint::clock::now() < deadline; ++parks) {
        place.park(deadline);
    }
    return parks;
}

}  // namespace

TEST_CASE("to park at a word that has been replaced returns at once") {
    Place place;
    place.replace();
    place.park(std::nullopt);
    place.park(TimePoint::max());
}

TEST_CASE("whoever replaces the word wakes the thread, whatever its deadline") {
    const auto deadline =
        GENERATE(std::optional<TimePoint>{}, TimePoint::max(), TimePoint::clock::now() + 1000h);
    for (int round = 0; round < 200; ++round) {
        Place place;
        std::thread other{[&place] { place.replace(); }};
        while (place.word == parked) {
            place.park(deadline);
        }
        other.join();
    }
}

TEST_CASE("a deadline that is past is no wait") {
    Place place;
    place.park(TimePoint::min());
    place.park(TimePoint{});
    place.park(TimePoint::clock::now());
    CHECK(place.word == parked);
}

TEST_CASE("a deadline ends the wait, without spinning until it has come") {
    // Rounded down to whole milliseconds the first would be parked thousands of times.
    for (const auto wait : {300us, 1'700us, 20'000us}) {
        CHECK(parks_until(TimePoint::clock::now() + wait) < 50);
    }
}
