#include "support/allocation_counter.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constinit thread_local std::uint64_t this_thread = 0;
constinit std::atomic<std::uint64_t> process{0};
constinit std::atomic<std::int64_t> living{0};

/// How the allocations of this thread are to fail.
struct Failing {
    std::uint64_t left = 0;  // how many go well before; counts down
    bool armed = false;
    bool for_good = false;
    bool reached = false;
    int safe = 0;
};
constinit thread_local Failing failing;

/// Counts one. False: it is to fail.
bool may_allocate() noexcept {
    ++this_thread;
    process.fetch_add(1, std::memory_order_relaxed);
    if (!failing.armed || failing.safe != 0) {
        return true;
    }
    if (failing.left != 0) {
        --failing.left;
        return true;
    }
    failing.reached = true;
    failing.armed = failing.for_good;
    return false;
}

void* note(void* memory) noexcept {
    if (memory != nullptr) {
        living.fetch_add(1, std::memory_order_relaxed);
    }
    return memory;
}

void forget(void* memory) noexcept {
    if (memory != nullptr) {
        living.fetch_sub(1, std::memory_order_relaxed);
    }
}

#if defined(_WIN32)  // where aligned memory is not for `free`
[[maybe_unused]] void* aligned_malloc(std::size_t alignment, std::size_t size) noexcept {
    return ::_aligned_malloc(size, alignment);
}
[[maybe_unused]] void aligned_free(void* memory) noexcept { ::_aligned_free(memory); }
#else
[[maybe_unused]] void* aligned_malloc(std::size_t alignment, std::size_t size) noexcept {
    return std::aligned_alloc(alignment, size);
}
[[maybe_unused]] void aligned_free(void* memory) noexcept { std::free(memory); }
#endif

[[maybe_unused]] void deallocate(void* memory) noexcept {
    forget(memory);
    std::free(memory);
}

[[maybe_unused]] void deallocate_aligned(void* memory) noexcept {
    forget(memory);
    aligned_free(memory);
}

[[maybe_unused]] void* allocate_or_null(std::size_t size) noexcept {
    return may_allocate() ? note(std::malloc(size == 0 ? 1 : size)) : nullptr;
}

[[maybe_unused]] void* allocate_or_null(std::size_t size, std::align_val_t alignment) noexcept {
    if (!may_allocate()) {
        return nullptr;
    }
    const auto align = static_cast<std::size_t>(alignment);
    const std::size_t rounded = (size + align - 1) / align * align;
    return note(aligned_malloc(align, rounded == 0 ? align : rounded));
}

// The loop that the standard asks of operator new: the handler frees something, or throws.
template <typename... Arguments>
void* allocate(Arguments... arguments) {
    for (;;) {
        if (void* memory = allocate_or_null(arguments...))
            return memory;
        const std::new_handler handler = std::get_new_handler();
        if (handler == nullptr)
            throw std::bad_alloc{};
        handler();
    }
}

template <typename... Arguments>
void* allocate_nothrow(Arguments... arguments) noexcept {
    try {
        return allocate(arguments...);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

}  // namespace

namespace support {

std::uint64_t allocations_on_this_thread() noexcept { return this_thread; }

std::uint64_t allocations_in_process() noexcept { return process.load(std::memory_order_relaxed); }

std::int64_t living_allocations() noexcept { return living.load(std::memory_order_relaxed); }

FailingAllocations::FailingAllocations(std::uint64_t number, Which which) noexcept {
    failing = Failing{number - 1, true, which == Which::all_from, false, failing.safe};
}
FailingAllocations::~FailingAllocations() { failing.armed = false; }
bool FailingAllocations::reached() noexcept { return failing.reached; }

SafeAllocations::SafeAllocations() noexcept { ++failing.safe; }
SafeAllocations::~SafeAllocations() { --failing.safe; }

}  // namespace support

// Clang's ThreadSanitizer has operators of its own that cannot be replaced: nothing is counted
// there.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define JUGGLE_TEST_CANNOT_COUNT
#endif
#endif

namespace support {
#ifdef JUGGLE_TEST_CANNOT_COUNT
bool sees_allocations() noexcept { return false; }
#else
bool sees_allocations() noexcept { return true; }
#endif
}  // namespace support

#ifndef JUGGLE_TEST_CANNOT_COUNT
// clang-format off
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t align) { return allocate(size, align); }
void* operator new[](std::size_t size, std::align_val_t align) { return allocate(size, align); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate_nothrow(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate_nothrow(size); }
void* operator new(std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept { return allocate_nothrow(size, align); }
void* operator new[](std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept { return allocate_nothrow(size, align); }

void operator delete(void* memory) noexcept { deallocate(memory); }
void operator delete[](void* memory) noexcept { deallocate(memory); }
void operator delete(void* memory, std::size_t) noexcept { deallocate(memory); }
void operator delete[](void* memory, std::size_t) noexcept { deallocate(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { deallocate_aligned(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { deallocate_aligned(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { deallocate_aligned(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { deallocate_aligned(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { deallocate(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { deallocate(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { deallocate_aligned(memory); }
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept { deallocate_aligned(memory); }
// clang-format on
#endif
