// The global operator new, and whose calls of it count.

#include "probe.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

#include <link.h>
#include <unwind.h>

namespace probe {
namespace {

struct Range {
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    bool has(std::uintptr_t place) const noexcept { return from <= place && place < to; }
};

// Where the code of the program is, and that of the libraries that only act for their callers.
struct Places {
    Range program;
    Range standard_library;
    Range c_library;
};

void add_code(Range& range, const dl_phdr_info& object) noexcept {
    for (int i = 0; i < object.dlpi_phnum; ++i) {
        const auto& part = object.dlpi_phdr[i];
        if (part.p_type == PT_LOAD && (part.p_flags & PF_X) != 0) {
            const std::uintptr_t start = object.dlpi_addr + part.p_vaddr;
            range = {.from = start, .to = start + part.p_memsz};
        }
    }
}

int look_at(dl_phdr_info* object, std::size_t, void* into) noexcept {
    auto& places = *static_cast<Places*>(into);
    if (object->dlpi_name[0] == '\0') {
        if (places.program.to == 0) {  // the first; the kernel's page has no name either
            add_code(places.program, *object);
        }
    } else if (std::strstr(object->dlpi_name, "/libstdc++.so") != nullptr) {
        add_code(places.standard_library, *object);
    } else if (std::strstr(object->dlpi_name, "/libc.so") != nullptr) {
        add_code(places.c_library, *object);
    }
    return 0;
}

const Places& places() noexcept {
    static const Places known = [] {
        Places found;
        ::dl_iterate_phdr(&look_at, &found);
        return found;
    }();
    return known;
}

struct Walk {
    std::uintptr_t caller;
    bool behind_caller = false;
    bool program = false;
    bool others = false;
};

_Unwind_Reason_Code step(_Unwind_Context* frame, void* state) noexcept {
    auto& walk = *static_cast<Walk*>(state);
    const auto place = static_cast<std::uintptr_t>(_Unwind_GetIP(frame));
    walk.behind_caller = walk.behind_caller || place == walk.caller;
    if (!walk.behind_caller || place == 0) {
        return _URC_NO_REASON;  // operator new itself
    }
    if (places().program.has(place)) {
        walk.program = true;
    } else if (!places().standard_library.has(place) && !places().c_library.has(place)) {
        walk.others = true;
        return _URC_NORMAL_STOP;
    }
    return _URC_NO_REASON;
}

// Whether operator new, which returns to `caller`, was called by the program and not inside of a
// call by another library.
bool is_own(const void* caller) noexcept {
    const auto place = reinterpret_cast<std::uintptr_t>(caller);
    if (!places().program.has(place) && !places().standard_library.has(place)) {
        return false;
    }
    Walk walk{.caller = place};
    _Unwind_Backtrace(&step, &walk);
    return walk.program && !walk.others;
}

constinit std::atomic<std::uint64_t> own = 0;
constinit std::atomic<std::uint64_t> in_use = 0;

bool fails(const void* caller) noexcept {
    static const std::uint64_t one = wish("allocation").which;
    static const std::uint64_t first_of_all = wish("allocations").which;
    if (!in_main() || !is_own(caller)) {
        return false;
    }
    const std::uint64_t number = ++own;
    if (number != one && (first_of_all == 0 || number < first_of_all)) {
        return false;
    }
    log("failed_allocation %ju\n", static_cast<std::uintmax_t>(number));
    return true;
}

void* allocate(std::size_t size, std::size_t alignment, const void* caller) noexcept {
    if (fails(caller)) {
        return nullptr;
    }
    void* memory = alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
                       ? std::malloc(size == 0 ? 1 : size)
                       : std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
    if (memory != nullptr) {
        in_use.fetch_add(1, std::memory_order_relaxed);
    }
    return memory;
}

void* allocate_or_throw(std::size_t size, std::size_t alignment, const void* caller) {
    void* memory = allocate(size, alignment, caller);
    if (memory == nullptr) {
        throw std::bad_alloc{};
    }
    return memory;
}

void release(void* memory) noexcept {
    if (memory != nullptr) {
        in_use.fetch_sub(1, std::memory_order_relaxed);
        std::free(memory);
    }
}

}  // namespace

std::uint64_t own_allocations() noexcept { return own; }

std::uint64_t blocks_in_use() noexcept { return in_use; }

}  // namespace probe

// ThreadSanitizer of Clang has operators of its own that cannot be replaced; see probe.cmake.
// clang-format off
#define HERE __builtin_return_address(0)
#define DEFAULT __STDCPP_DEFAULT_NEW_ALIGNMENT__
using std::align_val_t, std::nothrow_t, std::size_t;
void* operator new(size_t size) { return probe::allocate_or_throw(size, DEFAULT, HERE); }
void* operator new[](size_t size) { return probe::allocate_or_throw(size, DEFAULT, HERE); }
void* operator new(size_t size, align_val_t align) { return probe::allocate_or_throw(size, static_cast<size_t>(align), HERE); }
void* operator new[](size_t size, align_val_t align) { return probe::allocate_or_throw(size, static_cast<size_t>(align), HERE); }
void* operator new(size_t size, const nothrow_t&) noexcept { return probe::allocate(size, DEFAULT, HERE); }
void* operator new[](size_t size, const nothrow_t&) noexcept { return probe::allocate(size, DEFAULT, HERE); }
void* operator new(size_t size, align_val_t align, const nothrow_t&) noexcept { return probe::allocate(size, static_cast<size_t>(align), HERE); }
void* operator new[](size_t size, align_val_t align, const nothrow_t&) noexcept { return probe::allocate(size, static_cast<size_t>(align), HERE); }

void operator delete(void* memory) noexcept { probe::release(memory); }
void operator delete[](void* memory) noexcept { probe::release(memory); }
void operator delete(void* memory, size_t) noexcept { probe::release(memory); }
void operator delete[](void* memory, size_t) noexcept { probe::release(memory); }
void operator delete(void* memory, align_val_t) noexcept { probe::release(memory); }
void operator delete[](void* memory, align_val_t) noexcept { probe::release(memory); }
void operator delete(void* memory, size_t, align_val_t) noexcept { probe::release(memory); }
void operator delete[](void* memory, size_t, align_val_t) noexcept { probe::release(memory); }
void operator delete(void* memory, const nothrow_t&) noexcept { probe::release(memory); }
void operator delete[](void* memory, const nothrow_t&) noexcept { probe::release(memory); }
void operator delete(void* memory, align_val_t, const nothrow_t&) noexcept { probe::release(memory); }
void operator delete[](void* memory, align_val_t, const nothrow_t&) noexcept { probe::release(memory); }
// clang-format on
