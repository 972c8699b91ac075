#pragma once

#include "common/gpu/opencl/tickets_commands.hpp"

#include <juggle/timeline.hpp>

namespace common::on_opencl {

/// What a command is called on a timeline, if there is one, and the tickets' commands of which it
/// is one, if it is enqueued through some.
struct Label {
    juggle::Timeline* timeline = nullptr;
    const char* what = "";
    const char* lane = "";  ///< that of the queue if it is empty
    Commands commands = {};
};

}  // namespace common::on_opencl
