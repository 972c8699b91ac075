#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace triple {

/// Turns the first SIGINT or SIGTERM into a stop request, from a thread of its own: a signal
/// handler may do hardly anything. The second signal ends the process, as if this had never been
/// here. At most one object at a time.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }
    [[nodiscard]] bool requested() const noexcept { return stop_.stop_requested(); }

private:
    void wait_for_signal();

    std::stop_source stop_;
    std::atomic<bool> over_ = false;
    std::jthread thread_;
};

}  // namespace triple
