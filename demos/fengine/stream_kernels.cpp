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
                                      common::gpu::OpenClDevice{context, device}} {
    constexpr std::size_t group_columns = 64;
    quantise_ = channeliser_.last_stage("quantise", group_columns);
}

cl::Buffer StreamKernels::make_output() const {
    return {context_, CL_MEM_READ_WRITE, output_.bytes()};
}

void StreamKernels::enqueue(const cl::CommandQueue& compute, const cl::Buffer& samples,
                            const cl::Buffer& gains, const cl::Buffer& output,
                            jcl::Commands* commands) {
    common::gpu::OpenClCommands to{compute, timeline_, commands};
    for (std::size_t i = 0; i < polarisations; ++i) {
        channeliser_.enqueue_fold(to, samples, i * input_.pitch() + input_.history - history_,
                                  spectra_, i * spectra_);
    }
    channeliser_.enqueue_transform(to, polarisations * spectra_);
    to.clear("counts", output, output_.counts_at(), output_.count_bytes());
    to.run("quantise", quantise_.kernel, quantise_.items, spectra_, channeliser_.frames(),
           static_cast<cl_uint>(spectra_), gains, output,
           static_cast<cl_uint>(output_.counts_at()));
}

}  // namespace fengine
