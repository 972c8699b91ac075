#pragma once

#include "correlator/layout.hpp"

#include <juggle/opencl/commands.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <cstddef>

namespace correlator {

/// X: the own channels of all antennas to visibilities, on the device, in whole numbers.
class XKernels {
public:
    /// Builds the kernel.
    XKernels(const Layout& layout, const cl::Context& context, const cl::Device& device);

    /// A timeline is shown the work that is enqueued from now on.
    void show_on(juggle::Timeline* timeline) { timeline_ = timeline; }

    /// Puts the work for one chunk into `correlate`, a queue. If it `begins` an integration the
    /// visibilities are forgotten that were there before. `incoming` and `visibilities` are laid
    /// out as a Layout says. `commands`: those of the tickets, if there are any.
    void enqueue(const cl::CommandQueue& correlate, const cl::Buffer& incoming, bool begins,
                 const cl::Buffer& visibilities, juggle::opencl::Commands* commands);

private:
    std::size_t channels_;
    std::size_t pairs_;  // of two antennas
    std::size_t group_;
    cl::Kernel kernel_;
    cl::Buffer places_;
    juggle::Timeline* timeline_ = nullptr;
};

}  // namespace correlator
