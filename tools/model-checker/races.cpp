#include "races.hpp"

#include "execution.hpp"

#include <algorithm>
#include <iterator>
#include <new>
#include <string>

#include <sys/mman.h>

namespace model {

namespace {

[[nodiscard]] std::byte* map(std::size_t bytes) {
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc{};
    }
    return static_cast<std::byte*>(memory);
}

// In front of each block.
constexpr std::size_t header = 32;

}  // namespace

Races::Races()
    : region_{map(region_size)}, bytes_{reinterpret_cast<Byte*>(map(region_size * sizeof(Byte)))} {
    reset();
}

void Races::reset() {
    ++execution_;
    used_ = max_threads * stack_size;
    blocks_.clear();
    exempt_count_ = 0;
}

std::byte* Races::stack(std::size_t thread) { return region_ + thread * stack_size; }

Races::Byte& Races::byte_at(std::uintptr_t address) {
    const std::uintptr_t offset = address - reinterpret_cast<std::uintptr_t>(region_);
    Byte& byte = offset < region_size ? bytes_[offset] : elsewhere_[address];
    if (byte.execution != execution_) {
        byte = Byte{};
        byte.execution = execution_;
    }
    return byte;
}

void Races::access(std::uintptr_t address, std::size_t bytes, Access how, int thread,
                   const Clock& clock, const void* site) {
    for (std::size_t range = 0; range < exempt_count_; ++range) {
        if (exempt_from_[range] <= address && address < exempt_to_[range]) {
            return;
        }
    }
    const auto self = static_cast<std::size_t>(thread);
    const bool atomic = how == Access::atomic_read || how == Access::atomic_write;
    const bool writes = how == Access::write || how == Access::release;
    for (std::size_t index = 0; index < bytes; ++index) {
        Byte& byte = byte_at(address + index);
        if (byte.released) {
            fail_at("use of memory after it was freed", site, byte.site);
        }
        if (byte.written > clock[byte.writer]) {
            fail_at("data race: with a write", site, byte.site);
        }
        for (std::size_t other = 0; other < max_threads && !atomic; ++other) {
            if (byte.written_by_atomic[other] > clock[other]) {
                fail_at("data race: with an atomic write", site, byte.site);
            }
            if (writes && byte.read[other] > clock[other]) {
                fail_at("data race: with a read or an atomic operation", site, byte.site);
            }
        }
        if (writes) {
            byte.writer = static_cast<std::uint8_t>(self);
            byte.written = clock[self];
            byte.released = how == Access::release;
            if (byte.atomic) {
                byte.atomic = false;
                forget_atomic(address + index);
            }
        } else {
            byte.read[self] = clock[self];
            if (how == Access::atomic_write) {
                byte.written_by_atomic[self] = clock[self];
            }
            byte.atomic = byte.atomic || atomic;
        }
        byte.site = site;
    }
}

void Races::exempt(std::uintptr_t address, std::size_t bytes) {
    if (exempt_count_ == std::size(exempt_from_)) {
        fail("too many variables of threads");
    }
    exempt_from_[exempt_count_] = address;
    exempt_to_[exempt_count_++] = address + bytes;
}

void* Races::allocate(std::size_t bytes, std::size_t alignment, const void* site) {
    alignment = std::max(alignment, header);
    used_ = (used_ + header + alignment - 1) / alignment * alignment;
    if (used_ + bytes > region_size) {
        fail("an execution needs too much memory");
    }
    std::byte* memory = region_ + used_;
    auto* block = reinterpret_cast<Block*>(memory - header);
    block->bytes = bytes;
    block->site = site;
    used_ += bytes;
    blocks_.push_back(block);
    return memory;
}

bool Races::owns(const void* memory) const {
    return region_ <= memory && memory < region_ + region_size;
}

void Races::release(void* memory, int thread, const Clock& clock, const void* site) {
    auto* block = reinterpret_cast<Block*>(static_cast<std::byte*>(memory) - header);
    access(reinterpret_cast<std::uintptr_t>(memory), std::max<std::size_t>(block->bytes, 1),
           Access::release, thread, clock, site);
    block->site = nullptr;
}

const void* Races::leak() const {
    for (const Block* block : blocks_) {
        if (block->site != nullptr) {
            return block->site;
        }
    }
    return nullptr;
}

}  // namespace model
