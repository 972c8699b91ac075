#pragma once

#include <juggle/detail/base/export.hpp>

#include <stdexcept>

namespace juggle::inline JUGGLE_ABI {

/// Thrown by `deadline` when the time came first.
class JUGGLE_EXCEPTION TimedOut : public std::runtime_error {
public:
    TimedOut() : std::runtime_error{"juggle: timed out"} {}
};

}  // namespace juggle
