#pragma once

#include <juggle/bridge/waiter.hpp>
#include <juggle/opencl/detail/cl.hpp>
#include <juggle/opencl/detail/event_monitor.hpp>
#include <juggle/opencl/detail/export.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

/// Waits until all events have settled; throws if one has failed. One is watched at a time: the
/// wait is over when the last has settled, whatever the order. The array must outlive the await.
class JUGGLE_OPENCL_EXPORT EventsWaiter : public bridge::Waiter,
                                          private bridge::EventMonitor::Listener {
public:
    static constexpr bool only_throws_when_cancelled = true;

    /// True if all have settled already: no suspension, no callback.
    [[nodiscard]] bool await_ready() noexcept { return next_ == events_.size() || skip_settled(); }

    /// Throws `Error` with the code of the first in the list that failed.
    void await_resume() const {
        throw_if_stopped();
        if (failed_status_ != 0) [[unlikely]] {
            throw_failed();
        }
    }

protected:
    EventsWaiter() noexcept : Listener{&EventsWaiter::one_settled} {}
    ~EventsWaiter() = default;

    void wait_for(std::span<const cl_event> events) noexcept { events_ = events; }

private:
    void start() final { watch_first(); }
    void cancel() noexcept final { leave(); }
    [[nodiscard]] std::string describe() const final { return next_name(); }

    /// True: none is left that has not settled.
    [[nodiscard]] bool skip_settled() noexcept;
    void watch_first();
    void leave() noexcept;
    [[nodiscard]] std::string next_name() const;
    [[noreturn]] void throw_failed() const;
    void note(cl_event event, cl_int status) noexcept;
    static void one_settled(Listener& listener, int status) noexcept;

    std::span<const cl_event> events_;
    std::size_t next_ = 0;
    EventMonitor::Entry* watched_ = nullptr;
    EventMonitor* monitor_ = nullptr;
    cl_event failed_ = nullptr;
    cl_int failed_status_ = 0;
};

/// Of an array of the caller's.
class EventsAwaiter final : public EventsWaiter {
public:
    explicit EventsAwaiter(std::span<const cl_event> events) noexcept { wait_for(events); }
};

/// Of an array of its own.
template <std::size_t Count>
class EventArrayAwaiter final : public EventsWaiter {
public:
    explicit EventArrayAwaiter(const std::array<cl_event, Count>& events) noexcept : own_{events} {
        wait_for(own_);
    }

private:
    std::array<cl_event, Count> own_;
};

}  // namespace juggle::opencl::detail
