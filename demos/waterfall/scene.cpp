#include "scene.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

namespace waterfall {
namespace {

constexpr float noise_level = 0.01F;  // in I and in Q, about one step of an 8-bit receiver
constexpr std::size_t hop_count = 96;
constexpr std::size_t burst_count = 48;
constexpr std::uint64_t samples_per_bit = 8;

double fraction(double x) { return x - std::floor(x); }

/// The burst is on in one half of each bit, as in the pulse position modulation of
/// aircraft transponders; the bits themselves are a hash of their place.
bool keyed(std::uint64_t sample) {
    std::uint64_t bit = sample / samples_per_bit;
    bit = (bit ^ (bit >> 30)) * 0xbf58476d1ce4e5b9U;
    bit = (bit ^ (bit >> 27)) * 0x94d049bb133111ebU;
    const bool second_half = sample % samples_per_bit >= samples_per_bit / 2;
    return ((bit >> 40) & 1) == static_cast<std::uint64_t>(second_half);
}

/// Calls `add(i, sin, cos)` for each sample of a tone of unit amplitude. Turning a vector is
/// several times faster than a sine and a cosine a sample, and over one block as exact.
template <class Add>
void turn(double phase, double frequency, std::size_t samples, Add add) {
    constexpr double turn_around = 2 * std::numbers::pi;
    const double step_re = std::cos(turn_around * frequency);
    const double step_im = std::sin(turn_around * frequency);
    double re = std::cos(turn_around * phase);
    double im = std::sin(turn_around * phase);
    for (std::size_t i = 0; i < samples; ++i) {
        add(i, static_cast<float>(re), static_cast<float>(im));
        const double next_re = re * step_re - im * step_im;
        im = re * step_im + im * step_re;
        re = next_re;
    }
}

}  // namespace

Scene::Scene(std::uint64_t samples, std::uint64_t seed)
    : length_(samples), random_(seed), noise_(noise_size + block_size) {
    for (auto& value : noise_) {  // Box and Muller's transform
        const double radius = noise_level * std::sqrt(-2 * std::log(1 - uniform()));
        value = std::complex<float>(std::polar(radius, 2 * std::numbers::pi * uniform()));
    }
    for (std::size_t i = 0; i < hop_count; ++i) {
        hops_.push_back(0.16 + 0.018 * std::floor(16 * uniform()));
    }
    const auto length = static_cast<double>(samples);
    for (std::size_t i = 0; i < burst_count; ++i) {
        Burst burst{};
        burst.length = std::max(240.0, length / 600 * (0.5 + uniform()));
        burst.start = uniform() * length;
        burst.frequency = 0.04 + 0.04 * uniform();
        burst.amplitude = static_cast<float>(0.08 + 0.4 * std::pow(uniform(), 2));
        bursts_.push_back(burst);
    }
}

std::span<const std::complex<float>> Scene::next(std::size_t most) {
    if (taken_ == block_size) {
        if (made_ >= length_) {
            return {};
        }
        make_block();
        made_ += block_size;
        taken_ = 0;
    }
    const std::uint64_t position = made_ - block_size + taken_;
    const std::uint64_t left = length_ - position;
    std::size_t count = std::min(most, block_size - taken_);
    if (left < count) {
        count = static_cast<std::size_t>(left);
    }
    const std::span<const std::complex<float>> samples(block_.data() + taken_, count);
    taken_ += count;
    return samples;
}

void Scene::make_block() {
    const double place = static_cast<double>(made_) / static_cast<double>(length_);
    add_noise();
    add_tone(carrier_, -0.38 + 0.04 * std::sin(2 * std::numbers::pi * 1.5 * place));
    add_tone(chirp_, -0.28 + 0.26 * fraction(5 * place));
    add_tone(hopper_, hops_[static_cast<std::size_t>(place * hop_count)]);
    for (const Burst& burst : bursts_) {
        add_burst(burst);
    }
}

void Scene::add_noise() {
    // Noise from a table, entered at random, keeps the scene faster than a spectrometer
    // reads it; no filter bank is long enough to see the repetition.
    const std::size_t start = random_() % noise_size;
    std::copy_n(noise_.data() + start, block_size, block_.data());
}

void Scene::add_tone(Tone& tone, double frequency) {
    turn(tone.phase, frequency, block_size, [&](std::size_t i, float re, float im) {
        block_[i] += tone.amplitude * std::complex<float>(re, im);
    });
    tone.phase = fraction(tone.phase + frequency * block_size);
}

void Scene::add_burst(const Burst& burst) {
    const auto block_start = static_cast<double>(made_);
    if (burst.start + burst.length <= block_start || burst.start >= block_start + block_size) {
        return;
    }
    const double phase = fraction(burst.frequency * block_start);
    turn(phase, burst.frequency, block_size, [&](std::size_t i, float re, float im) {
        const double place = block_start + static_cast<double>(i);
        const bool on =
            place >= burst.start && place < burst.start + burst.length && keyed(made_ + i);
        if (on) {
            block_[i] += burst.amplitude * std::complex<float>(re, im);
        }
    });
}

double Scene::uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

namespace {

template <class Integer>
void quantize(std::span<const float> values, std::byte* out) {
    constexpr float scale = -static_cast<float>(std::numeric_limits<Integer>::min());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float value = std::clamp(values[i] * scale, -scale, scale - 1);
        const auto rounded = static_cast<Integer>(std::lrint(value));
        std::memcpy(out + i * sizeof rounded, &rounded, sizeof rounded);
    }
}

}  // namespace

void quantize(std::span<const std::complex<float>> samples, SampleFormat format, std::byte* out) {
    // std::complex<float> is an array of two floats by definition.
    const std::span<const float> values(reinterpret_cast<const float*>(samples.data()),
                                        2 * samples.size());
    switch (format) {
        case SampleFormat::cu8:
            for (std::size_t i = 0; i < values.size(); ++i) {
                // 127.5 is zero, and another half rounds what the conversion cuts off.
                const float value = std::clamp(values[i] * 128.0F + 128.0F, 0.0F, 255.0F);
                out[i] = static_cast<std::byte>(static_cast<unsigned char>(value));
            }
            return;
        case SampleFormat::ci16:
            quantize<std::int16_t>(values, out);
            return;
        case SampleFormat::cf32:
            std::memcpy(out, values.data(), values.size_bytes());
            return;
        case SampleFormat::ci8:
            quantize<std::int8_t>(values, out);
            return;
    }
}

static_assert(std::endian::native == std::endian::little, "samples and .npy are little-endian");

}  // namespace waterfall
