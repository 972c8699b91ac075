#pragma once

#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/opencl/detail/cl.hpp>
#include <juggle/opencl/detail/event_monitor.hpp>

#include <array>
#include <coroutine>
#include <cstddef>
#include <span>

namespace juggle::opencl::detail {

/// Waits until all events have settled; throws if one has failed. One is watched at a time: the
/// wait is over when the last has settled, whatever the order. The array must outlive the await.
class JUGGLE_EXPORT EventsWaiter : public juggle::detail::Waiter, private SettledListener {
public:
    static constexpr bool only_throws_when_cancelled = true;

    /// True if all have settled already: no suspension, no callback.
    [[nodiscard]] bool await_ready() noexcept { return next_ == events_.size() || skip_settled(); }

    template <juggle::detail::LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return begin(coroutine.promise());
    }

    /// Throws `Error` with the code of the first in the list that failed.
    void await_resume() const {
        throw_if_cancelled();
        if (failed_status_ != 0) [[unlikely]] {
            throw_failed();
        }
    }

    [[nodiscard]] bool outside() const noexcept final { return true; }
    void describe(juggle::detail::WaitReport& report) const final { describe_wait(report); }

protected:
    explicit EventsWaiter(std::span<const cl_event> events) noexcept
        : SettledListener{&EventsWaiter::one_settled}, events_{events} {}
    ~EventsWaiter() = default;

private:
    /// True: none is left that has not settled.
    [[nodiscard]] bool skip_settled() noexcept;
    [[nodiscard]] bool begin(juggle::detail::PromiseBase& coroutine);
    [[noreturn]] void throw_failed() const;
    void note(cl_event event, cl_int status) noexcept;
    static void one_settled(SettledListener& listener, cl_int status) noexcept;
    void on_cancel() noexcept final { leave(); }
    void leave() noexcept;
    void describe_wait(juggle::detail::WaitReport& report) const;

    std::span<const cl_event> events_;
    std::size_t next_ = 0;
    PendingEvent* watched_ = nullptr;
    EventMonitor* monitor_ = nullptr;
    cl_event failed_ = nullptr;
    cl_int failed_status_ = 0;
};

/// Of an array of the caller's.
class EventsAwaiter final : public EventsWaiter {
public:
    explicit EventsAwaiter(std::span<const cl_event> events) noexcept : EventsWaiter{events} {}
};

/// Of an array of its own.
template <std::size_t Count>
class EventArrayAwaiter final : private juggle::detail::BaseFromMember<std::array<cl_event, Count>>,
                                public EventsWaiter {
public:
    explicit EventArrayAwaiter(const std::array<cl_event, Count>& events) noexcept
        : juggle::detail::BaseFromMember<std::array<cl_event, Count>>{events},
          EventsWaiter{this->kept} {}
};

}  // namespace juggle::opencl::detail
