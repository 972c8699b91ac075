#include "known_spectra.hpp"

#include "chunk.hpp"
#include "error.hpp"
#include "filter_bank/prototype_filter.hpp"

#include <juggle/opencl/finish_at_end.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numbers>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace waterfall {
namespace {

using Samples = std::vector<std::complex<double>>;

// Right devices stay below 1e-6.
constexpr double tolerance = 1e-5;

/// Noise, in which each channel has its share. One number of the file: `bytes` gets it as it would
/// be read, what it means is returned.
double add_noise(std::minstd_rand& random, SampleFormat format, std::vector<std::byte>& bytes) {
    const auto append = [&bytes](const auto& number) {
        const auto view = std::as_bytes(std::span(&number, 1));
        bytes.insert(bytes.end(), view.begin(), view.end());
    };
    const auto bits = static_cast<std::uint16_t>(random() >> 8);
    switch (format) {
        case SampleFormat::cu8: {
            const auto number = static_cast<std::uint8_t>(bits);
            append(number);
            return (number - 127.5) / 128;
        }
        case SampleFormat::ci8: {
            const auto number = std::bit_cast<std::int8_t>(static_cast<std::uint8_t>(bits));
            append(number);
            return number / 128.0;
        }
        case SampleFormat::ci16: {
            const auto number = std::bit_cast<std::int16_t>(bits);
            append(number);
            return number / 32768.0;
        }
        case SampleFormat::cf32: {
            const auto number = static_cast<float>(bits) / 32768 - 1;
            append(number);
            return number;
        }
    }
    return 0;
}

/// In place; the number of points is a power of two.
void transform(std::span<std::complex<double>> points) {
    const std::size_t half = points.size() / 2;
    if (half == 0) {
        return;
    }
    Samples even(half);
    Samples odd(half);
    for (std::size_t i = 0; i < half; ++i) {
        even[i] = points[2 * i];
        odd[i] = points[2 * i + 1];
    }
    transform(even);
    transform(odd);
    for (std::size_t k = 0; k < half; ++k) {
        const double turn = static_cast<double>(k) / static_cast<double>(points.size());
        const std::complex<double> turned = odd[k] * std::polar(1.0, -2 * std::numbers::pi * turn);
        points[k] = even[k] + turned;
        points[k + half] = even[k] - turned;
    }
}

/// What the first `rows` rows should be.
std::vector<double> rows_of(const Samples& samples, const Options& options, std::size_t rows,
                            std::size_t per_row) {
    const std::size_t channels = options.channels;
    const std::vector<float> filter =
        filter_bank::prototype_filter(channels, options.taps, options.window);
    std::vector<double> power(rows * channels);
    for (std::size_t spectrum = 0; spectrum < rows * per_row; ++spectrum) {
        Samples folded(channels);
        for (std::size_t n = 0; n < filter.size(); ++n) {
            folded[n % channels] +=
                static_cast<double>(filter[n]) * samples[spectrum * channels + n];
        }
        transform(folded);
        double* const row = power.data() + spectrum / per_row * channels;
        for (std::size_t channel = 0; channel < channels; ++channel) {
            row[(channel + channels / 2) % channels] +=
                std::norm(folded[channel]) / static_cast<double>(per_row);
        }
    }
    return power;
}

/// The largest difference, relative to the largest expected value; infinite if one is no number.
double relative_error(const std::vector<float>& rows, const std::vector<double>& expected) {
    double largest = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double difference = std::abs(static_cast<double>(rows[i]) - expected[i]);
        if (!std::isfinite(difference)) {
            return std::numeric_limits<double>::infinity();
        }
        largest = std::max(largest, difference);
    }
    return largest / *std::ranges::max_element(expected);
}

/// The first of the stream come from the history, as those of a chunk before.
std::vector<float> rows_on_device(FilterBank& bank, const Chunk& chunk,
                                  const std::vector<std::byte>& bytes, std::size_t sample_bytes,
                                  std::size_t channels, const cl::CommandQueue& compute) {
    FilterBank::Carry carry = bank.make_carry();
    const cl::Buffer samples = bank.make_samples();
    const cl::Buffer device_rows = bank.make_rows();
    const std::size_t history_bytes = chunk.history_before * sample_bytes;
    std::vector<float> rows(chunk.rows * channels, std::numeric_limits<float>::quiet_NaN());
    const juggle::opencl::FinishAtEnd commands_end{compute};  // what they use goes
    compute.enqueueWriteBuffer(carry.history, CL_TRUE, 0, history_bytes, bytes.data());
    compute.enqueueWriteBuffer(samples, CL_TRUE, bank.samples_offset(),
                               bytes.size() - history_bytes, bytes.data() + history_bytes);
    bank.enqueue(compute, chunk, samples, carry, device_rows);
    compute.enqueueReadBuffer(device_rows, CL_TRUE, 0, rows.size() * sizeof(float), rows.data());
    return rows;
}

}  // namespace

void check_known_spectra(FilterBank& bank, const Options& options, const cl::Device& device,
                         const cl::CommandQueue& compute) {
    // As many as make a row of two and the beginning of another, if a chunk has room for them.
    const std::size_t spectra = std::min<std::size_t>(bank.max_spectra(), 3);
    ChunkPlanner planner{options.channels, options.channels * options.taps,
                         std::min<std::size_t>(spectra, 2)};
    const std::size_t history = options.channels * options.taps - 1;
    (void)planner.next(history);
    const Chunk chunk = planner.next((spectra - 1) * options.channels + 1);

    std::minstd_rand random;  // NOLINT(cert-msc51-cpp): the samples are to be known
    std::vector<std::byte> bytes;
    bytes.reserve((history + chunk.samples) * bytes_per_sample(options.format));
    Samples samples(history + chunk.samples);
    for (std::complex<double>& sample : samples) {
        sample.real(add_noise(random, options.format, bytes));
        sample.imag(add_noise(random, options.format, bytes));
    }
    const double error =
        relative_error(rows_on_device(bank, chunk, bytes, bytes_per_sample(options.format),
                                      options.channels, compute),
                       rows_of(samples, options, chunk.rows, chunk.per_row));
    if (error > tolerance) {
        std::ostringstream text;
        text << "the device '" << device.getInfo<CL_DEVICE_NAME>() << "' (driver "
             << device.getInfo<CL_DRIVER_VERSION>() << ") computes wrong: for " << options.channels
             << " channels, known spectra come out with a relative error of " << error;
        throw Error(text.str());
    }
}

}  // namespace waterfall
