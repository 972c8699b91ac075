#include "fengine/known_channels.hpp"

#include "common/error.hpp"
#include "fengine/gains.hpp"
#include "filter_bank/known_samples.hpp"
#include "filter_bank/rounding_judge.hpp"

#include <juggle/opencl/finish_at_end.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace fengine {
namespace {

using filter_bank::KnownSamples;

/// Different ones, by which noise fills most of eight bits, and some of it more.
Gains known_gains(std::size_t channels) {
    Gains gains{channels, 0};
    const auto size = static_cast<float>(60 * std::sqrt(static_cast<double>(channels)));
    for (std::size_t i = 0; i < polarisations; ++i) {
        for (std::size_t channel = 0; channel < channels; ++channel) {
            gains.set(i, channel, std::polar(size, static_cast<float>(channel + i)));
        }
    }
    return gains;
}

std::vector<std::int8_t> first_block_on_device(StreamKernels& kernels, const StreamOptions& stream,
                                               const InputLayout& input,
                                               std::span<const KnownSamples> samples,
                                               const Gains& gains, const cl::Context& context,
                                               const cl::CommandQueue& compute) {
    std::vector<float> table = gains.for_device();
    const cl::Buffer device_gains{context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
                                  table.size() * sizeof(float), table.data()};
    const cl::Buffer device_samples{context, CL_MEM_READ_WRITE, input.bytes()};
    const cl::Buffer output = kernels.make_output();
    std::vector<std::int8_t> block(kernels.output().block_bytes());
    const juggle::opencl::FinishAtEnd commands_end{compute};  // what they use goes
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const std::size_t first = i * input.pitch() + input.history - stream.history();
        compute.enqueueWriteBuffer(device_samples, CL_TRUE, first * input.sample_bytes,
                                   samples[i].bytes.size(), samples[i].bytes.data());
    }
    kernels.enqueue(compute, device_samples, device_gains, output, nullptr);
    compute.enqueueReadBuffer(output, CL_TRUE, 0, block.size(), block.data());
    return block;
}

}  // namespace

void check_known_channels(StreamKernels& kernels, const Options& options,
                          const StreamOptions& stream, const InputLayout& input,
                          const cl::Context& context, const cl::Device& device,
                          const cl::CommandQueue& compute) {
    const filter_bank::Shape shape = stream.bank_shape(options.format);
    const std::size_t spectra = std::min<std::size_t>(stream.spectra, 2);
    std::minstd_rand random;  // NOLINT(cert-msc51-cpp): the samples are to be known
    std::array<KnownSamples, polarisations> samples;
    for (KnownSamples& of_one : samples) {
        of_one = filter_bank::known_samples(options.format,
                                            stream.history() + spectra * stream.channels, random);
    }
    const Gains gains = known_gains(stream.channels);
    const std::vector<std::int8_t> block =
        first_block_on_device(kernels, stream, input, samples, gains, context, compute);

    filter_bank::RoundingJudge judge;
    for (std::size_t i = 0; i < polarisations; ++i) {
        const std::span<const std::complex<double>> values = samples[i].values;
        for (std::size_t spectrum = 0; spectrum < spectra; ++spectrum) {
            const auto points =
                filter_bank::known_spectrum(shape, values.subspan(spectrum * stream.channels));
            for (std::size_t channel = 0; channel < stream.channels; ++channel) {
                const auto value =
                    points[channel] * static_cast<std::complex<double>>(gains.at(i, channel));
                const std::size_t place =
                    ((channel * stream.spectra + spectrum) * polarisations + i) * 2;
                judge.see(block[place], value.real());
                judge.see(block[place + 1], value.imag());
            }
        }
    }
    if (judge.is_wrong()) {
        throw common::Error("the device '" + device.getInfo<CL_DEVICE_NAME>() + "' (driver " +
                            device.getInfo<CL_DRIVER_VERSION>() + ") computes wrong: for " +
                            std::to_string(stream.channels) +
                            " channels, known samples come out otherwise than they should");
    }
}

}  // namespace fengine
