#pragma once

#include <cstddef>
#include <cstdint>

namespace fengine {

inline constexpr std::size_t polarisations = 2;

/// How the samples of a chunk lie in memory: for each polarisation first the history, which are the
/// last samples of the chunk before, then the chunk's own. So a chunk needs nothing of another one.
///
/// What is there is noted by heap: a byte for each heap of the history, which may be cut off at its
/// beginning, then of the chunk, of both polarisations in turn.
struct InputLayout {
    std::size_t sample_bytes;
    std::size_t heap_samples;  ///< a power of two
    std::size_t heaps;         ///< of one polarisation in a chunk
    std::size_t history;       ///< samples; no more than the chunk has

    [[nodiscard]] constexpr std::size_t heap_bytes() const { return heap_samples * sample_bytes; }
    [[nodiscard]] constexpr std::size_t chunk_samples() const { return heaps * heap_samples; }
    [[nodiscard]] constexpr std::size_t history_heaps() const {
        return (history + heap_samples - 1) / heap_samples;
    }
    [[nodiscard]] constexpr std::size_t places() const { return heaps * polarisations; }
    [[nodiscard]] constexpr std::size_t history_places() const {
        return history_heaps() * polarisations;
    }

    /// Samples of one polarisation in memory.
    [[nodiscard]] constexpr std::size_t pitch() const { return history + chunk_samples(); }
    [[nodiscard]] constexpr std::size_t bytes() const {
        return polarisations * pitch() * sample_bytes;
    }
    /// Where a heap of the chunk begins.
    [[nodiscard]] constexpr std::size_t offset_of(std::size_t place) const {
        return (place % polarisations * pitch() + history + place / polarisations * heap_samples) *
               sample_bytes;
    }
};

}  // namespace fengine
