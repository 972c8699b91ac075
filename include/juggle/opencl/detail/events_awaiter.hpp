#pragma once

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
class EventsAwaiter : public juggle::detail::Waiter, private SettledListener {
public:
    static constexpr bool only_throws_when_cancelled = true;

    explicit EventsAwaiter(std::span<const cl_event> events) noexcept
        : Waiter{wait_kind}, SettledListener{&EventsAwaiter::one_settled}, events_{events} {}

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

private:
    /// True: none is left that has not settled.
    [[nodiscard]] bool skip_settled() noexcept;
    [[nodiscard]] bool begin(juggle::detail::PromiseBase& coroutine);
    [[noreturn]] void throw_failed() const;
    void note(cl_event event, cl_int status) noexcept;
    static void one_settled(SettledListener& listener, cl_int status) noexcept;
    static void leave(Waiter& waiter) noexcept;
    static void describe_event(const Waiter& waiter, juggle::detail::WaitReport& report);
    static constexpr juggle::detail::WaitKind wait_kind{&EventsAwaiter::leave,
                                                        &EventsAwaiter::describe_event, true};

    std::span<const cl_event> events_;
    std::size_t next_ = 0;
    PendingEvent* watched_ = nullptr;
    EventMonitor* monitor_ = nullptr;
    cl_event failed_ = nullptr;
    cl_int failed_status_ = 0;
};

/// Base that is constructed before the awaiter that refers to it.
template <std::size_t Count>
struct KeptHandles {
    std::array<cl_event, Count> handles;
};

template <std::size_t Count>
class EventArrayAwaiter final : private KeptHandles<Count>, public EventsAwaiter {
public:
    explicit EventArrayAwaiter(const std::array<cl_event, Count>& events) noexcept
        : KeptHandles<Count>{events}, EventsAwaiter{this->handles} {}
};

}  // namespace juggle::opencl::detail
