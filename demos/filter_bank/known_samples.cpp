#include "filter_bank/known_samples.hpp"

#include "filter_bank/prototype_filter.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numbers>

namespace filter_bank {
namespace {

using Samples = std::vector<std::complex<double>>;

/// One number: `bytes` gets it as it would be read, what it means is returned.
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

}  // namespace

KnownSamples known_samples(SampleFormat format, std::size_t count, std::minstd_rand& random) {
    KnownSamples samples;
    samples.bytes.reserve(count * bytes_per_sample(format));
    samples.values.resize(count);
    for (std::complex<double>& value : samples.values) {
        value.real(add_noise(random, format, samples.bytes));
        value.imag(add_noise(random, format, samples.bytes));
    }
    return samples;
}

std::vector<std::complex<double>> known_spectrum(const Shape& shape,
                                                 std::span<const std::complex<double>> samples) {
    const std::vector<float> filter = prototype_filter(shape.channels, shape.taps, shape.window);
    Samples folded(shape.channels);
    for (std::size_t n = 0; n < filter.size(); ++n) {
        folded[n % shape.channels] += static_cast<double>(filter[n]) * samples[n];
    }
    transform(folded);
    std::ranges::rotate(folded, folded.begin() + std::ssize(folded) / 2);
    return folded;
}

}  // namespace filter_bank
