// Counts what goes through the global operator new of the program it is linked into.
//
//     AllocationCounter counter;
//     work();
//     CHECK(counter.on_this_thread() == 0);
//
// Direct calls of std::malloc, as a C library or a driver makes them, are not seen; nor is a pair
// of new and delete that the compiler removes because nobody looks at the memory.
#pragma once

#include <cstdint>

namespace support {

// How many allocations there were so far, on the calling thread and on all threads.
std::uint64_t allocations_on_this_thread() noexcept;
std::uint64_t allocations_in_process() noexcept;

// Allocations since it was made. Read on_this_thread() on the thread that made it.
class AllocationCounter {
public:
    std::uint64_t on_this_thread() const noexcept {
        return allocations_on_this_thread() - on_this_thread_;
    }

    std::uint64_t in_process() const noexcept { return allocations_in_process() - in_process_; }

private:
    std::uint64_t on_this_thread_ = allocations_on_this_thread();
    std::uint64_t in_process_ = allocations_in_process();
};

}  // namespace support
