// A whole run of waterfall on samples of any bytes: the right number of rows, and in each of them
// what a plain discrete Fourier transform in double precision gives, where that is a number.

#include "common/gpu/opencl_device.hpp"
#include "filter_bank/prototype_filter.hpp"
#include "input.hpp"
#include "npy.hpp"
#include "scratch.hpp"
#include "waterfall/device_pipeline.hpp"
#include "waterfall/error.hpp"
#include "waterfall/interrupt.hpp"

#include <juggle/juggle.hpp>

#include <array>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <numbers>
#include <utility>
#include <vector>

namespace {

using fuzz::require;

constexpr std::size_t channels = 16;
using Spectrum = std::array<double, channels>;
using Samples = std::vector<std::complex<double>>;

template <class Raw>
Samples samples_of(std::span<const std::byte> bytes, double zero, double scale) {
    Samples samples;
    for (; bytes.size() >= 2 * sizeof(Raw); bytes = bytes.subspan(2 * sizeof(Raw))) {
        Raw pair[2];
        std::memcpy(pair, bytes.data(), sizeof pair);
        samples.emplace_back((static_cast<double>(pair[0]) - zero) / scale,
                             (static_cast<double>(pair[1]) - zero) / scale);
    }
    return samples;
}

Samples samples_of(std::span<const std::byte> bytes, waterfall::SampleFormat format) {
    switch (format) {
        case waterfall::SampleFormat::cu8:
            return samples_of<std::uint8_t>(bytes, 127.5, 128);
        case waterfall::SampleFormat::ci8:
            return samples_of<std::int8_t>(bytes, 0, 128);
        case waterfall::SampleFormat::ci16:
            return samples_of<std::int16_t>(bytes, 0, 32'768);
        case waterfall::SampleFormat::cf32:
            return samples_of<float>(bytes, 0, 1);
    }
    return {};
}

/// Power in each channel, lowest frequency first.
Spectrum spectrum_of(const std::complex<double>* samples, const std::vector<float>& filter) {
    std::array<std::complex<double>, channels> folded{};
    for (std::size_t i = 0; i < filter.size(); ++i) {
        folded[i % channels] += static_cast<double>(filter[i]) * samples[i];
    }
    Spectrum power{};
    for (std::size_t channel = 0; channel < channels; ++channel) {
        std::complex<double> sum;
        for (std::size_t i = 0; i < channels; ++i) {
            const auto turns = static_cast<double>(i * channel % channels) / channels;
            sum += folded[i] * std::polar(1.0, -2 * std::numbers::pi * turns);
        }
        power[(channel + channels / 2) % channels] = std::norm(sum);
    }
    return power;
}

std::vector<Spectrum> rows_of(const Samples& samples, const waterfall::Options& options) {
    const auto filter = filter_bank::prototype_filter(channels, options.taps, options.window);
    std::vector<Spectrum> rows;
    std::size_t spectra = 0;
    Spectrum sum{};
    for (std::size_t at = 0; at + filter.size() <= samples.size(); at += channels) {
        const Spectrum power = spectrum_of(samples.data() + at, filter);
        for (std::size_t channel = 0; channel < channels; ++channel) {
            sum[channel] += power[channel] / static_cast<double>(options.integrate);
        }
        if (++spectra % options.integrate == 0) {
            rows.push_back(sum);
            sum = {};
        }
    }
    return rows;
}

/// Single precision: an error in one channel is small against the strongest one.
void check_row(std::span<const float> row, const Spectrum& expected) {
    double total = 0;
    for (const double power : expected) {
        total += power;
    }
    constexpr double too_large_for_single = 1e30;
    if (!(total < too_large_for_single)) {
        return;
    }
    for (std::size_t channel = 0; channel < channels; ++channel) {
        require(std::abs(static_cast<double>(row[channel]) - expected[channel]) <=
                    1e-4 * total + 1e-30,
                "the power is right");
    }
}

std::uint64_t run(const waterfall::Options& options) {
    static waterfall::Interrupt interrupt;
    static const common::gpu::OpenClDevice device{"", ""};
    const auto source = open_source(options, interrupt);
    waterfall::RowSinks sinks;
    sinks.recorder.emplace(options, "samples");
    waterfall::DevicePipeline<common::gpu::OpenClDevice> pipeline(
        options, device, *source, interrupt, std::move(sinks), nullptr);
    juggle::Executor executor;
    const std::uint64_t rows = executor.run(pipeline.run());
    if (interrupt.requested()) {
        std::exit(EXIT_SUCCESS);  // somebody ends the fuzzer by a signal, and with it the run
    }
    return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Scratch scratch;

    fuzz::Input input(data, size);
    waterfall::Options options;
    options.input = scratch.file("samples");
    options.output = scratch.file("spectra");
    options.format = static_cast<waterfall::SampleFormat>(input.between(0, 3));
    options.channels = channels;
    options.taps = std::size_t{1} << input.between(0, 2);
    options.window = static_cast<waterfall::Window>(input.between(0, 1));
    options.integrate = input.between(1, 5);
    options.chunk = input.between(1, 300);
    options.in_flight = input.between(1, 4);
    const auto bytes = input.rest();
    {
        std::ofstream file(options.input, std::ios::binary);
        file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    }

    const bool whole = bytes.size() % bytes_per_sample(options.format) == 0;
    try {
        const std::uint64_t count = run(options);
        require(whole, "half a sample is an error");
        const auto array = npy::read(fuzz::content_of(options.output + ".npy"));
        const auto expected = rows_of(samples_of(bytes, options.format), options);
        require(array && array->rows == count && count == expected.size(), "the number of rows");
        for (std::size_t row = 0; row < expected.size(); ++row) {
            check_row(std::span(array->values).subspan(row * channels, channels), expected[row]);
        }
    } catch (const waterfall::Error&) {
        require(!whole, "whole samples are no error");
    }
    return 0;
}
