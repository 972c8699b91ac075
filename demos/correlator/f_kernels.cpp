#include "correlator/f_kernels.hpp"

#include "quantise_source.hpp"  // quantise.cl as a string, made by CMake

#include <algorithm>
#include <cmath>
#include <string>

namespace correlator {

namespace {

constexpr double full_scale = 128;

}  // namespace

FKernels::FKernels(const Layout& layout, filter_bank::Window window, double gain,
                   const cl::Context& context, const cl::Device& device)
    : layout_{layout}, factor_{static_cast<float>(gain * full_scale *
                                                  std::sqrt(static_cast<double>(layout.channels)))},
      channeliser_{{.format = filter_bank::SampleFormat::ci8,
                    .channels = layout.channels,
                    .taps = layout.taps,
                    .window = window},
                   std::max<std::size_t>(layout.own_antennas().count, 1) * layout.spectra,
                   "#define SPECTRA " + std::to_string(layout.spectra) + '\n' +
                       std::string(quantise_source),
                   common::gpu::OpenClDevice{context, device}} {
    constexpr std::size_t group_columns = 64;
    quantise_ = channeliser_.last_stage("quantise", group_columns);
}

void FKernels::enqueue(const cl::CommandQueue& compute, const cl::Buffer& samples,
                       const cl::Buffer& outgoing, juggle::opencl::Commands* commands) {
    const std::size_t antennas = layout_.own_antennas().count;
    if (antennas == 0) {
        return;
    }
    common::gpu::OpenClCommands to{compute, timeline_, commands};
    for (std::size_t i = 0; i < antennas; ++i) {
        channeliser_.enqueue_fold(to, samples, i * layout_.pitch(), layout_.spectra,
                                  i * layout_.spectra);
    }
    channeliser_.enqueue_transform(to, antennas * layout_.spectra);
    to.run("quantise", quantise_.kernel, quantise_.items, antennas * layout_.spectra,
           channeliser_.frames(), static_cast<cl_uint>(antennas), factor_, outgoing);
}

}  // namespace correlator
