#pragma once

#include <juggle/config.hpp>

#include <cstdint>

namespace juggle::inline JUGGLE_ABI {

/// What a lane of a `Timeline` tells of.
enum class TimelineLaneKind : std::uint8_t {
    host,      ///< the executor's thread: what it ran, and nothing while it slept
    spans,     ///< the user's spans of one name
    queue,     ///< a device queue's commands
    thread,    ///< a thread that ran offloaded work
    resource,  ///< who held it, and who waited for it
};

}  // namespace juggle
