#pragma once

#include <juggle/opencl/commands.hpp>

namespace common::on_opencl {

/// What a function takes that `gpu::enqueue` calls, and passes on to the calls that enqueue:
/// juggle's, which has the wait list and the event of each, or none.
class Commands {
public:
    Commands() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): that is what a function of enqueue's is given
    Commands(juggle::opencl::Commands& commands) noexcept : commands_{&commands} {}

    /// Null: none.
    [[nodiscard]] juggle::opencl::Commands* get() const noexcept { return commands_; }

private:
    juggle::opencl::Commands* commands_ = nullptr;
};

}  // namespace common::on_opencl
