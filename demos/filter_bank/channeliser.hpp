#pragma once

#include "filter_bank/shape.hpp"

#include <juggle/opencl/commands.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace filter_bank {

/// A polyphase filter bank on the device, up to the last stage of its transform: that one belongs
/// to the program, which has a use for the channels there and then. It knows buffers, kernels and
/// one in-order queue, and nothing of who waits for whom.
class Channeliser {
public:
    /// A kernel that spectra go through, and the shape of its groups.
    struct Stage {
        cl::Kernel kernel;
        std::size_t columns;       ///< work-items for a spectrum
        std::size_t group_width;   ///< work-items of one spectrum in a group
        std::size_t group_height;  ///< spectra in a group
        cl::Buffer twiddles;       ///< none after the last; the kernel does not keep its arguments
    };

    /// Builds the kernels, with `last_stage`, OpenCL C that follows filter_bank.cl. There is room
    /// for `max_frames` spectra between the stages.
    Channeliser(const Shape& shape, std::size_t max_frames, std::string_view last_stage,
                const cl::Context& context, const cl::Device& device);

    /// The kernel `name` of the last stage, whose work-items are [column / WIDTH, something]. A
    /// group has `columns` columns and more, or fewer where the device has no more.
    [[nodiscard]] Stage last_stage(const char* name, std::size_t columns) const;

    /// Where the spectra are between the stages; only ever touched in order, by one queue.
    [[nodiscard]] const cl::Buffer& frames() const { return frames_; }

    /// A timeline is shown the work that is enqueued from now on.
    void show_on(juggle::Timeline* timeline) { timeline_ = timeline; }

    /// Folds spectra whose first one begins at sample `first` into frames from `frame` on.
    /// `commands`: those of the tickets, if there are any; so below.
    void enqueue_fold(const cl::CommandQueue& compute, const cl::Buffer& samples, std::size_t first,
                      std::size_t spectra, std::size_t frame, juggle::opencl::Commands* commands);
    /// The stages between the first and the last, for the first `spectra` frames.
    void enqueue_transform(const cl::CommandQueue& compute, std::size_t spectra,
                           juggle::opencl::Commands* commands);
    /// A stage for `height` spectra, or whatever its second dimension counts.
    void enqueue_grid(const cl::CommandQueue& compute, const Stage& stage, std::size_t height,
                      const char* what, juggle::opencl::Commands* commands) const;

private:
    [[nodiscard]] Stage make_stage(const char* name, std::size_t radix,
                                   std::size_t group_columns) const;

    std::size_t channels_;
    std::size_t width_;  ///< columns of a work-item
    cl::Device device_;
    cl::Program program_;
    cl::Buffer filter_;
    cl::Buffer frames_;
    Stage fold_;
    std::vector<Stage> middle_;
    juggle::Timeline* timeline_ = nullptr;
};

}  // namespace filter_bank
