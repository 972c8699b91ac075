#pragma once

#include <juggle/bridge/event_monitor.hpp>
#include <juggle/cuda/detail/event_record.hpp>
#include <juggle/cuda/detail/export.hpp>
#include <juggle/cuda/detail/notify_streams.hpp>
#include <juggle/cuda/event_options.hpp>

#include <optional>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// Watches the events that an executor's tasks wait for: by host functions, which only post; by
/// asking about some of them at each turn; and by a sweep that asks about each every so often,
/// since the driver calls no host function of a context that is over.
class JUGGLE_CUDA_EXPORT EventMonitor final : public bridge::EventMonitor {
public:
    explicit EventMonitor(Executor& executor);

    /// Whatever is left had its wait cancelled. Gives it a while to settle, then lets go of it.
    ~EventMonitor() override;

    void set_options(const EventOptions& options) noexcept;

private:
    static void CUDA_CB host_function(void* ticket) noexcept;

    void retain(void* record) noexcept override;
    void release(void* record) noexcept override;
    [[nodiscard]] bool request_callback(void* record, void* ticket) noexcept override;
    [[nodiscard]] std::optional<int> ask(void* record, unsigned& refusals) noexcept override;

    Duration drain_;
    NotifyStreams notify_streams_;
};

}  // namespace juggle::cuda::detail
