#include <juggle/detail/run/parker.hpp>

#if defined(__linux__) && !defined(JUGGLE_DETAIL_PARKER_NEEDS_MUTEX)

#include <climits>

#include <algorithm>
#include <bit>
#include <chrono>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define JUGGLE_DETAIL_THREAD_SANITIZER true
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define JUGGLE_DETAIL_THREAD_SANITIZER true
#endif
#endif
#ifndef JUGGLE_DETAIL_THREAD_SANITIZER
#define JUGGLE_DETAIL_THREAD_SANITIZER false
#endif

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

/// The half of a word that tells a small number from a pointer, whose low bits are clear.
std::uint32_t* futex_word(std::atomic<std::uintptr_t>& word) noexcept {
    auto* halves = reinterpret_cast<std::uint32_t*>(&word);
    constexpr bool low_half_first =
        std::endian::native == std::endian::little || sizeof(std::uintptr_t) == 4;
    return low_half_first ? halves : halves + 1;
}

timespec to_timespec(TimePoint point) noexcept {
    using namespace std::chrono;
    const auto since_boot = std::max(point.time_since_epoch(), TimePoint::duration::zero());
    const auto whole = floor<seconds>(since_boot);
    timespec result{};
    result.tv_sec = static_cast<std::time_t>(whole.count());
    result.tv_nsec = static_cast<long>(duration_cast<nanoseconds>(since_boot - whole).count());
    return result;
}

}  // namespace

// libstdc++'s and libc++'s steady_clock is CLOCK_MONOTONIC, the clock of a futex's deadline.
void Parker::park(std::atomic<std::uintptr_t>& word, std::uintptr_t parked,
                  std::optional<TimePoint> deadline) noexcept {
    if constexpr (JUGGLE_DETAIL_THREAD_SANITIZER) {
        // It puts signal handlers off until their thread calls something that it knows, as the
        // clock's function is; this system call is not.
        const TimePoint soon = TimePoint::clock::now() + std::chrono::milliseconds{20};
        deadline = std::min(deadline.value_or(soon), soon);
    }
    timespec until{};
    if (deadline) {
        until = to_timespec(*deadline);
    }
    syscall(SYS_futex, futex_word(word), FUTEX_WAIT_BITSET_PRIVATE,
            static_cast<std::uint32_t>(parked), deadline ? &until : nullptr, nullptr,
            FUTEX_BITSET_MATCH_ANY);
}

void Parker::unpark(std::atomic<std::uintptr_t>& word) noexcept {
    syscall(SYS_futex, futex_word(word), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace juggle::detail

#endif
