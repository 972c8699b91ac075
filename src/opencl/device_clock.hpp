#pragma once

#include <juggle/config.hpp>
#include <juggle/opencl/detail/cl.hpp>

#include <cstdint>
#include <optional>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

/// When a command was where, by its device's clock, in ns. Zero: the driver does not say, or says
/// zero, as Intel's runtime for CPUs does of a marker's `queued`.
struct DeviceTimes {
    std::int64_t queued = 0;
    std::int64_t submitted = 0;
    std::int64_t started = 0;
    std::int64_t ended = 0;

    [[nodiscard]] static DeviceTimes of(cl_event event) noexcept;
    /// Both are known, and in order.
    [[nodiscard]] bool has_start_and_end() const noexcept {
        return started != 0 && ended >= started;
    }
};

/// How far a device's clock is from the host's steady clock.
///
/// Markers tell, in a queue of its own: each was started and ended between two looks at the host's
/// clock, and was queued between two that are nearer to each other. Where a driver gives no time
/// of being queued, or one that is not of the clock of start and end, a marker is taken to have
/// been submitted, or started, at once. Markers that contradict each other are of a clock that
/// does not count nanoseconds: it is of no use then. Clocks drift, so that is done again now and
/// then.
class DeviceClock {
public:
    DeviceClock(cl_context context, cl_device_id device) noexcept;
    DeviceClock(const DeviceClock&) = delete;
    DeviceClock& operator=(const DeviceClock&) = delete;
    ~DeviceClock();

    [[nodiscard]] bool is_of(cl_context context, cl_device_id device) const noexcept {
        return context_ == context && device_ == device;
    }

    /// What to add to the device's time, in ns. Nothing as long as it is not known, `unavailable`
    /// if the device will never say.
    [[nodiscard]] std::optional<std::int64_t> offset(std::int64_t now) noexcept;
    [[nodiscard]] bool known() const noexcept { return known_; }
    [[nodiscard]] bool unavailable() const noexcept { return queue_ == nullptr; }

private:
    /// The offset is in between.
    struct Bounds {
        std::int64_t low;
        std::int64_t high;
    };

    void compare() noexcept;
    /// False: these times cannot be.
    [[nodiscard]] bool take(const DeviceTimes& marker, std::int64_t seen) noexcept;
    [[nodiscard]] Bounds bounds(const DeviceTimes& marker, std::int64_t seen) noexcept;
    void give_up() noexcept;

    cl_context context_;
    cl_device_id device_;
    cl_command_queue queue_ = nullptr;
    std::int64_t tolerance_;
    cl_event marker_ = nullptr;  // of the comparison that is under way
    std::int64_t before_ = 0;    // the looks at the host's clock around its being queued
    std::int64_t after_ = 0;
    int comparisons_ = 0;           // of this round
    Bounds round_{};                // what all of them leave
    bool both_sides_near_ = false;  // in all of them
    std::int64_t offset_ = 0;
    std::int64_t known_at_ = 0;
    bool known_ = false;
};

}  // namespace juggle::opencl::detail
