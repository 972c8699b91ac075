#pragma once

#include "common/gpu/opencl_commands.hpp"

#include <CL/opencl.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace common::gpu {

/// How long a stage has taken, by the device's clock; CudaStopwatch is its like. For a queue that
/// is `timed`.
class OpenClStopwatch {
public:
    void start(const OpenClCommands& /*commands*/) noexcept {}
    void stop(const OpenClCommands& /*commands*/) noexcept {}

    /// Whether the stage had any commands; `last`: the event of the last one.
    [[nodiscard]] static bool has_run(const cl::Event& last) noexcept { return last() != nullptr; }
    /// When a stage, whose last command has ended, has begun and ended. It may have had several
    /// commands: `possible` is when it could have begun, if that is known. Zero if the driver does
    /// not tell.
    [[nodiscard]] static std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds> times(
        const cl::Event& last, std::optional<std::chrono::nanoseconds> possible);
};

}  // namespace common::gpu
