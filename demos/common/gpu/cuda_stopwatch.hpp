#pragma once

#include "common/gpu/cuda_commands.hpp"
#include "common/gpu/cuda_context.hpp"

#include <juggle/cuda/event.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <cuda.h>

namespace common::gpu {

/// How long a stage has taken, by events around it; OpenClStopwatch is its like.
class CudaStopwatch {
public:
    /// One that does not run costs nothing, and may not be asked.
    CudaStopwatch(CudaContextPtr context, bool runs) : context_{std::move(context)}, runs_{runs} {}

    /// Throw CudaError.
    void start(const CudaCommands& commands) { record(begin_, commands); }
    void stop(const CudaCommands& commands) { record(end_, commands); }

    /// Whether the stage had any commands.
    [[nodiscard]] bool has_run(const juggle::cuda::Event& /*last*/) const noexcept {
        return end_ != nullptr;
    }
    /// When the stage, which has ended, has begun and ended. The end is now, and so a little late;
    /// the time between is the device's. Throws CudaError.
    [[nodiscard]] std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds> times(
        const juggle::cuda::Event& last, std::optional<std::chrono::nanoseconds> possible) const;

private:
    using Mark = std::shared_ptr<CUevent_st>;

    void record(Mark& mark, const CudaCommands& commands) const;

    CudaContextPtr context_;
    bool runs_;
    Mark begin_;
    Mark end_;
};

}  // namespace common::gpu
