#pragma once

#include <juggle/config.hpp>

#include <array>
#include <cstddef>
#include <memory_resource>
#include <new>

namespace juggle::inline JUGGLE_ABI::detail {

/// Memory for the nodes of containers: taken in large pieces, used again for blocks of the same
/// size, given back in the end. Larger blocks come from `operator new` by themselves.
///
/// `std::pmr::unsynchronized_pool_resource` would be that, but libstdc++'s (12.2) crashes
/// when memory runs out while it grows.
class RecycledMemory final : public std::pmr::memory_resource {
private:
    struct Block {
        Block* next;
    };

    static constexpr std::size_t granularity = alignof(std::max_align_t);
    static constexpr std::size_t classes = 32;
    static_assert(sizeof(Block) <= granularity);

    static constexpr std::size_t class_of(std::size_t bytes) noexcept {
        return bytes == 0 ? 0 : (bytes - 1) / granularity;
    }

    static bool by_itself(std::size_t bytes, std::size_t alignment) noexcept {
        return class_of(bytes) >= classes || alignment > granularity;
    }

    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        if (by_itself(bytes, alignment)) {
            return std::pmr::new_delete_resource()->allocate(bytes, alignment);
        }
        const std::size_t index = class_of(bytes);
        if (Block* block = free_[index]) {
            free_[index] = block->next;
            return block;
        }
        return pieces_.allocate((index + 1) * granularity, granularity);
    }

    void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
        if (by_itself(bytes, alignment)) {
            std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
            return;
        }
        Block*& first = free_[class_of(bytes)];
        first = ::new (memory) Block{first};
    }

    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
        return this == &other;
    }

    static constexpr std::size_t first_piece = 4096;

    std::pmr::monotonic_buffer_resource pieces_{first_piece, std::pmr::new_delete_resource()};
    std::array<Block*, classes> free_{};
};

}  // namespace juggle::detail
