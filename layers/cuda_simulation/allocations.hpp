#pragma once

#include "cuda_simulation/context.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include <cuda.h>

namespace layer::cuda {

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
