#pragma once

#include <juggle/config.hpp>
#include <juggle/detail/run/device_clock.hpp>
#include <juggle/opencl/detail/cl.hpp>

#include <optional>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

[[nodiscard]] juggle::detail::DeviceTimes device_times(cl_event event) noexcept;

/// How far the clock of an OpenCL device is from the host's.
class DeviceClock final : public juggle::detail::DeviceClock {
public:
    DeviceClock(cl_context context, cl_device_id device) noexcept;
    ~DeviceClock() override;

    [[nodiscard]] bool is_of(cl_context context, cl_device_id device) const noexcept {
        return context_ == context && device_ == device;
    }

private:
    [[nodiscard]] bool send_marker() noexcept override;
    void flush() noexcept override;
    [[nodiscard]] std::optional<juggle::detail::DeviceTimes> look_at_marker() noexcept override;

    cl_context context_;
    cl_device_id device_;
    cl_command_queue queue_ = nullptr;
    cl_event marker_ = nullptr;  // of the comparison that is under way
};

}  // namespace juggle::opencl::detail
