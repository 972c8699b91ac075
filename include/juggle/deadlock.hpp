#pragma once

#include <juggle/detail/base/export.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI {

/// Thrown by `Executor::run` instead of sleeping forever: no task is ready, no timer is armed, and
/// nothing outside can wake one: no device event, offloaded work, wait in a `ThreadChannel`,
/// awaitable of another library, or `Poster`.
///
/// The text is the whole story: who waits for what, where, and for whom, and the cycle of tasks
/// that wait for each other if there is one. All tasks have been asked to stop by then; one that
/// did not end by that is destroyed with its executor.
class JUGGLE_EXCEPTION Deadlock : public std::logic_error {
public:
    explicit Deadlock(const std::string& text) : std::logic_error{text} {}
};

}  // namespace juggle
