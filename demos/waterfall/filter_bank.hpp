#pragma once

#include "chunk.hpp"
#include "fft.hpp"
#include "options.hpp"

#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <cstddef>

namespace waterfall {

/// The polyphase filter bank on the device. It knows buffers, kernels and one in-order
/// queue, and nothing of who waits for whom.
class FilterBank {
public:
    /// What one chunk leaves for the next, on the device.
    struct Carry {
        cl::Buffer history;     ///< the samples that the next spectra need again
        cl::Buffer row_before;  ///< sums of an incomplete row, to be read
        cl::Buffer row_after;   ///< the same, to be written
    };

    /// Builds the kernels. `compute` is the queue that all chunks will go through. A timeline is
    /// shown their work.
    FilterBank(const Options& options, const cl::Context& context, const cl::Device& device,
               const cl::CommandQueue& compute, juggle::Timeline* timeline);

    [[nodiscard]] Carry make_carry() const;
    /// For the samples of one chunk, with room for the history in front of them.
    [[nodiscard]] cl::Buffer make_samples() const;
    /// For the rows of one chunk: float[max_rows][channels].
    [[nodiscard]] cl::Buffer make_rows() const;

    /// Where in the buffer of make_samples() the new samples belong.
    [[nodiscard]] std::size_t samples_offset() const;  // in bytes
    [[nodiscard]] std::size_t max_rows() const { return max_rows_; }

    /// Puts the work for one chunk into `compute`. Chunks come in the order of the stream.
    void enqueue(const cl::CommandQueue& compute, const Chunk& chunk, const cl::Buffer& samples,
                 Carry& carry, const cl::Buffer& rows);

private:
    void prepend_history(const cl::CommandQueue& compute, const Chunk& chunk,
                         const cl::Buffer& samples, const Carry& carry) const;
    void make_rows_of(const cl::CommandQueue& compute, const Chunk& chunk,
                      const cl::Buffer& samples, Carry& carry, const cl::Buffer& rows);
    /// One work-item for each channel and each of `height` spectra or rows.
    void enqueue_grid(const cl::CommandQueue& compute, const cl::Kernel& kernel, std::size_t height,
                      const char* what) const;
    void keep_history(const cl::CommandQueue& compute, const Chunk& chunk,
                      const cl::Buffer& samples, const Carry& carry) const;

    juggle::Timeline* timeline_;
    cl::Context context_;
    std::size_t channels_;
    std::size_t integrate_;
    std::size_t sample_bytes_;
    std::size_t history_room_;  // in samples
    std::size_t chunk_samples_;
    std::size_t max_spectra_;
    std::size_t max_rows_;
    cl::Buffer filter_;
    cl::Buffer frames_;  // only ever touched in order, by the compute queue
    Fft fft_;
    cl::Kernel fold_;
    cl::Kernel integrate_kernel_;
};

}  // namespace waterfall
