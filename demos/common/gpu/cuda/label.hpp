#pragma once

#include "common/gpu/cuda/tickets_commands.hpp"

#include <juggle/timeline.hpp>

namespace common::on_cuda {

/// What a command is called on a timeline, if there is one.
struct Label {
    juggle::Timeline* timeline = nullptr;
    const char* what = "";
    const char* lane = "";  ///< that of the stream if it is empty
    Commands commands = {};
};

}  // namespace common::on_cuda
