#pragma once

#include <juggle/opencl/timeline.hpp>

namespace common {

/// Gives a command an event if a timeline is to show it, and tells the timeline of it at the end of
/// the scope. Without a timeline the command has none, which is cheaper.
class ShownCommand {
public:
    ShownCommand(juggle::Timeline* timeline, const char* what) noexcept
        : timeline_{timeline}, what_{what} {}
    ~ShownCommand() {
        if (event_() != nullptr) {
            juggle::opencl::record(*timeline_, event_, what_);
        }
    }
    ShownCommand(const ShownCommand&) = delete;
    ShownCommand& operator=(const ShownCommand&) = delete;

    [[nodiscard]] cl::Event* event() noexcept { return timeline_ == nullptr ? nullptr : &event_; }

private:
    juggle::Timeline* timeline_;
    const char* what_;
    cl::Event event_;
};

}  // namespace common
