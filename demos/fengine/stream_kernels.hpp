#pragma once

#include "common/gpu/opencl_device.hpp"
#include "fengine/input_layout.hpp"
#include "fengine/options.hpp"
#include "filter_bank/channeliser.hpp"

#include <juggle/opencl/commands.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <cstddef>

namespace fengine {

/// How the output of a chunk lies in memory: block after block of spectra, each
/// int8[channel][spectrum][polarisation][real, imaginary], then uint32[block][polarisation], how
/// many values were limited.
struct OutputLayout {
    std::size_t channels;
    std::size_t spectra;  ///< in a block, which is what goes to the X-engines at a time
    std::size_t blocks;

    [[nodiscard]] std::size_t bytes_per_channel() const { return spectra * polarisations * 2; }
    [[nodiscard]] std::size_t block_bytes() const { return channels * bytes_per_channel(); }
    [[nodiscard]] std::size_t counts_at() const { return blocks * block_bytes(); }
    [[nodiscard]] std::size_t count_bytes() const {
        return blocks * polarisations * sizeof(cl_uint);
    }
    [[nodiscard]] std::size_t bytes() const { return counts_at() + count_bytes(); }
};

/// What a stream computes of a chunk, on the device. It knows buffers, kernels and one in-order
/// queue, and nothing of who waits for whom.
class StreamKernels {
public:
    /// Builds the kernels.
    StreamKernels(const StreamOptions& stream, filter_bank::SampleFormat format,
                  const InputLayout& input, const cl::Context& context, const cl::Device& device);

    [[nodiscard]] const OutputLayout& output() const { return output_; }
    [[nodiscard]] cl::Buffer make_output() const;

    /// A timeline is shown the work that is enqueued from now on.
    void show_on(juggle::Timeline* timeline) { timeline_ = timeline; }

    /// Puts the work for one chunk into `compute`, the queue of all chunks. `samples` is laid out
    /// as an InputLayout says, `gains` as Gains::for_device. `commands`: those of the tickets, if
    /// there are any.
    void enqueue(const cl::CommandQueue& compute, const cl::Buffer& samples,
                 const cl::Buffer& gains, const cl::Buffer& output,
                 juggle::opencl::Commands* commands);

private:
    using Channeliser = filter_bank::Channeliser<common::gpu::OpenClDevice>;

    InputLayout input_;
    std::size_t history_;
    std::size_t spectra_;  // of each polarisation in a chunk
    OutputLayout output_;
    cl::Context context_;
    juggle::Timeline* timeline_ = nullptr;
    Channeliser channeliser_;
    Channeliser::Stage quantise_;
};

}  // namespace fengine
