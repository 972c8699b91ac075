#pragma once

#include <juggle/stop_signals.hpp>

#include <atomic>
#include <optional>
#include <stop_token>

namespace waterfall {

/// Turns the first SIGINT or SIGTERM into a request that can be waited for together with
/// input: `fd()` becomes readable and stays so. The second signal ends the process, as if
/// this had never been here.
class Interrupt {
public:
    Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// From now on signals are requests. At most one object may listen at a time.
    void listen();

    /// As a signal does it, from any thread: for when there is no use in reading on.
    void request() noexcept;
    [[nodiscard]] bool requested() const noexcept { return requested_; }
    [[nodiscard]] int fd() const noexcept { return wake_up_.fd; }

private:
    struct EventFd {
        EventFd();
        ~EventFd();
        EventFd(const EventFd&) = delete;
        EventFd& operator=(const EventFd&) = delete;
        int fd;
    };
    struct Request {
        void operator()() const noexcept { interrupt.request(); }
        Interrupt& interrupt;
    };

    std::atomic<bool> requested_ = false;
    EventFd wake_up_;
    std::optional<juggle::StopSignals> signals_;
    std::optional<std::stop_callback<Request>> on_signal_;
};

}  // namespace waterfall
