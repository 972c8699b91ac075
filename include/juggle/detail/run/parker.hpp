#pragma once

#include <juggle/clock.hpp>
#include <juggle/detail/base/export.hpp>

#include <atomic>
#include <cstdint>
#include <optional>

// Tests of what other systems have define JUGGLE_DETAIL_PORTABLE on Linux.
#if (!defined(__linux__) || defined(JUGGLE_DETAIL_PORTABLE)) && !defined(_WIN32)
#define JUGGLE_DETAIL_PARKER_NEEDS_MUTEX
#include <condition_variable>
#include <mutex>
#endif

namespace juggle::inline JUGGLE_ABI::detail {

/// Where one thread sleeps until another has replaced a word:
///
/// | system  | sleeps in                                                                     |
/// |---------|-------------------------------------------------------------------------------|
/// | Linux   | a futex                                                                       |
/// | Windows | `WaitOnAddress`                                                               |
/// | macOS   | a condition variable, with the system's own limit on the wait                 |
/// | others  | a condition variable                                                          |
class JUGGLE_EXPORT Parker {
public:
    /// Returns when `unpark` is called, at once if `word` is not `parked` any more, and when the
    /// deadline is past. It may return early.
    void park(std::atomic<std::uintptr_t>& word, std::uintptr_t parked,
              std::optional<TimePoint> deadline) noexcept;

    /// For whoever has replaced `parked`; from any thread.
    void unpark(std::atomic<std::uintptr_t>& word) noexcept;

#if defined(JUGGLE_DETAIL_PARKER_NEEDS_MUTEX)
private:
    std::mutex mutex_;
    std::condition_variable changed_;
#endif
};

}  // namespace juggle::detail
