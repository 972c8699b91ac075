#pragma once

#include "common/gpu/opencl_commands.hpp"

#include <juggle/opencl/enqueue.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <utility>

namespace common::gpu {

/// An in-order queue. A copy is the same one. CudaQueue is its like.
class OpenClQueue {
public:
    using Commands = OpenClCommands;
    using NativeCommands = juggle::opencl::Commands&;

    /// `timeline`: null unless its work is shown.
    OpenClQueue(cl::CommandQueue queue, juggle::Timeline* timeline)
        : queue_{std::move(queue)}, timeline_{timeline} {}

    [[nodiscard]] const cl::CommandQueue& native() const noexcept { return queue_; }
    // NOLINTNEXTLINE(google-explicit-constructor): it is one for FinishAtEnd
    operator const cl::CommandQueue&() const noexcept { return queue_; }

    /// For the turn of an `enqueue`.
    [[nodiscard]] OpenClCommands commands(NativeCommands native) const noexcept {
        return {queue_, timeline_, &native};
    }
    /// For what goes without tickets, and is not shown.
    [[nodiscard]] OpenClCommands commands() const noexcept { return {queue_, nullptr}; }
    /// The same, but shown.
    // NOLINTNEXTLINE(google-explicit-constructor): a queue will do where its commands are asked for
    operator OpenClCommands() const { return {queue_, timeline_}; }
    /// Waits on the host for all that it was given. Throws cl::Error.
    void finish() const { queue_.finish(); }

    /// See gpu::enqueue.
    template <class... Arguments>
    [[nodiscard]] auto enqueue(Arguments&&... arguments) const {
        return juggle::opencl::enqueue(queue_, std::forward<Arguments>(arguments)...);
    }

private:
    cl::CommandQueue queue_;
    juggle::Timeline* timeline_;
};

}  // namespace common::gpu
