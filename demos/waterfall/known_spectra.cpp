#include "known_spectra.hpp"

#include "chunk.hpp"
#include "common/gpu/devices.hpp"
#include "error.hpp"
#include "filter_bank/known_samples.hpp"

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

/// What the first `rows` rows should be.
std::vector<double> rows_of(std::span<const std::complex<double>> samples, const Options& options,
                            std::size_t rows, std::size_t per_row) {
    const std::size_t channels = options.channels;
    std::vector<double> power(rows * channels);
    for (std::size_t spectrum = 0; spectrum < rows * per_row; ++spectrum) {
        const Samples points =
            filter_bank::known_spectrum(options.bank_shape(), samples.subspan(spectrum * channels));
        double* const row = power.data() + spectrum / per_row * channels;
        for (std::size_t channel = 0; channel < channels; ++channel) {
            row[channel] += std::norm(points[channel]) / static_cast<double>(per_row);
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
template <class Device>
std::vector<float> rows_on_device(FilterBank<Device>& bank, const Chunk& chunk,
                                  const std::vector<std::byte>& bytes, std::size_t sample_bytes,
                                  std::size_t channels, const typename Device::Queue& compute) {
    typename FilterBank<Device>::Carry carry = bank.make_carry();
    const typename Device::Memory samples = bank.make_samples();
    const typename Device::Memory device_rows = bank.make_rows();
    const std::size_t history_bytes = chunk.history_before * sample_bytes;
    std::vector<float> rows(chunk.rows * channels, std::numeric_limits<float>::quiet_NaN());
    const typename Device::template FinishAtEnd<> commands_end{compute};  // what they use goes
    typename Device::Commands commands = compute.commands();
    commands.write("", carry.history, 0, std::span{bytes}.first(history_bytes));
    commands.write("", samples, bank.samples_offset(), std::span{bytes}.subspan(history_bytes));
    bank.enqueue(commands, chunk, samples, carry, device_rows);
    commands.read("", std::as_writable_bytes(std::span{rows}), device_rows);
    compute.finish();
    return rows;
}

}  // namespace

template <class Device>
void check_known_spectra(FilterBank<Device>& bank, const Options& options, const Device& device,
                         const typename Device::Queue& compute) {
    // As many as make a row of two and the beginning of another, if a chunk has room for them.
    const std::size_t spectra = std::min<std::size_t>(bank.max_spectra(), 3);
    ChunkPlanner planner{options.channels, options.channels * options.taps,
                         std::min<std::size_t>(spectra, 2)};
    const std::size_t history = options.channels * options.taps - 1;
    (void)planner.next(history);
    const Chunk chunk = planner.next((spectra - 1) * options.channels + 1);

    std::minstd_rand random;  // NOLINT(cert-msc51-cpp): the samples are to be known
    const filter_bank::KnownSamples samples =
        filter_bank::known_samples(options.format, history + chunk.samples, random);
    const double error =
        relative_error(rows_on_device(bank, chunk, samples.bytes, bytes_per_sample(options.format),
                                      options.channels, compute),
                       rows_of(samples.values, options, chunk.rows, chunk.per_row));
    if (error > tolerance) {
        std::ostringstream text;
        text << "the device " << device.description() << " computes wrong: for " << options.channels
             << " channels, known spectra come out with a relative error of " << error;
        throw Error(text.str());
    }
}

template void check_known_spectra(FilterBank<common::gpu::OpenClDevice>&, const Options&,
                                  const common::gpu::OpenClDevice&,
                                  const common::gpu::OpenClQueue&);
#ifdef DEMOS_CUDA
template void check_known_spectra(FilterBank<common::gpu::CudaDevice>&, const Options&,
                                  const common::gpu::CudaDevice&, const common::gpu::CudaQueue&);
#endif

}  // namespace waterfall
