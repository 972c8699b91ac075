#include "seed_pattern.hpp"

#include <random>

namespace reaction_diffusion {
namespace {

constexpr std::size_t square = 10;               // cells along its side
constexpr std::size_t cells_per_square = 3'000;  // of the whole

/// The distributions of the standard library differ from one to another; its generators do not.
class Random {
public:
    explicit Random(std::uint64_t seed) : generator_{seed} {}

    std::size_t below(std::size_t end) { return static_cast<std::size_t>(generator_() % end); }
    float near(float value) {
        const auto share = static_cast<float>(generator_() >> 40U) * 0x1p-24F;  // in [0, 1)
        return value * (0.99F + 0.02F * share);
    }

private:
    std::mt19937_64 generator_;
};

}  // namespace

std::vector<float> seed_pattern(std::size_t size, std::size_t channels, std::uint64_t seed) {
    std::vector<float> state(size * size * channels);
    for (std::size_t cell = 0; cell < size * size; ++cell) {
        state[cell * channels] = 1;
    }
    Random random{seed};
    const std::size_t squares = 1 + size * size / cells_per_square;
    for (std::size_t i = 0; i < squares; ++i) {
        const std::size_t left = random.below(size);
        const std::size_t top = random.below(size);
        for (std::size_t place = 0; place < square * square; ++place) {
            const std::size_t x = (left + place % square) % size;
            const std::size_t y = (top + place / square) % size;
            float* const cell = &state[(y * size + x) * channels];
            cell[0] = random.near(0.5F);
            cell[1] = random.near(0.25F);
        }
    }
    return state;
}

}  // namespace reaction_diffusion
