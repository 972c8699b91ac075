#include "waterfall/lane_use.hpp"

#include "support/catch.hpp"

#include <chrono>

using waterfall::LaneUse;
using namespace std::chrono_literals;

TEST_CASE("A lane was at work for as long as each piece took") {
    LaneUse lane;
    CHECK(lane.busy() == 0s);
    lane.add(10ns, 15ns);
    lane.add(20ns, 30ns);
    CHECK(lane.busy() == 15ns);
}

TEST_CASE("A piece that waited for the one before has begun when that ended") {
    LaneUse lane;
    lane.add(10ns, 20ns);
    lane.add(12ns, 25ns);
    CHECK(lane.busy() == 15ns);
}

TEST_CASE("What ended before what was counted already counts nothing") {
    LaneUse lane;
    lane.add(10ns, 20ns);
    lane.add(11ns, 19ns);
    lane.add(0ns, 0ns);
    CHECK(lane.busy() == 10ns);
    lane.add(30ns, 31ns);
    CHECK(lane.busy() == 11ns);
}
