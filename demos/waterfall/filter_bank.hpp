#pragma once

#include "chunk.hpp"
#include "filter_bank/channeliser.hpp"
#include "options.hpp"

#include <juggle/opencl/commands.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <cstddef>

namespace waterfall {

/// The polyphase filter bank on the device, and the rows that its power is added up to. It knows
/// buffers, kernels and one in-order queue, and nothing of who waits for whom.
class FilterBank {
public:
    /// What one chunk leaves for the next, on the device.
    struct Carry {
        cl::Buffer history;     ///< the samples that the next spectra need again
        cl::Buffer row_before;  ///< sums of an incomplete row, to be read
        cl::Buffer row_after;   ///< the same, to be written
    };

    /// Builds the kernels.
    FilterBank(const Options& options, const cl::Context& context, const cl::Device& device);

    [[nodiscard]] Carry make_carry() const;
    /// For the samples of one chunk, with room for the history in front of them.
    [[nodiscard]] cl::Buffer make_samples() const;
    /// For the rows of one chunk: float[max_rows][channels].
    [[nodiscard]] cl::Buffer make_rows() const;

    /// Where in the buffer of make_samples() the new samples belong.
    [[nodiscard]] std::size_t samples_offset() const;  // in bytes
    [[nodiscard]] std::size_t max_spectra() const { return max_spectra_; }
    [[nodiscard]] std::size_t max_rows() const { return max_rows_; }

    /// A timeline is shown the work that is enqueued from now on.
    void show_on(juggle::Timeline* timeline) {
        timeline_ = timeline;
        channeliser_.show_on(timeline);
    }

    /// Puts the work for one chunk into `compute`, the queue of all chunks. They come in the order
    /// of the stream. `commands`: those of the tickets, if there are any.
    void enqueue(const cl::CommandQueue& compute, const Chunk& chunk, const cl::Buffer& samples,
                 Carry& carry, const cl::Buffer& rows,
                 juggle::opencl::Commands* commands = nullptr);

private:
    void prepend_history(const cl::CommandQueue& compute, const Chunk& chunk,
                         const cl::Buffer& samples, const Carry& carry,
                         juggle::opencl::Commands* commands) const;
    void make_rows_of(const cl::CommandQueue& compute, const Chunk& chunk,
                      const cl::Buffer& samples, Carry& carry, const cl::Buffer& rows,
                      juggle::opencl::Commands* commands);
    void keep_history(const cl::CommandQueue& compute, const Chunk& chunk,
                      const cl::Buffer& samples, const Carry& carry,
                      juggle::opencl::Commands* commands) const;

    juggle::Timeline* timeline_ = nullptr;
    cl::Context context_;
    std::size_t channels_;
    std::size_t sample_bytes_;
    std::size_t history_room_;  // in samples
    std::size_t chunk_samples_;
    std::size_t max_spectra_;
    std::size_t max_rows_;
    filter_bank::Channeliser channeliser_;
    filter_bank::Channeliser::Stage integrate_;
};

}  // namespace waterfall
