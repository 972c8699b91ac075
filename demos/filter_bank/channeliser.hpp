#pragma once

#include "common/gpu/work_items.hpp"
#include "filter_bank/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace filter_bank {

/// A polyphase filter bank on a device of common/gpu, up to the last stage of its transform: that
/// one belongs to the program, which has a use for the channels there and then. It knows memory,
/// kernels and one in-order queue, and nothing of who waits for whom.
template <class Device>
class Channeliser {
public:
    using Memory = typename Device::Memory;
    using Commands = typename Device::Commands;

    /// A kernel that spectra go through, and the shape of its groups.
    struct Stage {
        typename Device::Kernel kernel;
        common::gpu::WorkItems items;
    };

    /// Builds the kernels, with `last_stage`, OpenCL C that follows filter_bank.cl. There is room
    /// for `max_frames` spectra between the stages.
    Channeliser(const Shape& shape, std::size_t max_frames, std::string_view last_stage,
                const Device& device);

    /// The kernel `name` of the last stage, whose work-items are [column / WIDTH, something]. A
    /// group has `columns` columns and more, or fewer where the device has no more.
    [[nodiscard]] Stage last_stage(const char* name, std::size_t columns) const;

    /// Where the spectra are between the stages; only ever touched in order, by one queue.
    [[nodiscard]] const Memory& frames() const { return frames_; }

    /// Folds spectra whose first one begins at sample `first` into frames from `frame` on.
    void enqueue_fold(Commands& commands, const Memory& samples, std::size_t first,
                      std::size_t spectra, std::size_t frame);
    /// The stages between the first and the last, for the first `spectra` frames.
    void enqueue_transform(Commands& commands, std::size_t spectra);

private:
    struct MiddleStage {
        Stage stage;
        std::uint32_t length;
        Memory twiddles;
    };

    [[nodiscard]] Stage make_stage(const char* name, std::size_t radix,
                                   std::size_t group_columns) const;

    std::size_t channels_;
    std::size_t width_;  ///< columns of a work-item
    Device device_;
    typename Device::Program program_;
    Memory filter_;
    Memory frames_;
    Stage fold_;
    Memory fold_twiddles_;
    std::vector<MiddleStage> middle_;
};

}  // namespace filter_bank
