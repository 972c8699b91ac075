#pragma once

#include <juggle/asio/detail/net.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <new>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// Where Asio keeps an operation: inside of what awaits it. Asio asks for one block at a time and
/// gives it back before the handler is called; what is larger, or comes beside it, is from the
/// heap.
class HandlerMemory {
public:
    HandlerMemory() noexcept = default;  // leaves the block as it is
    HandlerMemory(const HandlerMemory&) = delete;
    HandlerMemory& operator=(const HandlerMemory&) = delete;

    [[nodiscard]] void* allocate(std::size_t bytes) {
        if (bytes <= block_.size() && !in_use_) {
            in_use_ = true;
            return block_.data();
        }
        return ::operator new(bytes);
    }

    void deallocate(void* memory) noexcept {
        if (memory == block_.data()) {
            in_use_ = false;
        } else {
            ::operator delete(memory);
        }
    }

private:
    alignas(std::max_align_t) std::array<std::byte, 256> block_;
    bool in_use_ = false;
};

/// The same, as a handler's associated allocator.
template <class T>
class HandlerAllocator {
public:
    using value_type = T;

    explicit HandlerAllocator(HandlerMemory& memory) noexcept : memory_{&memory} {}
    template <class Other>
    HandlerAllocator(const HandlerAllocator<Other>& other) noexcept : memory_{&other.memory()} {}

    [[nodiscard]] T* allocate(std::size_t count) {
        static_assert(alignof(T) <= alignof(std::max_align_t));
        return static_cast<T*>(memory_->allocate(count * sizeof(T)));
    }
    void deallocate(T* memory, std::size_t) noexcept { memory_->deallocate(memory); }

    [[nodiscard]] HandlerMemory& memory() const noexcept { return *memory_; }

    template <class Other>
    [[nodiscard]] bool operator==(const HandlerAllocator<Other>& other) const noexcept {
        return memory_ == &other.memory();
    }

private:
    HandlerMemory* memory_;
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail
