#pragma once

#include <juggle/detail/base/word_wait.hpp>

#include <atomic>
#include <cstdint>

namespace juggle::inline JUGGLE_ABI::detail {

/// Where threads sleep until something has changed that they look at.
///
/// The word is odd if any sleep or are about to. Who changes what they look at makes it even again
/// and wakes them all; they look again, and make it odd again if they have to. A thread makes it
/// odd (or sees it odd), then looks; the other side changes what it looks at, then looks at the
/// word. All of these are sequentially consistent, so one of the two sees the other. The number
/// tells one sleep from the next: a thread that comes late to a sleep which is over already does
/// not fall asleep.
class ThreadGate {
public:
    /// Somebody is about to sleep, and looks once more before. Returns the number to sleep on.
    [[nodiscard]] std::uint32_t shut() noexcept {
        std::uint32_t word = word_.load(std::memory_order_seq_cst);
        while ((word & 1) == 0) {
            if (word_.compare_exchange_weak(word, word + 1, std::memory_order_seq_cst)) {
                return word + 1;
            }
        }
        return word;
    }

    /// May return early.
    void sleep(std::uint32_t number) const noexcept { wait_while(word_, number); }

    /// Makes a system call only if somebody sleeps.
    void open() noexcept {
        std::uint32_t word = word_.load(std::memory_order_seq_cst);
        if ((word & 1) != 0 &&
            word_.compare_exchange_strong(word, word + 1, std::memory_order_seq_cst)) {
            wake_all(word_);
        }
    }

private:
    std::atomic<std::uint32_t> word_{0};
};

}  // namespace juggle::detail
