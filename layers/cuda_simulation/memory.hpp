#pragma once

#include "cuda_simulation/context.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

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

/// All allocations of one kind, by address.
template <class Memory>
class Allocations {
public:
    std::uintptr_t add(std::shared_ptr<Memory> memory) {
        const std::uintptr_t address = memory->address();
        all_.emplace(address, std::move(memory));
        return address;
    }

    /// False if there is none that begins there.
    bool remove(std::uintptr_t address) { return all_.erase(address) != 0; }
    void remove_of(const Context& context) {
        std::erase_if(all_,
                      [&](const auto& one) { return one.second->context().get() == &context; });
    }

    /// The one that these bytes are all in, or null.
    [[nodiscard]] std::shared_ptr<Memory> find(std::uintptr_t address, std::size_t size) const {
        auto next = all_.upper_bound(address);
        if (next == all_.begin()) {
            return nullptr;
        }
        const std::shared_ptr<Memory>& memory = std::prev(next)->second;
        const std::size_t offset = address - memory->address();
        return offset <= memory->size() && size <= memory->size() - offset ? memory : nullptr;
    }

    [[nodiscard]] std::size_t count() const noexcept { return all_.size(); }
    [[nodiscard]] std::size_t bytes(CUdevice device) const {
        std::size_t sum = 0;
        for (const auto& [address, memory] : all_) {
            sum += memory->context()->device == device ? memory->size() : 0;
        }
        return sum;
    }

private:
    std::map<std::uintptr_t, std::shared_ptr<Memory>> all_;
};

}  // namespace layer::cuda
