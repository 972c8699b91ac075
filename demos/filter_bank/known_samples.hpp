#pragma once

#include "filter_bank/shape.hpp"

#include <complex>
#include <cstddef>
#include <random>
#include <span>
#include <vector>

namespace filter_bank {

/// Samples of which it is known what spectra they have, to see whether a device computes right: a
/// driver's compiler may be wrong, and pictures and numbers do not show it.
struct KnownSamples {
    std::vector<std::byte> bytes;  ///< as the filter bank reads them
    std::vector<std::complex<double>> values;
};

/// Noise, in which each channel has its share; always the same of a `random` in the same state.
[[nodiscard]] KnownSamples known_samples(SampleFormat format, std::size_t count,
                                         std::minstd_rand& random);

/// The spectrum of shape.taps x shape.channels samples, lowest frequency first, in double.
[[nodiscard]] std::vector<std::complex<double>> known_spectrum(
    const Shape& shape, std::span<const std::complex<double>> samples);

}  // namespace filter_bank
