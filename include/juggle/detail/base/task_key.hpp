#pragma once

#include <juggle/config.hpp>

#include <cstdint>

namespace juggle::inline JUGGLE_ABI::detail {

/// Tells a task from all others of the process, whichever their executors: the number of its
/// `TaskId` in the low bits, and above that one of its loop, the same for every 32,768th. The
/// highest bit is free. 0: no task.
using TaskKey = std::uint64_t;

inline constexpr unsigned task_number_bits = 48;
inline constexpr TaskKey loops_told_apart = TaskKey{1} << 15;

[[nodiscard]] constexpr std::uint64_t task_number(TaskKey key) noexcept {
    return key & ((TaskKey{1} << task_number_bits) - 1);
}

[[nodiscard]] constexpr bool of_one_loop(TaskKey left, TaskKey right) noexcept {
    return left >> task_number_bits == right >> task_number_bits;
}

}  // namespace juggle::detail
