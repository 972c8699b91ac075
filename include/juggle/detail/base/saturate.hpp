#pragma once

#include <juggle/detail/base/export.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

[[noreturn]] JUGGLE_EXPORT void throw_not_a_duration();

/// See `Duration`.
template <class Rep, class Period>
[[nodiscard]] constexpr std::chrono::nanoseconds to_nanoseconds(
    const std::chrono::duration<Rep, Period>& length) {
    using std::chrono::nanoseconds;
    using Count = nanoseconds::rep;
    constexpr std::intmax_t in_a_second = std::nano::den;
    constexpr bool is_whole =
        in_a_second % Period::den == 0 &&
        Period::num <= (std::numeric_limits<Count>::max)() / (in_a_second / Period::den);
    if constexpr (std::integral<Rep> && is_whole) {
        constexpr Count unit = Period::num * (in_a_second / Period::den);
        constexpr Count most = (std::numeric_limits<Count>::max)() / unit;
        if (std::cmp_greater(length.count(), most)) {
            return (nanoseconds::max)();
        }
        if (std::cmp_less(length.count(), -most)) {
            return (nanoseconds::min)();
        }
        return nanoseconds{static_cast<Count>(length.count()) * unit};
    } else {
        constexpr auto beyond = static_cast<long double>(std::uint64_t{1} << 63U);
        // Divided at last: what is a whole number of nanoseconds is not to be a little more.
        constexpr long double times = static_cast<long double>(Period::num) * 1e9L;
        const long double exact = static_cast<long double>(length.count()) * times / Period::den;
        const bool is_number = exact <= 0 || exact >= 0;
        if (!is_number) {
            throw_not_a_duration();
        }
        if (exact >= beyond) {
            return (nanoseconds::max)();
        }
        if (exact <= -beyond) {
            return (nanoseconds::min)();
        }
        const auto below = static_cast<Count>(exact);  // or above, if it is negative
        return nanoseconds{below + (static_cast<long double>(below) < exact ? 1 : 0)};
    }
}

/// A point in time of the same clock, in nanoseconds.
template <class Clock, class Length>
[[nodiscard]] constexpr auto to_time_point(const std::chrono::time_point<Clock, Length>& point) {
    return std::chrono::time_point<Clock, std::chrono::nanoseconds>{
        to_nanoseconds(point.time_since_epoch())};
}

/// Not beyond the ends of time.
template <class Clock>
[[nodiscard]] constexpr auto later_by(
    const std::chrono::time_point<Clock, std::chrono::nanoseconds>& point,
    std::chrono::nanoseconds by) noexcept {
    using Point = std::chrono::time_point<Clock, std::chrono::nanoseconds>;
    const auto start = point.time_since_epoch();
    if (by.count() > 0 && start.count() > 0 && by > (std::chrono::nanoseconds::max)() - start) {
        return (Point::max)();
    }
    if (by.count() < 0 && start.count() < 0 && by < (std::chrono::nanoseconds::min)() - start) {
        return (Point::min)();
    }
    return point + by;
}

}  // namespace juggle::detail
