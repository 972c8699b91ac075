#pragma once

#include "chunk.hpp"
#include "filter_bank/channeliser.hpp"
#include "options.hpp"

#include <cstddef>

namespace waterfall {

/// The polyphase filter bank on a device of common/gpu, and the rows that its power is added up to.
/// It knows memory, kernels and one in-order queue, and nothing of who waits for whom.
template <class Device>
class FilterBank {
public:
    using Memory = typename Device::Memory;
    using Commands = typename Device::Commands;

    /// What one chunk leaves for the next, on the device.
    struct Carry {
        Memory history;     ///< the samples that the next spectra need again
        Memory row_before;  ///< sums of an incomplete row, to be read
        Memory row_after;   ///< the same, to be written
    };

    /// Builds the kernels.
    FilterBank(const Options& options, const Device& device);

    [[nodiscard]] Carry make_carry() const;
    /// For the samples of one chunk, with room for the history in front of them.
    [[nodiscard]] Memory make_samples() const;
    /// For the rows of one chunk: float[max_rows][channels].
    [[nodiscard]] Memory make_rows() const;

    /// Where in the memory of make_samples() the new samples belong.
    [[nodiscard]] std::size_t samples_offset() const;  // in bytes
    [[nodiscard]] std::size_t max_spectra() const { return max_spectra_; }
    [[nodiscard]] std::size_t max_rows() const { return max_rows_; }

    /// Puts the work for one chunk into the queue of all chunks. They come in the order of the
    /// stream.
    void enqueue(Commands& commands, const Chunk& chunk, const Memory& samples, Carry& carry,
                 const Memory& rows);

private:
    void prepend_history(Commands& commands, const Chunk& chunk, const Memory& samples,
                         const Carry& carry) const;
    void make_rows_of(Commands& commands, const Chunk& chunk, const Memory& samples, Carry& carry,
                      const Memory& rows);
    void keep_history(Commands& commands, const Chunk& chunk, const Memory& samples,
                      const Carry& carry) const;

    Device device_;
    std::size_t channels_;
    std::size_t sample_bytes_;
    std::size_t history_room_;  // in samples
    std::size_t chunk_samples_;
    std::size_t max_spectra_;
    std::size_t max_rows_;
    filter_bank::Channeliser<Device> channeliser_;
    typename filter_bank::Channeliser<Device>::Stage integrate_;
};

}  // namespace waterfall
