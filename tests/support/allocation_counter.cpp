#include "support/allocation_counter.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constinit thread_local std::uint64_t this_thread = 0;
constinit std::atomic<std::uint64_t> process{0};

[[maybe_unused]] void* allocate_or_null(std::size_t size) noexcept {
    ++this_thread;
    process.fetch_add(1, std::memory_order_relaxed);
    return std::malloc(size == 0 ? 1 : size);
}

[[maybe_unused]] void* allocate_or_null(std::size_t size, std::align_val_t alignment) noexcept {
    ++this_thread;
    process.fetch_add(1, std::memory_order_relaxed);
    const auto align = static_cast<std::size_t>(alignment);
    const std::size_t rounded = (size + align - 1) / align * align;
    return std::aligned_alloc(align, rounded == 0 ? align : rounded);
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

}  // namespace support

// Clang's ThreadSanitizer has operators of its own that cannot be replaced: nothing is counted
// there.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define JUGGLE_TEST_CANNOT_COUNT
#endif
#endif

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

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept { std::free(memory); }
// clang-format on
#endif
