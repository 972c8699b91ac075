#include <juggle/detail/run/parker.hpp>

#if defined(_WIN32)

#include "../base/windows.hpp"

#include <algorithm>
#include <chrono>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

/// Whole milliseconds are what there is: rounded up, since a wait that ends too early is begun
/// again, over and over until the time has come. The longest one is begun again after 49 days.
DWORD milliseconds_until(TimePoint deadline) noexcept {
    using std::chrono::milliseconds;
    const TimePoint now = TimePoint::clock::now();
    const auto left = std::chrono::ceil<milliseconds>(std::max(deadline, now) - now);
    return static_cast<DWORD>(std::min<milliseconds::rep>(left.count(), INFINITE - 1));
}

}  // namespace

void Parker::park(std::atomic<std::uintptr_t>& word, std::uintptr_t parked,
                  std::optional<TimePoint> deadline) noexcept {
    ::WaitOnAddress(&word, &parked, sizeof parked,
                    deadline ? milliseconds_until(*deadline) : INFINITE);
}

void Parker::unpark(std::atomic<std::uintptr_t>& word) noexcept { ::WakeByAddressSingle(&word); }

}  // namespace juggle::detail

#endif
