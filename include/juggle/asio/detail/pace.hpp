#pragma once

#include <juggle/asio/detail/net.hpp>
#include <juggle/clock.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// A bucket of tokens, one for a byte: so many come in a second, and so many fit. In any length of
/// time no more is spent than what comes in it and one full bucket. Parts of a nanosecond are kept,
/// unless the bucket is full.
///
/// As the virtual scheduling of the generic cell rate algorithm (ITU-T I.371, annex A).
class Pace {
public:
    static constexpr std::uint64_t max_rate = 1'000'000'000'000;
    static constexpr std::size_t max_bucket = std::size_t{1} << 30;

    /// The rate and the bucket are not zero, and not above their limits.
    Pace(std::uint64_t bytes_per_second, std::size_t bucket) noexcept
        : rate_{bytes_per_second}, bucket_{bucket}, time_to_fill_{time_of(bucket, 0).time} {}

    /// When so many may be spent: the present, or later. More than the bucket holds may be when it
    /// is full.
    [[nodiscard]] TimePoint earliest(TimePoint now, std::size_t bytes) const noexcept {
        const Length length = time_of((std::min)(bytes, bucket_), remainder_);
        const std::chrono::nanoseconds rounded_up{length.remainder == 0 ? 0 : 1};
        return (std::max)(now, full_at_ + (length.time + rounded_up - time_to_fill_));
    }

    void spend(TimePoint now, std::size_t bytes) noexcept {
        if (full_at_ < now) {  // it is full, and no more fits
            full_at_ = now;
            remainder_ = 0;
        }
        const Length length = time_of(bytes, remainder_);
        full_at_ += length.time;
        remainder_ = length.remainder;
    }

private:
    struct Length {
        std::chrono::nanoseconds time;
        std::uint64_t remainder;  // of a nanosecond, in parts of 1 / rate_
    };

    /// How long so many take to come. With at most `max_bucket` of them nothing overflows.
    [[nodiscard]] Length time_of(std::uint64_t bytes, std::uint64_t remainder) const noexcept {
        const std::uint64_t parts = bytes * 1'000'000'000 + remainder;
        return {std::chrono::nanoseconds{parts / rate_}, parts % rate_};
    }

    std::uint64_t rate_;
    std::size_t bucket_;
    std::chrono::nanoseconds time_to_fill_;
    TimePoint full_at_ =
        TimePoint{(TimePoint::min)().time_since_epoch() / 2};  // the bucket, long ago
    std::uint64_t remainder_ = 0;
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail
