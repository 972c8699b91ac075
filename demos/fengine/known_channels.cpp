#include "fengine/known_channels.hpp"

#include "common/error.hpp"
#include "fengine/gains.hpp"
#include "filter_bank/known_samples.hpp"
#include "filter_bank/rounding_judge.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace fengine::ON_GPU {
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
                                               const Gains& gains, const gpu::Device& device,
                                               const gpu::Queue& compute) {
    const gpu::Memory device_gains = device.make_table(gains.for_device());
    const gpu::Memory device_samples = device.make_memory(input.bytes());
    const gpu::Memory output = kernels.make_output();
    std::vector<std::int8_t> block(kernels.output().block_bytes());
    const gpu::FinishAtEnd commands_end{compute};  // what they use goes
    gpu::Commands commands = compute.commands();
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const std::size_t first = i * input.pitch() + input.history - stream.history();
        commands.write("", device_samples, first * input.sample_bytes,
                       std::as_bytes(std::span{samples[i].bytes}));
    }
    kernels.enqueue(commands, device_samples, device_gains, output);
    commands.read("", std::as_writable_bytes(std::span{block}), output);
    compute.finish();
    return block;
}

}  // namespace

void check_known_channels(StreamKernels& kernels, const Options& options,
                          const StreamOptions& stream, const InputLayout& input,
                          const gpu::Device& device, const gpu::Queue& compute) {
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
        first_block_on_device(kernels, stream, input, samples, gains, device, compute);

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
        throw common::Error("the device " + device.description() + " computes wrong: for " +
                            std::to_string(stream.channels) +
                            " channels, known samples come out otherwise than they should");
    }
}

}  // namespace fengine::ON_GPU
