#pragma once

#include <juggle/opencl/detail/cl.hpp>

#include <cstdint>
#include <optional>

namespace juggle::opencl::detail {

/// How far a device's clock is from the host's steady clock.
///
/// A marker's time of being queued is the device's, and lies between two looks at the host's clock:
/// the nearer these are to each other the better is it known. The markers go to a queue of its own.
/// Clocks drift, so that is done again now and then.
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
    [[nodiscard]] bool unavailable() const noexcept { return queue_ == nullptr; }

private:
    void compare() noexcept;
    void give_up() noexcept;

    cl_context context_;
    cl_device_id device_;
    cl_command_queue queue_ = nullptr;
    cl_event marker_ = nullptr;  // of the comparison that is under way
    std::int64_t middle_ = 0;    // of the looks at the host's clock around it
    std::int64_t apart_ = 0;
    int comparisons_ = 0;  // of this round
    std::int64_t best_apart_ = 0;
    std::int64_t best_offset_ = 0;
    std::int64_t known_at_ = 0;
    bool known_ = false;
};

}  // namespace juggle::opencl::detail
