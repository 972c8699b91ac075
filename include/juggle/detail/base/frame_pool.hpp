#pragma once

#include <juggle/config.hpp>

#include <array>
#include <cstddef>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define JUGGLE_DETAIL_RECYCLE_FRAMES false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define JUGGLE_DETAIL_RECYCLE_FRAMES false
#endif
#endif
#ifndef JUGGLE_DETAIL_RECYCLE_FRAMES
#define JUGGLE_DETAIL_RECYCLE_FRAMES true
#endif

namespace juggle::inline JUGGLE_ABI::detail {

/// Free lists of coroutine frames, one for each multiple of 64 bytes up to 16 KiB.
///
/// Every block comes from `operator new` by itself, so a block may be taken from one pool and
/// given to another, or to none at all: a frame need not remember where it came from. It is aligned
/// to 64 bytes, for compilers do not say when a coroutine has variables that need more than usual,
/// such as vectors for AVX-512. Under
/// AddressSanitizer nothing is recycled, so that it sees each use after free.
///
/// What is in them stays there when they go: see `FramePool`.
class FrameLists {
public:
    constexpr FrameLists() = default;
    FrameLists(const FrameLists&) = delete;
    FrameLists& operator=(const FrameLists&) = delete;

    [[nodiscard]] static void* allocate(FrameLists* pool, std::size_t bytes) {
        const std::size_t index = class_of(bytes);
        if (index >= classes) {
            return ::operator new(bytes, alignment);
        }
        if (Block* block = pool->free_[index]) [[likely]] {
            pool->free_[index] = block->next;
            return block;
        }
        return ::operator new((index + 1) * granularity, alignment);
    }

    static void deallocate(FrameLists* pool, void* memory, std::size_t bytes) noexcept {
        const std::size_t index = class_of(bytes);
        if (index >= classes) {
            ::operator delete(memory, bytes, alignment);
        } else if (JUGGLE_DETAIL_RECYCLE_FRAMES && pool != nullptr) {
            pool->free_[index] = ::new (memory) Block{pool->free_[index]};
        } else {
            ::operator delete(memory, (index + 1) * granularity, alignment);
        }
    }

protected:
    void clear() noexcept {
        for (std::size_t index = 0; index < classes; ++index) {
            while (Block* block = free_[index]) {
                free_[index] = block->next;
                ::operator delete(block, (index + 1) * granularity, alignment);
            }
        }
    }

private:
    struct Block {
        Block* next;
    };

    static constexpr std::size_t granularity = 64;
    static constexpr std::align_val_t alignment{64};
    static constexpr std::size_t classes = 256;

    static constexpr std::size_t class_of(std::size_t bytes) noexcept {
        return (bytes - 1) / granularity;
    }

    std::array<Block*, classes> free_{};
};

/// Owns what is in its lists.
class FramePool final : public FrameLists {
public:
    FramePool() = default;
    ~FramePool() { clear(); }
    FramePool(const FramePool&) = delete;
    FramePool& operator=(const FramePool&) = delete;
};

}  // namespace juggle::detail
