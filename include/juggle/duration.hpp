#pragma once

#include <juggle/detail/base/saturate.hpp>

#include <chrono>

namespace juggle::inline JUGGLE_ABI {

/// A length of time in nanoseconds, made from one of any unit and representation, as functions and
/// options take it: `sleep_for(5ms)`, `sleep_for(std::chrono::hours::max())`,
/// `sleep_for(std::chrono::duration<double>{0.1})`. `std::chrono::nanoseconds` alone would
/// overflow, silently.
class Duration : public std::chrono::nanoseconds {
public:
    constexpr Duration() noexcept : duration{0} {}

    /// Parts of a nanosecond are rounded up; what is beyond the range (some 292 years) is cut
    /// there, and so is infinity. `std::invalid_argument` if it is not a number.
    template <class Rep, class Period>
    constexpr Duration(const std::chrono::duration<Rep, Period>& length)
        : duration{detail::to_nanoseconds(length)} {}
};

}  // namespace juggle
