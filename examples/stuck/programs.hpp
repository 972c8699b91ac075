#pragma once

#include <juggle/task.hpp>

// Programs with a mistake that many have made. Each waits for something that will never come.

namespace stuck {

/// Two tasks hold a resource each and want the other's.
juggle::Task<> cycle();

/// A task keeps its allocation when it has done with the value, and does not say that it is ready.
juggle::Task<> forgotten();

/// Elements go into a channel that nobody empties.
juggle::Task<> channel();

/// A device command that is to come guards a buffer, and never ends.
juggle::Task<> event();

/// A task waits for its own end.
juggle::Task<> join();

}  // namespace stuck
