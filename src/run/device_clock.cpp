#include <juggle/detail/run/device_clock.hpp>

#include <algorithm>
#include <chrono>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

constexpr int comparisons_a_round = 4;
constexpr std::int64_t rounds_apart = 10'000'000'000;  // ns
/// So that a clock that counts something else is seen by the first round.
constexpr std::int64_t comparisons_apart = 250'000;
constexpr std::int64_t least_tolerance = 10'000;

std::int64_t host_time() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::nanoseconds{now}.count();
}

}  // namespace

DeviceClock::DeviceClock(std::int64_t resolution, std::int64_t validity) noexcept
    : tolerance_{least_tolerance + resolution}, validity_{validity} {}

DeviceClock::~DeviceClock() = default;

void DeviceClock::compare() noexcept {
    before_ = host_time();
    if (!send_marker()) {
        give_up();
        return;
    }
    after_ = host_time();
    under_way_ = true;
    flush();
}

DeviceClock::Bounds DeviceClock::bounds(const DeviceTimes& marker, std::int64_t seen) noexcept {
    Bounds result{before_ - marker.started, seen - marker.ended};
    const Bounds queued{before_ - marker.queued, after_ - marker.queued};
    if (marker.queued != 0 && marker.queued <= marker.started &&
        queued.low <= result.high + tolerance_ && queued.high >= result.low - tolerance_) {
        return queued;
    }
    both_sides_near_ = false;
    if (marker.submitted != 0 && marker.submitted <= marker.started &&
        before_ - marker.submitted <= result.high) {
        result.low = before_ - marker.submitted;
    }
    return result;
}

bool DeviceClock::take(const DeviceTimes& marker, std::int64_t seen) noexcept {
    if (!marker.has_start_and_end()) {
        return false;
    }
    if (comparisons_ == 0) {
        both_sides_near_ = true;
        round_ = bounds(marker, seen);
    } else {
        const Bounds more = bounds(marker, seen);
        round_ = {std::max(round_.low, more.low), std::min(round_.high, more.high)};
    }
    ++comparisons_;
    return round_.low <= round_.high + 2 * tolerance_;
}

std::optional<std::int64_t> DeviceClock::offset(std::int64_t now) noexcept {
    const auto known = [&] {
        return known_ && now - known_at_ <= validity_ ? std::optional{offset_} : std::nullopt;
    };
    if (given_up_) {
        return known();
    }
    if (under_way_) {
        const std::optional<DeviceTimes> times = look_at_marker();
        if (!times) {
            return known();
        }
        under_way_ = false;
        if (!take(*times, host_time())) {
            give_up();
            return std::nullopt;
        }
        if (comparisons_ == comparisons_a_round) {
            offset_ = both_sides_near_ ? round_.low + (round_.high - round_.low) / 2 : round_.low;
            known_ = true;
            known_at_ = now;
        }
    }
    if (comparisons_ == comparisons_a_round && now - known_at_ > rounds_apart) {
        comparisons_ = 0;
    }
    if (!under_way_ && comparisons_ < comparisons_a_round &&
        host_time() - before_ >= comparisons_apart) {
        compare();
    }
    return known();
}

}  // namespace juggle::detail
