#pragma once

#include <juggle/bridge/poller.hpp>
#include <juggle/clock.hpp>
#include <juggle/cuda/detail/event_record.hpp>
#include <juggle/cuda/detail/export.hpp>
#include <juggle/cuda/detail/notify_streams.hpp>
#include <juggle/cuda/event_options.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

class PendingWait;

/// Whoever waits for an event.
class SettledListener {
public:
    virtual void settled(CUresult code) noexcept = 0;

protected:
    ~SettledListener() = default;
};

/// Watches the events that an executor's tasks wait for: by host functions, which only post; by
/// asking about some of them at each turn; and by a sweep that asks about each every so often,
/// since the driver calls no host function of a context that is over.
class JUGGLE_CUDA_EXPORT EventMonitor final : public bridge::Poller {
public:
    explicit EventMonitor(Executor& executor) : Poller{executor} {}

    /// Whatever is left had its wait cancelled. Gives it a while to settle, then lets go of it.
    ~EventMonitor() override;

    void set_options(const EventOptions& options) noexcept { options_ = options; }
    [[nodiscard]] const EventOptions& options() const noexcept { return options_; }

    /// Tells the listener, at one of the executor's next ticks, when the event has settled; keeps
    /// the event until then. `std::bad_alloc` if there is no memory for the entry.
    [[nodiscard]] PendingWait& watch(EventRecord& record, SettledListener& listener);

    /// The listener is not told any more; the event is kept until it has settled all the same.
    void abandon(PendingWait& entry) noexcept;

    /// An executor is not awake for events whose wait was abandoned.
    [[nodiscard]] std::optional<TimePoint> poll() noexcept override;

private:
    friend PendingWait;

    void look_at_due(TimePoint now) noexcept;
    void look_at_some() noexcept;
    /// One event has failed, and others of its context have likely, too.
    void hurry() noexcept;

    std::vector<PendingWait*> pending_;
    std::size_t next_ = 0;        // of them, to be looked at by turns
    std::size_t waited_for_ = 0;  // of them, those with a listener
    TimePoint next_look_ = (TimePoint::max)();
    EventOptions options_;
    NotifyStreams notify_streams_;
};

}  // namespace juggle::cuda::detail
