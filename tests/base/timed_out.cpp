// What deadline throws when the time came first. When that is: deadline.cpp.

#include "support/catch.hpp"

#include <juggle/timed_out.hpp>

#include <stdexcept>
#include <type_traits>

static_assert(std::is_base_of_v<std::runtime_error, juggle::TimedOut>);

TEST_CASE("TimedOut says so") {
    CHECK_THROWS_WITH(throw juggle::TimedOut{}, Catch::Contains("timed out"));
}
