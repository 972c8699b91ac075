#pragma once

#include <juggle/bridge/waiter.hpp>
#include <juggle/cuda/detail/event_monitor.hpp>
#include <juggle/cuda/detail/export.hpp>
#include <juggle/cuda/event.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::cuda::detail {

/// Waits until all events have settled; throws if one has failed. One is watched at a time: the
/// wait is over when the last has settled, whatever the order. The events must outlive the await.
class JUGGLE_CUDA_EXPORT EventsWaiter : public bridge::Waiter,
                                        private bridge::EventMonitor::Listener {
public:
    static constexpr bool only_throws_when_cancelled = true;

    /// True if all have settled already: no suspension, no host function.
    [[nodiscard]] bool await_ready() noexcept { return skip_settled(); }

    /// Throws `Error` with the code of the first in the list that failed.
    void await_resume() const {
        throw_if_stopped();
        if (failed_ != events_.size()) [[unlikely]] {
            throw_failed();
        }
    }

protected:
    explicit EventsWaiter(std::span<const Event> events) noexcept
        : Listener{&EventsWaiter::one_settled}, events_{events}, failed_{events.size()} {}
    ~EventsWaiter() = default;

private:
    void start() final;
    void cancel() noexcept final;
    [[nodiscard]] std::string describe() const final;
    static void one_settled(Listener& listener, int code) noexcept;

    /// True: none is left that has not settled.
    [[nodiscard]] bool skip_settled() noexcept;
    void note(CUresult code) noexcept;
    [[noreturn]] void throw_failed() const;

    std::span<const Event> events_;
    std::size_t next_ = 0;
    EventMonitor::Entry* watched_ = nullptr;
    EventMonitor* monitor_ = nullptr;
    std::size_t failed_;  // which; the list's size: none
    CUresult failure_ = CUDA_SUCCESS;
};

/// Of events of the caller's.
class EventsAwaiter final : public EventsWaiter {
public:
    explicit EventsAwaiter(std::span<const Event> events) noexcept : EventsWaiter{events} {}
};

/// Of an event of its own.
class OwnEventAwaiter final : public EventsWaiter {
public:
    explicit OwnEventAwaiter(Event own) noexcept
        : EventsWaiter{std::span<const Event>{&own_, 1}}, own_{std::move(own)} {}

private:
    Event own_;
};

}  // namespace juggle::cuda::detail
