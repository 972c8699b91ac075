#pragma once

#include "fengine/input_layout.hpp"
#include "fengine/options.hpp"
#include "fengine/output_layout.hpp"
#include "filter_bank/channeliser.hpp"
#include "gpu.hpp"

#include <cstddef>

namespace fengine::ON_GPU {

/// What a stream computes of a chunk, on the device. It knows buffers, kernels and one in-order
/// queue, and nothing of who waits for whom.
class StreamKernels {
public:
    /// Builds the kernels.
    StreamKernels(const StreamOptions& stream, filter_bank::SampleFormat format,
                  const InputLayout& input, const gpu::Device& device);

    [[nodiscard]] const OutputLayout& output() const { return output_; }
    [[nodiscard]] gpu::Memory make_output() const;

    /// The work for one chunk, to be given to the queue of all chunks. `samples` is laid out as an
    /// InputLayout says, `gains` as Gains::for_device.
    void enqueue(gpu::Commands& commands, const gpu::Memory& samples, const gpu::Memory& gains,
                 const gpu::Memory& output);

private:
    using Channeliser = filter_bank::Channeliser<gpu::Device>;

    InputLayout input_;
    std::size_t history_;
    std::size_t spectra_;  // of each polarisation in a chunk
    OutputLayout output_;
    gpu::Device device_;
    Channeliser channeliser_;
    Channeliser::Stage quantise_;
};

}  // namespace fengine::ON_GPU
