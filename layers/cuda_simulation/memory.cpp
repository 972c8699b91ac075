#include "cuda_simulation/memory.hpp"

#include <cstring>
#include <new>
#include <utility>

#include <sys/mman.h>

namespace layer::cuda {

namespace {

constexpr std::align_val_t device_alignment{256};
constexpr std::align_val_t page{4096};
// What memory holds before anybody has written to it: none of what programs hope for.
constexpr int unwritten = 0xcb;

std::byte* allocate(std::size_t size, std::align_val_t alignment) {
    auto* bytes = static_cast<std::byte*>(::operator new(size, alignment));
    std::memset(bytes, unwritten, size);
    return bytes;
}

}  // namespace

DeviceMemory::DeviceMemory(ContextPtr context, std::size_t size)
    : context_{std::move(context)}, size_{size}, bytes_{allocate(size, device_alignment)} {
    void* const reserved =
        ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED) {
        ::operator delete(bytes_, device_alignment);
        throw std::bad_alloc{};
    }
    address_ = reinterpret_cast<std::uintptr_t>(reserved);
}

DeviceMemory::~DeviceMemory() {
    ::munmap(reinterpret_cast<void*>(address_), size_);
    ::operator delete(bytes_, device_alignment);
}

HostMemory::HostMemory(ContextPtr context, std::size_t size)
    : context_{std::move(context)}, size_{size}, bytes_{allocate(size, page)} {}

HostMemory::~HostMemory() { ::operator delete(bytes_, page); }

}  // namespace layer::cuda
