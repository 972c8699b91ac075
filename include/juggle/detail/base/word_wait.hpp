#pragma once

#include <juggle/detail/base/export.hpp>

#include <atomic>
#include <cstdint>

namespace juggle::inline JUGGLE_ABI::detail {

// `std::atomic::wait` and `notify_all`, but for Windows: where there is no futex, GCC 12's library
// reads the word, then takes its lock, and a notice in between is lost.

#if defined(_WIN32)

/// Sleeps until somebody wakes those of this word, unless it has another value already. May return
/// early.
JUGGLE_EXPORT void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept;

/// Of a word that has been changed, sequentially consistent.
JUGGLE_EXPORT void wake_all(std::atomic<std::uint32_t>& word) noexcept;

#else

template <class Word>
void wait_while(const Word& word, std::uint32_t value) noexcept {
    word.wait(value, std::memory_order_seq_cst);
}
template <class Word>
void wake_all(Word& word) noexcept {
    word.notify_all();
}

#endif

}  // namespace juggle::detail
