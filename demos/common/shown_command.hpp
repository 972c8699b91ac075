#pragma once

#include <juggle/opencl/commands.hpp>
#include <juggle/opencl/timeline.hpp>
#include <juggle/timeline.hpp>

#include <vector>

namespace common {

/// The wait list and the event of one command: those of tickets, if it is enqueued through some, or
/// else none, but an event for a timeline.
class ShownCommand {
public:
    /// `lane`: that of the command's queue if it is empty.
    ShownCommand(juggle::Timeline* timeline, const char* what, const char* lane = "",
                 juggle::opencl::Commands* commands = nullptr) noexcept
        : timeline_{timeline}, what_{what}, lane_{lane}, commands_{commands} {}
    ~ShownCommand() {
        if (event_() != nullptr) {
            juggle::opencl::record(*timeline_, event_, what_, lane_);
        }
    }
    ShownCommand(const ShownCommand&) = delete;
    ShownCommand& operator=(const ShownCommand&) = delete;

    [[nodiscard]] const std::vector<cl::Event>* waits() const noexcept {
        return commands_ == nullptr ? nullptr : commands_->wait_list();
    }
    /// Only once.
    [[nodiscard]] cl::Event* event() {
        if (commands_ != nullptr) {
            return commands_->event(what_, lane_);
        }
        return timeline_ == nullptr ? nullptr : &event_;
    }

private:
    juggle::Timeline* timeline_;
    const char* what_;
    const char* lane_;
    juggle::opencl::Commands* commands_;
    cl::Event event_;
};

}  // namespace common
