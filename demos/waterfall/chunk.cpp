#include "chunk.hpp"

namespace waterfall {
namespace {

std::size_t divided_up(std::size_t number, std::size_t by) { return (number + by - 1) / by; }

}  // namespace

Chunk ChunkPlanner::next(std::size_t samples) {
    const std::size_t available = history_ + samples;
    Chunk chunk{};
    chunk.samples = samples;
    chunk.history_before = history_;
    chunk.spectra = available < length_ ? 0 : (available - length_) / channels_ + 1;
    chunk.history_after = history_ = available - chunk.spectra * channels_;
    chunk.per_row = integrate_;
    chunk.row_before = in_row_;
    chunk.rows = (in_row_ + chunk.spectra) / integrate_;
    chunk.row_after = in_row_ = (in_row_ + chunk.spectra) % integrate_;
    return chunk;
}

std::size_t ChunkPlanner::max_spectra(std::size_t samples) const {
    return divided_up(samples, channels_);  // the history is shorter than the filter
}

std::size_t ChunkPlanner::max_rows(std::size_t samples) const {
    return divided_up(max_spectra(samples), integrate_);  // the row before is not complete
}

}  // namespace waterfall
