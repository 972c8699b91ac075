#include "correlator/simulated_sky.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace correlator {
namespace {

/// The interpolation between samples of noise: a sinc under a Hann window.
constexpr std::size_t points = 16;

/// After SplitMix64 of Steele, Lea and Flood (OOPSLA 2014).
constexpr std::uint64_t mixed(std::uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
    return bits ^ (bits >> 31);
}

/// A sample of noise with about a normal distribution and variance 1 in both parts, each the sum of
/// four bytes.
std::complex<float> noise_at(std::uint64_t key, std::int64_t sample) {
    constexpr std::uint64_t every_other = 0x00ff00ff00ff00ffU;
    constexpr float mean = 510;
    constexpr float scale = 1 / 147.80054F;
    const std::uint64_t bits =
        mixed(key + static_cast<std::uint64_t>(sample) * 0x9e3779b97f4a7c15U);
    const std::uint64_t pairs = (bits & every_other) + ((bits >> 8) & every_other);
    const std::uint64_t sums = pairs + (pairs >> 16);
    return {(static_cast<float>(sums & 0xffff) - mean) * scale,
            (static_cast<float>((sums >> 32) & 0xffff) - mean) * scale};
}

/// Weights of the samples at -7, -6, ... 8 for the value at `place`, from 0 to 1.
std::array<float, points> weights_at(double place) {
    constexpr double half = points / 2.0;
    std::array<float, points> weights{};
    for (std::size_t k = 0; k < points; ++k) {
        const double x = place - (static_cast<double>(k) - half + 1);
        const double angle = std::numbers::pi * x;
        const double sinc = x == 0 ? 1 : std::sin(angle) / angle;
        const double window = 0.5 + 0.5 * std::cos(angle / half);
        weights[k] = static_cast<float>(std::abs(x) < half ? sinc * window : 0);
    }
    return weights;
}

std::byte limited(float value) {
    const float within = std::clamp(value, -127.0F, 127.0F);
    return static_cast<std::byte>(static_cast<std::int8_t>(std::lrint(within)));
}

}  // namespace

SimulatedSky::SimulatedSky(const Options& options, Share antennas)
    : sources_{options.sources}, antennas_{antennas}, seed_{mixed(options.seed + 1)},
      block_samples_{options.channels}, block_(block_samples_), noise_(block_samples_ + points) {}

void SimulatedSky::read(std::uint64_t first, std::span<std::byte> into) {
    if (antennas_.count == 0) {
        return;
    }
    const std::size_t pitch = into.size() / antennas_.count;
    const std::size_t block_bytes = 2 * block_samples_;
    for (std::size_t i = 0; i < antennas_.count; ++i) {
        for (std::size_t at = 0; at < pitch; at += block_bytes) {
            make_block(antennas_.first + i, static_cast<std::int64_t>(first + at / 2),
                       into.subspan(i * pitch + at, block_bytes));
        }
    }
}

void SimulatedSky::make_block(std::size_t antenna, std::int64_t first, std::span<std::byte> into) {
    const std::uint64_t key = mixed(seed_ + 2 * antenna);
    double power = 1;
    for (std::size_t k = 0; k < block_samples_; ++k) {
        block_[k] = noise_at(key, first + static_cast<std::int64_t>(k));
    }
    for (std::size_t source = 0; source < sources_.size(); ++source) {
        add_source(source, antenna, first);
        power += sources_[source].power;
    }
    const auto scale = static_cast<float>(rms / std::sqrt(power));
    for (std::size_t k = 0; k < block_samples_; ++k) {
        into[2 * k] = limited(block_[k].real() * scale);
        into[2 * k + 1] = limited(block_[k].imag() * scale);
    }
}

void SimulatedSky::add_source(std::size_t source, std::size_t antenna, std::int64_t first) {
    const Source& what = sources_[source];
    const double middle = static_cast<double>(first) + static_cast<double>(block_samples_) / 2;
    const double delay = static_cast<double>(antenna) * (what.delay + what.drift * 1e-6 * middle);
    const double whole = std::ceil(delay);
    std::array<float, points> weights = weights_at(whole - delay);
    const auto amplitude = static_cast<float>(std::sqrt(what.power));
    for (float& weight : weights) {
        weight *= amplitude;
    }
    const std::uint64_t key = mixed(seed_ + 2 * source + 1);
    const std::int64_t from =
        first - static_cast<std::int64_t>(whole) - static_cast<std::int64_t>(points / 2 - 1);
    for (std::size_t k = 0; k < noise_.size(); ++k) {
        noise_[k] = noise_at(key, from + static_cast<std::int64_t>(k));
    }
    for (std::size_t n = 0; n < points; ++n) {
        for (std::size_t k = 0; k < block_samples_; ++k) {
            block_[k] += weights[n] * noise_[k + n];
        }
    }
}

}  // namespace correlator
