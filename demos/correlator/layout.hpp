#pragma once

#include "correlator/share.hpp"

#include <cstddef>

namespace correlator {

/// What a rank has of a chunk at each stage, and how it lies in memory. All values are two signed
/// bytes, real and imaginary part; those of one channel and antenna in a chunk are a *run*.
///
///     samples     [own antenna][history, then the chunk]
///     outgoing    [channel][own antenna][spectrum]: what goes to one rank is in one piece
///     incoming    [rank][own channel][antenna of that rank][spectrum]: as it comes
///     visibility  int64 [own channel][baseline][real, imaginary]
///
/// Baseline (i, j), i <= j, stands at j (j + 1) / 2 + i.
struct Layout {
    std::size_t antennas;
    std::size_t channels;
    std::size_t taps;
    std::size_t spectra;  ///< in a chunk
    std::size_t rank;
    std::size_t ranks;

    [[nodiscard]] constexpr Share antennas_of(std::size_t of) const {
        return share_of(antennas, of, ranks);
    }
    [[nodiscard]] constexpr Share channels_of(std::size_t of) const {
        return share_of(channels, of, ranks);
    }
    [[nodiscard]] constexpr Share own_antennas() const { return antennas_of(rank); }
    [[nodiscard]] constexpr Share own_channels() const { return channels_of(rank); }

    /// Samples before those of the chunk that go into its first spectrum, too.
    [[nodiscard]] constexpr std::size_t history() const { return (taps - 1) * channels; }
    [[nodiscard]] constexpr std::size_t chunk_samples() const { return spectra * channels; }
    /// Samples of one antenna in memory.
    [[nodiscard]] constexpr std::size_t pitch() const { return history() + chunk_samples(); }

    [[nodiscard]] constexpr std::size_t run_bytes() const { return 2 * spectra; }
    [[nodiscard]] constexpr std::size_t input_bytes() const {
        return own_antennas().count * pitch() * 2;
    }
    [[nodiscard]] constexpr std::size_t outgoing_bytes() const {
        return channels * own_antennas().count * run_bytes();
    }
    [[nodiscard]] constexpr std::size_t incoming_bytes() const {
        return own_channels().count * antennas * run_bytes();
    }
    /// Of `outgoing` what leaves this rank.
    [[nodiscard]] constexpr std::size_t sent_bytes() const {
        return (channels - own_channels().count) * own_antennas().count * run_bytes();
    }

    [[nodiscard]] constexpr std::size_t baselines() const { return antennas * (antennas + 1) / 2; }
    [[nodiscard]] static constexpr std::size_t baseline(std::size_t i, std::size_t j) {
        return j * (j + 1) / 2 + i;
    }
    /// Numbers, two for each.
    [[nodiscard]] constexpr std::size_t own_visibilities() const {
        return own_channels().count * baselines() * 2;
    }
    [[nodiscard]] constexpr std::size_t all_visibilities() const {
        return channels * baselines() * 2;
    }
};

}  // namespace correlator
