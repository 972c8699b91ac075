#include "correlator/x_kernels.hpp"

#include "common/opencl.hpp"
#include "common/shown_command.hpp"
#include "correlate_source.hpp"  // correlate.cl as a string, made by CMake

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

namespace correlator {

namespace {

/// Where the runs of each antenna begin, and how far those of neighbouring channels are apart.
std::vector<cl_uint2> places_of(const Layout& layout) {
    std::vector<cl_uint2> places;
    for (std::size_t rank = 0; rank < layout.ranks; ++rank) {
        const Share antennas = layout.antennas_of(rank);
        const std::size_t first = antennas.first * layout.own_channels().count;
        for (std::size_t i = 0; i < antennas.count; ++i) {
            places.push_back(
                {{static_cast<cl_uint>(first + i), static_cast<cl_uint>(antennas.count)}});
        }
    }
    return places;
}

}  // namespace

XKernels::XKernels(const Layout& layout, const cl::Context& context, const cl::Device& device)
    : channels_{layout.own_channels().count} {
    const std::size_t tiles = (layout.antennas + 1) / 2;
    pairs_ = tiles * (tiles + 1) / 2;
    const cl::Program program =
        common::build_program(context, device, std::string(correlate_source),
                              "-D ANTENNAS=" + std::to_string(layout.antennas) +
                                  " -D SPECTRA=" + std::to_string(layout.spectra));
    kernel_ = cl::Kernel(program, "correlate");
    constexpr std::size_t wanted = 64;
    group_ = std::bit_floor(
        std::min({pairs_, wanted, kernel_.getWorkGroupInfo<CL_KERNEL_WORK_GROUP_SIZE>(device)}));
    std::vector<cl_uint2> places = places_of(layout);
    places_ = cl::Buffer(context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
                         places.size() * sizeof(cl_uint2), places.data());
    kernel_.setArg(1, places_);
    kernel_.setArg(2, static_cast<cl_uint>(channels_));
}

void XKernels::enqueue(const cl::CommandQueue& correlate, const cl::Buffer& incoming, bool begins,
                       const cl::Buffer& visibilities, juggle::opencl::Commands* commands) {
    kernel_.setArg(0, incoming);
    kernel_.setArg(3, static_cast<cl_uint>(begins ? 1 : 0));
    kernel_.setArg(4, visibilities);
    const std::size_t width = (pairs_ + group_ - 1) / group_ * group_;
    common::ShownCommand shown{timeline_, "correlate", "", commands};
    correlate.enqueueNDRangeKernel(kernel_, cl::NullRange, cl::NDRange(width, channels_),
                                   cl::NDRange(group_, 1), shown.waits(), shown.event());
}

}  // namespace correlator
