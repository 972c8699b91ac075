#include <juggle/detail/run/inbox.hpp>

#include <algorithm>
#include <chrono>

#if defined(__linux__)
#include <climits>

#include <bit>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

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

namespace juggle::detail {

#if defined(__linux__)

namespace {

/// The half of the head that tells *armed* from a node, whose address has its low bits clear.
std::uint32_t* futex_word(std::atomic<std::uintptr_t>& head) noexcept {
    auto* words = reinterpret_cast<std::uint32_t*>(&head);
    constexpr bool low_word_first =
        std::endian::native == std::endian::little || sizeof(std::uintptr_t) == 4;
    return low_word_first ? words : words + 1;
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
void Inbox::wait(std::optional<TimePoint> deadline) noexcept {
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
    syscall(SYS_futex, futex_word(head_), FUTEX_WAIT_BITSET_PRIVATE,
            static_cast<std::uint32_t>(armed), deadline ? &until : nullptr, nullptr,
            FUTEX_BITSET_MATCH_ANY);
}

void Inbox::wake() noexcept {
    syscall(SYS_futex, futex_word(head_), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

#else

void Inbox::wait(std::optional<TimePoint> deadline) noexcept {
    std::unique_lock lock{mutex_};
    const auto woken = [this] { return head_.load(std::memory_order_relaxed) != armed; };
    if (deadline) {
        changed_.wait_until(lock, *deadline, woken);
    } else {
        changed_.wait(lock, woken);
    }
}

void Inbox::wake() noexcept {
    const std::lock_guard lock{mutex_};
    changed_.notify_one();
}

#endif

}  // namespace juggle::detail
