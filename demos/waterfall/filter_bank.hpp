#pragma once

#include "chunk.hpp"
#include "options.hpp"

#include <juggle/opencl/commands.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <cstddef>
#include <vector>

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
    void show_on(juggle::Timeline* timeline) { timeline_ = timeline; }

    /// Puts the work for one chunk into `compute`, the queue of all chunks. They come in the order
    /// of the stream. `commands`: those of the tickets, if there are any.
    void enqueue(const cl::CommandQueue& compute, const Chunk& chunk, const cl::Buffer& samples,
                 Carry& carry, const cl::Buffer& rows,
                 juggle::opencl::Commands* commands = nullptr);

private:
    /// One of the kernels that a spectrum goes through, and the shape of its groups.
    struct Stage {
        cl::Kernel kernel;
        std::size_t columns;       ///< work-items for a spectrum, or for a row
        std::size_t group_width;   ///< work-items of one spectrum or row in a group
        std::size_t group_height;  ///< spectra, or rows, in a group
        cl::Buffer twiddles;       ///< none after the last; the kernel does not keep its arguments
    };

    void make_stages(const Options& options, const cl::Device& device);
    /// With groups of `group_size` work-items, or fewer where the device has no more.
    [[nodiscard]] static Stage make_stage(const cl::Kernel& kernel, const cl::Device& device,
                                          std::size_t columns, std::size_t group_size);
    void prepend_history(const cl::CommandQueue& compute, const Chunk& chunk,
                         const cl::Buffer& samples, const Carry& carry,
                         juggle::opencl::Commands* commands) const;
    void make_rows_of(const cl::CommandQueue& compute, const Chunk& chunk,
                      const cl::Buffer& samples, Carry& carry, const cl::Buffer& rows,
                      juggle::opencl::Commands* commands);
    /// For `height` spectra or rows.
    void enqueue_grid(const cl::CommandQueue& compute, const Stage& stage, std::size_t height,
                      const char* what, juggle::opencl::Commands* commands) const;
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
    cl::Buffer filter_;
    cl::Buffer frames_;  // only ever touched in order, by the compute queue
    Stage fold_;
    std::vector<Stage> middle_;
    Stage integrate_;
};

}  // namespace waterfall
