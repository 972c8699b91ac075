#pragma once

#include <juggle/config.hpp>

#include <cstdint>

namespace juggle::inline JUGGLE_ABI::detail {

/// When a command was where, by its device's clock, in ns. Zero: the driver does not say, or says
/// zero, as Intel's runtime for CPUs does of a marker's `queued`.
struct DeviceTimes {
    std::int64_t queued = 0;
    std::int64_t submitted = 0;
    std::int64_t started = 0;
    std::int64_t ended = 0;

    /// Both are known, and in order.
    [[nodiscard]] bool has_start_and_end() const noexcept {
        return started != 0 && ended >= started;
    }
};

}  // namespace juggle::detail
