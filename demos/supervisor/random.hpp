#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace supervisor {

/// Chance that is the same on every machine: the generators of the standard library are laid down
/// to the bit, its distributions are not.
class Random {
public:
    explicit Random(std::uint64_t seed) : generator_{seed} {}

    /// From `least` to `most`, each as likely.
    [[nodiscard]] std::uint64_t between(std::uint64_t least, std::uint64_t most) {
        const std::uint64_t choices = most - least + 1;
        const std::uint64_t surplus = (0 - choices) % choices;  // 2^64 modulo choices
        std::uint64_t drawn = generator_();
        while (drawn < surplus) {
            drawn = generator_();
        }
        return least + drawn % choices;
    }

    /// Whole seconds, so that many things happen at the same moment.
    [[nodiscard]] std::chrono::seconds between(std::chrono::seconds least,
                                               std::chrono::seconds most) {
        const auto drawn = between(static_cast<std::uint64_t>(least.count()),
                                   static_cast<std::uint64_t>(most.count()));
        return std::chrono::seconds{static_cast<std::chrono::seconds::rep>(drawn)};
    }

    [[nodiscard]] bool happens(double probability) {
        return static_cast<double>(generator_() >> 11) * 0x1p-53 < probability;
    }

private:
    std::mt19937_64 generator_;
};

}  // namespace supervisor
