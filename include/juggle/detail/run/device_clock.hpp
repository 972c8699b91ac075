#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/device_times.hpp>

#include <cstdint>
#include <optional>

namespace juggle::inline JUGGLE_ABI::detail {

/// How far a device's clock is from the host's steady clock.
///
/// Markers tell, in a queue of its own: each was started and ended between two looks at the host's
/// clock, and was queued between two that are nearer to each other. Where a driver gives no time
/// of being queued, or one that is not of the clock of start and end, a marker is taken to have
/// been submitted, or started, at once. Markers that contradict each other are of a clock that
/// does not count nanoseconds: it is of no use then. Clocks drift, so that is done again now and
/// then.
class JUGGLE_EXPORT DeviceClock {
public:
    DeviceClock(const DeviceClock&) = delete;
    DeviceClock& operator=(const DeviceClock&) = delete;
    virtual ~DeviceClock();

    /// What to add to the device's time, in ns. Nothing as long as it is not known, or was compared
    /// too long ago; `unavailable` if the device will never say. `now`: of any clock in ns.
    [[nodiscard]] std::optional<std::int64_t> offset(std::int64_t now) noexcept;
    [[nodiscard]] bool known() const noexcept { return known_; }
    [[nodiscard]] bool unavailable() const noexcept { return given_up_; }

protected:
    /// `resolution`: of the device's times. `validity`: how long a comparison is good. In ns.
    DeviceClock(std::int64_t resolution, std::int64_t validity) noexcept;

    /// The first comparison; when markers can be sent.
    void compare() noexcept;
    void give_up() noexcept { given_up_ = true; }

private:
    /// The offset is in between.
    struct Bounds {
        std::int64_t low;
        std::int64_t high;
    };

    /// Gives the device a marker, of which there is one at a time. False: it refuses.
    [[nodiscard]] virtual bool send_marker() noexcept = 0;
    /// Lets it go on its way.
    virtual void flush() noexcept {}
    /// When it was where; nothing if it has not ended, none of the times if it has failed. A marker
    /// whose times were given is over.
    [[nodiscard]] virtual std::optional<DeviceTimes> look_at_marker() noexcept = 0;

    /// False: these times cannot be.
    [[nodiscard]] bool take(const DeviceTimes& marker, std::int64_t seen) noexcept;
    [[nodiscard]] Bounds bounds(const DeviceTimes& marker, std::int64_t seen) noexcept;

    std::int64_t tolerance_;
    std::int64_t validity_;
    std::int64_t before_ = 0;  // the looks at the host's clock around the last marker's sending
    std::int64_t after_ = 0;
    int comparisons_ = 0;           // of this round
    Bounds round_{};                // what all of them leave
    bool both_sides_near_ = false;  // in all of them
    bool under_way_ = false;
    bool given_up_ = false;
    bool known_ = false;
    std::int64_t offset_ = 0;
    std::int64_t known_at_ = 0;
};

}  // namespace juggle::detail
