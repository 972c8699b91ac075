#pragma once

#include "clock.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace model {

/// Who touched each byte last, to find accesses that nothing orders. It also hands out the memory
/// of an execution, so that none of it is used again before the execution ends.
class Races {
public:
    enum class Access { read, write, atomic_read, atomic_write, release };

    Races();
    Races(const Races&) = delete;
    Races& operator=(const Races&) = delete;

    void reset();

    void access(std::uintptr_t address, std::size_t bytes, Access how, int thread,
                const Clock& clock, const void* site);
    void exempt(std::uintptr_t address, std::size_t bytes);

    [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment, const void* site);
    [[nodiscard]] bool owns(const void* memory) const;
    void release(void* memory, int thread, const Clock& clock, const void* site);
    /// The place that allocated what is still there; null if there is nothing.
    [[nodiscard]] const void* leak() const;

    /// Where fibers have their stacks.
    [[nodiscard]] std::byte* stack(std::size_t thread);
    static constexpr std::size_t stack_size = std::size_t{256} << 10;

private:
    struct Byte {
        std::uint32_t execution;
        bool released;
        bool atomic;
        std::uint8_t writer;
        std::uint32_t written;
        Clock read;  // also by atomics
        Clock written_by_atomic;
        const void* site;
    };
    struct Block {
        std::size_t bytes;
        const void* site;  // null once released
    };

    [[nodiscard]] Byte& byte_at(std::uintptr_t address);

    static constexpr std::size_t region_size = std::size_t{16} << 20;

    std::byte* region_;
    Byte* bytes_;
    std::size_t used_ = 0;
    std::uint32_t execution_ = 0;
    std::vector<const Block*> blocks_;
    std::unordered_map<std::uintptr_t, Byte> elsewhere_;
    std::uintptr_t exempt_from_[8] = {};
    std::uintptr_t exempt_to_[8] = {};
    std::size_t exempt_count_ = 0;
};

}  // namespace model
