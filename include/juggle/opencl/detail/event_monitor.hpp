#pragma once

#include <juggle/bridge/event_monitor.hpp>
#include <juggle/opencl/detail/cl.hpp>
#include <juggle/opencl/detail/export.hpp>
#include <juggle/opencl/event_options.hpp>

#include <optional>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

/// Watches the events that an executor's tasks wait for: the callback only posts, and a sweep looks
/// at the status every so often, for drivers that swallow callbacks.
class JUGGLE_OPENCL_EXPORT EventMonitor final : public bridge::EventMonitor {
public:
    explicit EventMonitor(Executor& executor);

    /// Whatever is left had its wait cancelled. Gives it a while to settle, then lets go of it.
    ~EventMonitor() override;

    void set_options(const EventOptions& options) noexcept;

private:
    static void CL_CALLBACK on_event(cl_event event, cl_int status, void* ticket) noexcept;

    void retain(void* event) noexcept override;
    void release(void* event) noexcept override;
    [[nodiscard]] bool request_callback(void* event, void* ticket) noexcept override;
    /// A driver that has refused to say the status may be well again; one that goes on refusing is
    /// not waited for without end: the event has failed then, with the query's own code.
    [[nodiscard]] std::optional<int> ask(void* event, unsigned& refusals) noexcept override;
    void flush(void* event) noexcept override;  // again and again, in case it was refused

    Duration drain_;
};

}  // namespace juggle::opencl::detail
