// Counts what goes through the global operator new of the program it is linked into.
//
//     AllocationCounter counter;
//     work();
//     CHECK(counter.on_this_thread() == 0);
//
//     const FailingAllocations failing{3, FailingAllocations::Which::one};
//     work();  // the third allocation of this thread fails
//
// Direct calls of std::malloc, as a C library or a driver makes them, are not seen; nor is a pair
// of new and delete that the compiler removes because nobody looks at the memory.
#pragma once

#include <cstdint>

namespace support {

// Whether this build counts and fails allocations: not under Clang's ThreadSanitizer.
bool sees_allocations() noexcept;

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

// What was allocated on all threads and not given back yet.
std::int64_t living_allocations() noexcept;

// While it lives, allocations of the thread that made it fail: the one with this number, from 1 on,
// or that one and all that follow.
class FailingAllocations {
public:
    enum class Which { one, all_from };

    FailingAllocations(std::uint64_t number, Which which) noexcept;
    ~FailingAllocations();
    FailingAllocations(const FailingAllocations&) = delete;
    FailingAllocations& operator=(const FailingAllocations&) = delete;

    // Whether one has failed yet.
    static bool reached() noexcept;
};

// While it lives, allocations of this thread do not fail, and do not count for the number.
class SafeAllocations {
public:
    SafeAllocations() noexcept;
    ~SafeAllocations();
    SafeAllocations(const SafeAllocations&) = delete;
    SafeAllocations& operator=(const SafeAllocations&) = delete;
};

}  // namespace support
