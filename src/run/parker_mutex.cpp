#include <juggle/detail/run/parker.hpp>

#if defined(JUGGLE_DETAIL_PARKER_NEEDS_MUTEX)

#include <algorithm>
#include <chrono>

#if defined(__APPLE__)
#include <pthread.h>
#endif

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

/// Longer waits end early: some systems count in small numbers, or add this to the wall clock.
constexpr std::chrono::hours at_most{24};

#if defined(__APPLE__)

// libc++ waits by the wall clock here: where that is set back an hour, so much longer.
void wait_for(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
              std::chrono::nanoseconds left) noexcept {
    const auto whole = std::chrono::floor<std::chrono::seconds>(left);
    const timespec limit{static_cast<std::time_t>(whole.count()),
                         static_cast<long>((left - whole).count())};
    ::pthread_cond_timedwait_relative_np(changed.native_handle(), lock.mutex()->native_handle(),
                                         &limit);
}

#else

void wait_for(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
              std::chrono::nanoseconds left) noexcept {
    changed.wait_for(lock, left);
}

#endif

}  // namespace

void Parker::park(std::atomic<std::uintptr_t>& word, std::uintptr_t parked,
                  std::optional<TimePoint> deadline) noexcept {
    std::unique_lock lock{mutex_};
    // Replaced after this, the word is followed by `unpark`, which has to wait for the mutex.
    if (word.load(std::memory_order_relaxed) != parked) {
        return;
    }
    if (deadline) {
        const TimePoint now = TimePoint::clock::now();
        const TimePoint::duration left = std::max(*deadline, now) - now;
        wait_for(changed_, lock, std::min<std::chrono::nanoseconds>(left, at_most));
    } else {
        changed_.wait(lock);
    }
}

void Parker::unpark(std::atomic<std::uintptr_t>&) noexcept {
    const std::lock_guard lock{mutex_};
    changed_.notify_one();
}

}  // namespace juggle::detail

#endif
