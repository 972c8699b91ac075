#pragma once

#include "fengine/input_layout.hpp"

#include <cstddef>
#include <cstdint>

namespace fengine {

/// How the output of a chunk lies in memory: block after block of spectra, each
/// int8[channel][spectrum][polarisation][real, imaginary], then uint32[block][polarisation], how
/// many values were limited.
struct OutputLayout {
    std::size_t channels;
    std::size_t spectra;  ///< in a block, which is what goes to the X-engines at a time
    std::size_t blocks;

    [[nodiscard]] std::size_t bytes_per_channel() const { return spectra * polarisations * 2; }
    [[nodiscard]] std::size_t block_bytes() const { return channels * bytes_per_channel(); }
    [[nodiscard]] std::size_t counts_at() const { return blocks * block_bytes(); }
    [[nodiscard]] std::size_t count_bytes() const {
        return blocks * polarisations * sizeof(std::uint32_t);
    }
    [[nodiscard]] std::size_t bytes() const { return counts_at() + count_bytes(); }
};

}  // namespace fengine
