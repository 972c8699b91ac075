#include "fengine/stream_kernels.hpp"

#include "quantise_source.hpp"  // quantise.cl as a string, made by CMake

#include <cstdint>
#include <string>

namespace fengine::ON_GPU {

StreamKernels::StreamKernels(const StreamOptions& stream, filter_bank::SampleFormat format,
                             const InputLayout& input, const gpu::Device& device)
    : input_{input}, history_{stream.history()}, spectra_{input.chunk_samples() / stream.channels},
      output_{.channels = stream.channels,
              .spectra = stream.spectra,
              .blocks = spectra_ / stream.spectra},
      device_{device}, channeliser_{{.format = format,
                                     .channels = stream.channels,
                                     .taps = stream.taps,
                                     .window = stream.window},
                                    polarisations * spectra_,
                                    "#define SPECTRA " + std::to_string(stream.spectra) + '\n' +
                                        std::string(quantise_source),
                                    device} {
    constexpr std::size_t group_columns = 64;
    quantise_ = channeliser_.last_stage("quantise", group_columns);
}

gpu::Memory StreamKernels::make_output() const { return device_.make_memory(output_.bytes()); }

void StreamKernels::enqueue(gpu::Commands& commands, const gpu::Memory& samples,
                            const gpu::Memory& gains, const gpu::Memory& output) {
    for (std::size_t i = 0; i < polarisations; ++i) {
        channeliser_.enqueue_fold(commands, samples, i * input_.pitch() + input_.history - history_,
                                  spectra_, i * spectra_);
    }
    channeliser_.enqueue_transform(commands, polarisations * spectra_);
    commands.clear("counts", output, output_.counts_at(), output_.count_bytes());
    commands.run("quantise", quantise_.kernel, quantise_.items, spectra_, channeliser_.frames(),
                 static_cast<std::uint32_t>(spectra_), gains, output,
                 static_cast<std::uint32_t>(output_.counts_at()));
}

}  // namespace fengine::ON_GPU
