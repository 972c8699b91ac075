#pragma once

#include <cstddef>
#include <vector>

namespace filter_bank {

/// How the transform of a spectrum is cut into stages, each with transforms of so few points that
/// they fit into a work-item's registers: `first` points, `middle` points as often as
/// `middle_stages` says, `last` points. The product of all is the number of channels. Each stage
/// but the last is followed by a multiplication with twiddle factors (decimation in frequency).
struct FftPlan {
    std::size_t first;
    std::size_t middle;
    std::size_t middle_stages;
    std::size_t last;
};

/// `channels` is a power of two from 16 to 8192.
[[nodiscard]] FftPlan fft_plan(std::size_t channels);

/// What follows a stage that cuts runs of `length` points into runs of length / radix points: the
/// powers exp(-2 pi i k p / length), float[k < radix][real, imaginary][p < length / radix].
[[nodiscard]] std::vector<float> twiddles(std::size_t length, std::size_t radix);

}  // namespace filter_bank
