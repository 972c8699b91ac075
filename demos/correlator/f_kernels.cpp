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
                   context,
                   device} {
    constexpr std::size_t group_columns = 64;
    quantise_ = channeliser_.last_stage("quantise", group_columns);
    quantise_.kernel.setArg(0, channeliser_.frames());
    quantise_.kernel.setArg(1, static_cast<cl_uint>(layout.own_antennas().count));
    quantise_.kernel.setArg(2, factor_);
}

void FKernels::enqueue(const cl::CommandQueue& compute, const cl::Buffer& samples,
                       const cl::Buffer& outgoing, juggle::opencl::Commands* commands) {
    const std::size_t antennas = layout_.own_antennas().count;
    if (antennas == 0) {
        return;
    }
    for (std::size_t i = 0; i < antennas; ++i) {
        channeliser_.enqueue_fold(compute, samples, i * layout_.pitch(), layout_.spectra,
                                  i * layout_.spectra, commands);
    }
    channeliser_.enqueue_transform(compute, antennas * layout_.spectra, commands);
    quantise_.kernel.setArg(3, outgoing);
    channeliser_.enqueue_grid(compute, quantise_, antennas * layout_.spectra, "quantise", commands);
}

}  // namespace correlator
