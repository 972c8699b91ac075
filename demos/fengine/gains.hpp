#pragma once

#include "fengine/input_layout.hpp"

#include <complex>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fengine {

/// Beyond, products would be near the end of what a float holds.
inline constexpr double max_gain = 1e6;

/// What each channel of each polarisation is multiplied with before it is rounded.
class Gains {
public:
    Gains(std::size_t channels, double gain)
        : channels_{channels},
          values_(polarisations * channels, std::complex<float>{static_cast<float>(gain)}) {}

    [[nodiscard]] std::size_t channels() const { return channels_; }
    [[nodiscard]] std::complex<float> at(std::size_t polarisation, std::size_t channel) const {
        return values_[polarisation * channels_ + channel];
    }
    void set(std::size_t polarisation, std::size_t channel, std::complex<float> gain) {
        values_[polarisation * channels_ + channel] = gain;
    }

    /// As the kernel reads them: float[polarisation][real, imaginary][channel].
    [[nodiscard]] std::vector<float> for_device() const;

private:
    std::size_t channels_;
    std::vector<std::complex<float>> values_;
};

/// "2", "-0.5", "1.5+2j", "3j", "1e-3-2e-3j", as NumPy prints them without its brackets. Nothing if
/// `text` is none, or a part is not between -max_gain and max_gain.
[[nodiscard]] std::optional<std::complex<float>> gain_from(std::string_view text);
/// As it is read, to the last bit.
[[nodiscard]] std::string shown(std::complex<float> gain);

}  // namespace fengine
