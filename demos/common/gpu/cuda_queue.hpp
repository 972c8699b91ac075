#pragma once

#include "common/gpu/cuda_commands.hpp"
#include "common/gpu/cuda_context.hpp"

#include <juggle/cuda/enqueue.hpp>
#include <juggle/timeline.hpp>

#include <memory>
#include <string_view>
#include <utility>

#include <cuda.h>

namespace common::gpu {

/// A stream. A copy is the same one. OpenClQueue is its like.
class CudaQueue {
public:
    using Commands = CudaCommands;
    using NativeCommands = CUstream;

    /// If a timeline is to show it, it has a name there. Throws CudaError.
    CudaQueue(CudaContextPtr context, juggle::Timeline* timeline, std::string_view name);

    [[nodiscard]] CUstream native() const noexcept { return stream_.get(); }
    // NOLINTNEXTLINE(google-explicit-constructor): it is one for FinishAtEnd
    operator CUstream() const noexcept { return native(); }

    /// For the turn of an `enqueue`.
    [[nodiscard]] CudaCommands commands(NativeCommands /*stream*/) const {
        return {context_->native(), native(), timeline_};
    }
    /// For what goes without tickets, and is not shown.
    [[nodiscard]] CudaCommands commands() const { return {context_->native(), native(), nullptr}; }
    /// The same, but shown.
    // NOLINTNEXTLINE(google-explicit-constructor): a queue will do where its commands are asked for
    operator CudaCommands() const { return {context_->native(), native(), timeline_}; }
    /// Waits on the host for all that it was given. Throws CudaError.
    void finish() const;

    /// See gpu::enqueue.
    template <class... Arguments>
    [[nodiscard]] auto enqueue(Arguments&&... arguments) const {
        return juggle::cuda::enqueue(native(), std::forward<Arguments>(arguments)...);
    }

private:
    CudaContextPtr context_;
    std::shared_ptr<CUstream_st> stream_;
    juggle::Timeline* timeline_;
};

}  // namespace common::gpu
