#pragma once

#include <juggle/config.hpp>

#include <compare>
#include <cstdint>

namespace juggle::inline JUGGLE_ABI {

/// Names a spawned task for as long as its executor lives; numbers are never used twice.
/// Default-constructed it names none.
struct TaskId {
    std::uint64_t number = 0;

    friend auto operator<=>(const TaskId&, const TaskId&) = default;
};

}  // namespace juggle
