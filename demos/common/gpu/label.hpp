#pragma once

namespace common::gpu {

/// What a timeline calls a command.
struct Label {
    // NOLINTNEXTLINE(google-explicit-constructor): most have no more than a name
    Label(const char* name, const char* on_lane = "") noexcept : what{name}, lane{on_lane} {}

    const char* what;
    const char* lane;  ///< that of the queue if it is empty
};

}  // namespace common::gpu
