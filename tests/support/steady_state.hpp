#pragma once

#include "support/allocation_counter.hpp"

#include <juggle/detail/base/frame_pool.hpp>
#include <juggle/task.hpp>

#include <cstdint>

namespace support {

/// How many allocations on this thread a hundred cycles make after a hundred to warm up; a cycle is
/// a function that returns a `Task<>`. Under AddressSanitizer frames are not recycled, so nothing
/// is counted there. What counts gives how many there have been so far.
template <class Cycle, class Count = std::uint64_t (*)() noexcept>
juggle::Task<std::uint64_t> allocations_in_steady_state(Cycle& cycle,
                                                        Count count = &allocations_on_this_thread) {
    for (int warm_up = 0; warm_up < 100; ++warm_up) {
        co_await cycle();
    }
    const std::uint64_t before = count();
    for (int counted = 0; counted < 100; ++counted) {
        co_await cycle();
    }
    co_return JUGGLE_DETAIL_RECYCLE_FRAMES ? count() - before : 0;
}

}  // namespace support
