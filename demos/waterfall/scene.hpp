#pragma once

#include "filter_bank/sample_format.hpp"

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace waterfall {

using filter_bank::SampleFormat;

/// A radio band that never was: noise, a drifting carrier, chirps, a hopping transmitter
/// and pulsed bursts, stretched over the length asked for. The same length and seed give
/// the same samples, however they are taken out. Needs the same memory for any length.
class Scene {
public:
    Scene(std::uint64_t samples, std::uint64_t seed);

    /// The next samples, at most `most`, at least one until the scene is over. Valid until
    /// the next call.
    [[nodiscard]] std::span<const std::complex<float>> next(std::size_t most);

private:
    struct Tone {
        float amplitude;
        double phase = 0;  // in turns, at the start of the next block
    };
    struct Burst {
        double start, length;  // in samples
        double frequency;
        float amplitude;
    };
    static constexpr std::size_t block_size = 1024;
    static constexpr std::size_t noise_size = 1 << 16;

    void make_block();
    void add_noise();
    void add_tone(Tone& tone, double frequency);
    void add_burst(const Burst& burst);
    [[nodiscard]] double uniform();

    std::uint64_t length_;
    std::uint64_t made_ = 0;  // samples up to the end of block_
    std::size_t taken_ = block_size;
    std::array<std::complex<float>, block_size> block_{};
    std::mt19937_64 random_;
    std::vector<std::complex<float>> noise_;
    std::vector<double> hops_;
    std::vector<Burst> bursts_;
    Tone carrier_{.amplitude = 0.05F}, chirp_{.amplitude = 0.03F}, hopper_{.amplitude = 0.04F};
};

/// Writes `samples` to `out` as the device will read them, rounded and clipped.
void quantize(std::span<const std::complex<float>> samples, SampleFormat format, std::byte* out);

}  // namespace waterfall
