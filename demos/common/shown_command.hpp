#pragma once

#include <juggle/opencl/timeline.hpp>

namespace common {

/// Gives a command an event if a timeline is to show it, and tells the timeline of it at the end of
/// the scope. Without a timeline the command has none, which is cheaper.
class ShownCommand {
public:
    /// `lane`: that of the command's queue if it is empty.
    ShownCommand(juggle::Timeline* timeline, const char* what, const char* lane = "") noexcept
        : timeline_{timeline}, what_{what}, lane_{lane} {}
    ~ShownCommand() {
        if (event_() != nullptr) {
            juggle::opencl::record(*timeline_, event_, what_, lane_);
        }
    }
    ShownCommand(const ShownCommand&) = delete;
    ShownCommand& operator=(const ShownCommand&) = delete;

    [[nodiscard]] cl::Event* event() noexcept { return timeline_ == nullptr ? nullptr : &event_; }
    /// For the C interface; only once.
    [[nodiscard]] cl_event* handle() noexcept { return timeline_ == nullptr ? nullptr : &event_(); }

private:
    juggle::Timeline* timeline_;
    const char* what_;
    const char* lane_;
    cl::Event event_;
};

}  // namespace common
