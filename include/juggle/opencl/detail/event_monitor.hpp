#pragma once

#include <juggle/bridge/poller.hpp>
#include <juggle/clock.hpp>
#include <juggle/opencl/detail/cl.hpp>
#include <juggle/opencl/detail/export.hpp>
#include <juggle/opencl/event_options.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

class PendingEvent;

/// Whoever waits for a `PendingEvent`.
class SettledListener {
public:
    using SettledFunction = void (*)(SettledListener&, cl_int status) noexcept;
    explicit SettledListener(SettledFunction on_settled) noexcept : on_settled_{on_settled} {}
    void settled(cl_int status) noexcept { on_settled_(*this, status); }

protected:
    ~SettledListener() = default;

private:
    SettledFunction on_settled_;
};

/// Watches the events that an executor's tasks wait for: by a callback, which only posts, and by a
/// sweep that looks at the status every so often, for drivers that swallow callbacks.
class JUGGLE_OPENCL_EXPORT EventMonitor final : public bridge::Poller {
public:
    explicit EventMonitor(Executor& executor) : Poller{executor} {}

    /// Whatever is left had its wait cancelled. Gives it a while to settle, then lets go of it.
    ~EventMonitor() override;

    void set_options(const EventOptions& options) noexcept { options_ = options; }
    [[nodiscard]] const EventOptions& options() const noexcept { return options_; }

    /// Tells the listener, at one of the executor's next ticks, when the event has settled; retains
    /// the event until then. `std::bad_alloc` if there is no memory for the entry.
    [[nodiscard]] PendingEvent& watch(cl_event event, SettledListener& listener);

    /// The listener is not told any more; the event is kept until it has settled all the same.
    void abandon(PendingEvent& entry) noexcept;

    /// The sweep. An executor is not awake for events whose wait was abandoned.
    [[nodiscard]] std::optional<TimePoint> poll() noexcept override;

private:
    friend PendingEvent;

    void look_at_due(TimePoint now) noexcept;

    std::vector<PendingEvent*> pending_;
    std::size_t waited_for_ = 0;  // of them, those with a listener
    TimePoint next_look_ = (TimePoint::max)();
    EventOptions options_;
};

}  // namespace juggle::opencl::detail
