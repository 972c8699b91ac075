#pragma once

#include "cuda_simulation/context.hpp"

#include <cstddef>
#include <cstdint>

#include <cuda.h>

namespace layer::cuda {

/// Memory of a device: an address that nobody can use, and the bytes behind it. Commands keep it
/// until they have ended.
class DeviceMemory {
public:
    /// Throws std::bad_alloc.
    DeviceMemory(ContextPtr context, std::size_t size);
    DeviceMemory(const DeviceMemory&) = delete;
    DeviceMemory& operator=(const DeviceMemory&) = delete;
    ~DeviceMemory();

    [[nodiscard]] const ContextPtr& context() const noexcept { return context_; }
    [[nodiscard]] std::uintptr_t address() const noexcept { return address_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::byte* bytes() const noexcept { return bytes_; }

private:
    ContextPtr context_;
    std::size_t size_;
    std::uintptr_t address_;
    std::byte* bytes_;
};

/// Page-locked memory of the host. It goes when it is freed, whatever still wants it.
class HostMemory {
public:
    /// Throws std::bad_alloc.
    HostMemory(ContextPtr context, std::size_t size);
    HostMemory(const HostMemory&) = delete;
    HostMemory& operator=(const HostMemory&) = delete;
    ~HostMemory();

    [[nodiscard]] const ContextPtr& context() const noexcept { return context_; }
    [[nodiscard]] std::uintptr_t address() const noexcept {
        return reinterpret_cast<std::uintptr_t>(bytes_);
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    ContextPtr context_;
    std::size_t size_;
    std::byte* bytes_;
};

}  // namespace layer::cuda
