#include "fengine/stream_kernels.hpp"

#include "quantise_source.hpp"  // quantise.cl as a string, made by CMake

#include <string>
#include <vector>

namespace fengine {

namespace jcl = juggle::opencl;

StreamKernels::StreamKernels(const StreamOptions& stream, filter_bank::SampleFormat format,
                             const InputLayout& input, const cl::Context& context,
                             const cl::Device& device)
    : input_{input}, history_{stream.history()}, spectra_{input.chunk_samples() / stream.channels},
      output_{.channels = stream.channels,
              .spectra = stream.spectra,
              .blocks = spectra_ / stream.spectra},
      context_{context}, channeliser_{{.format = format,
                                       .channels = stream.channels,
                                       .taps = stream.taps,
                                       .window = stream.window},
                                      polarisations * spectra_,
                                      "#define SPECTRA " + std::to_string(stream.spectra) + '\n' +
                                          std::string(quantise_source),
                                      context,
                                      device} {
    constexpr std::size_t group_columns = 64;
    quantise_ = channeliser_.last_stage("quantise", group_columns);
    quantise_.kernel.setArg(0, channeliser_.frames());
    quantise_.kernel.setArg(1, static_cast<cl_uint>(spectra_));
    quantise_.kernel.setArg(4, static_cast<cl_uint>(output_.counts_at()));
}

cl::Buffer StreamKernels::make_output() const {
    return {context_, CL_MEM_READ_WRITE, output_.bytes()};
}

void StreamKernels::enqueue(const cl::CommandQueue& compute, const cl::Buffer& samples,
                            const cl::Buffer& gains, const cl::Buffer& output,
                            jcl::Commands* commands) {
    for (std::size_t i = 0; i < polarisations; ++i) {
        channeliser_.enqueue_fold(compute, samples, i * input_.pitch() + input_.history - history_,
                                  spectra_, i * spectra_, commands);
    }
    channeliser_.enqueue_transform(compute, polarisations * spectra_, commands);
    const std::vector<cl::Event>* const waits =
        commands == nullptr ? nullptr : commands->wait_list();
    cl::Event* const zeroed = commands == nullptr ? nullptr : commands->event("counts");
    compute.enqueueFillBuffer(output, cl_uint{0}, output_.counts_at(), output_.count_bytes(), waits,
                              zeroed);
    quantise_.kernel.setArg(2, gains);
    quantise_.kernel.setArg(3, output);
    channeliser_.enqueue_grid(compute, quantise_, spectra_, "quantise", commands);
}

}  // namespace fengine
