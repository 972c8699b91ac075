#pragma once

#include <cstddef>

namespace waterfall {

/// Spectrum m is made of samples [m C, m C + L), so the end of a chunk is needed again by
/// the next one, and a row may begin in one chunk and end in another. This says what a
/// chunk takes over, what it makes and what it leaves.
struct Chunk {
    std::size_t samples;         ///< new ones
    std::size_t history_before;  ///< samples taken over from the chunk before, fewer than L
    std::size_t history_after;   ///< samples left for the next one, fewer than L
    std::size_t spectra;         ///< that end in this chunk
    std::size_t per_row;         ///< spectra in a row
    std::size_t row_before;      ///< spectra that are already in the first row
    std::size_t row_after;       ///< spectra that wait in an incomplete row afterwards
    std::size_t rows;            ///< that are completed in this chunk
};

/// Cuts the stream: plain arithmetic, the same for any device.
class ChunkPlanner {
public:
    ChunkPlanner(std::size_t channels, std::size_t length, std::size_t integrate)
        : channels_(channels), length_(length), integrate_(integrate) {}

    /// The next `samples` of the stream.
    [[nodiscard]] Chunk next(std::size_t samples);

    /// No chunk of `samples` has more spectra, or more rows, than these.
    [[nodiscard]] std::size_t max_spectra(std::size_t samples) const;
    [[nodiscard]] std::size_t max_rows(std::size_t samples) const;

private:
    std::size_t channels_;
    std::size_t length_;
    std::size_t integrate_;
    std::size_t history_ = 0;
    std::size_t in_row_ = 0;
};

}  // namespace waterfall
