#pragma once

#include "common/gpu/cuda/context.hpp"
#include "common/gpu/cuda/queue.hpp"

#include <juggle/cuda/pinned_buffer.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace common::on_cuda {

/// Host memory that copies run from and to on their own while the host does something else.
/// Nothing may be copying when it is destroyed, which `gpu::Resource` sees to.
template <class Element>
class HostBuffer {
public:
    HostBuffer(Context context, const Queue& /*queue*/, std::size_t size)
        : context_{std::move(context)}, memory_{size} {}

    [[nodiscard]] Element* data() const noexcept { return memory_.data(); }
    [[nodiscard]] std::span<Element> span() const noexcept { return {data(), memory_.size()}; }

private:
    Context context_;  // the memory's
    mutable juggle::cuda::PinnedBuffer<Element> memory_;
};

/// For programs that need no more than a processor as a device with OpenCL: the same here.
template <class Element>
using HostVector = juggle::cuda::PinnedBuffer<Element>;

}  // namespace common::on_cuda
