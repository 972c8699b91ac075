#pragma once

#include "common/gpu/opencl_device.hpp"
#include "correlator/layout.hpp"
#include "filter_bank/channeliser.hpp"

#include <juggle/opencl/commands.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

namespace correlator {

/// F: samples of the own antennas to channels, on the device. It knows buffers, kernels and one
/// in-order queue, and nothing of who waits for whom.
class FKernels {
public:
    /// Builds the kernels. White noise comes out `gain` times as large as it comes in.
    FKernels(const Layout& layout, filter_bank::Window window, double gain,
             const cl::Context& context, const cl::Device& device);

    /// A timeline is shown the work that is enqueued from now on.
    void show_on(juggle::Timeline* timeline) { timeline_ = timeline; }

    /// What the channels are multiplied with: full scale is 1 in them.
    [[nodiscard]] float factor() const { return factor_; }

    /// Puts the work for one chunk into `compute`, the queue of all chunks. `samples` and
    /// `outgoing` are laid out as a Layout says. `commands`: those of the tickets, if there are
    /// any.
    void enqueue(const cl::CommandQueue& compute, const cl::Buffer& samples,
                 const cl::Buffer& outgoing, juggle::opencl::Commands* commands);

private:
    using Channeliser = filter_bank::Channeliser<common::gpu::OpenClDevice>;

    Layout layout_;
    float factor_;
    juggle::Timeline* timeline_ = nullptr;
    Channeliser channeliser_;
    Channeliser::Stage quantise_;
};

}  // namespace correlator
