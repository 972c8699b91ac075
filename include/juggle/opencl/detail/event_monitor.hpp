#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/opencl/detail/cl.hpp>
#include <juggle/opencl/event_options.hpp>

#include <cstddef>

namespace juggle::opencl::detail {

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
class JUGGLE_EXPORT EventMonitor final : public juggle::detail::Service {
public:
    explicit EventMonitor(juggle::detail::Loop& loop) noexcept : loop_{loop} {}

    /// Whatever is left had its wait cancelled. Gives it a while to settle, then lets go of it.
    ~EventMonitor() override;

    void set_options(const EventOptions& options) noexcept { options_ = options; }
    [[nodiscard]] const EventOptions& options() const noexcept { return options_; }
    [[nodiscard]] juggle::detail::Loop& loop() const noexcept { return loop_; }

    /// Tells the listener, at one of the loop's next ticks, when the event has settled; retains the
    /// event until then. `std::bad_alloc` if there is no memory for the entry.
    [[nodiscard]] PendingEvent& watch(cl_event event, SettledListener& listener);

    /// The listener is not told any more; the event is kept until it has settled all the same.
    static void abandon(PendingEvent& entry) noexcept;

    /// Those of waits that were abandoned: they go on by the destructor, which waits a while only.
    [[nodiscard]] std::size_t timers_without_task() const noexcept override;

private:
    friend PendingEvent;

    juggle::detail::Loop& loop_;
    juggle::detail::IntrusiveList<PendingEvent> pending_;
    EventOptions options_;
};

}  // namespace juggle::opencl::detail
