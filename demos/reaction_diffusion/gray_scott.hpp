#pragma once

#include <juggle/opencl.hpp>

#include <CL/opencl.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace reaction_diffusion {

/// Two substances on a square of cells; P. Gray and S. K. Scott, Chem. Eng. Sci. 38 (1983) and 39
/// (1984). Which pattern grows is a matter of the two rates: J. E. Pearson, Science 261 (1993).
struct Rates {
    double feed = 0.037;
    double kill = 0.06;
};

/// The device's part: states, and the commands that work on them. Those that enqueue return at
/// once; who waits for what is the modes' business.
class GrayScott {
public:
    GrayScott(const cl::Device& device, std::size_t size, const Rates& rates);

    [[nodiscard]] cl::CommandQueue make_queue() const { return {context_, device_}; }
    [[nodiscard]] const cl::Context& context() const noexcept { return context_; }

    /// An image with u and v of each cell.
    [[nodiscard]] cl::Image2D make_state() const;
    /// The same before the first step: some spots of v, placed by `seed`.
    [[nodiscard]] cl::Image2D make_first_state(std::uint64_t seed) const;
    /// A buffer for what is in an image.
    [[nodiscard]] cl::Buffer make_copy() const;

    // [commands]
    using WaitList = std::vector<cl::Event>;

    void enqueue_step(const cl::CommandQueue& queue, const cl::Image2D& from, const cl::Image2D& to,
                      const WaitList* waits = nullptr, cl::Event* event = nullptr);
    void enqueue_copy(const cl::CommandQueue& queue, const cl::Image2D& from, const cl::Buffer& to,
                      const WaitList* waits, cl::Event* event) const;
    void enqueue_read(const cl::CommandQueue& queue, const cl::Buffer& from, std::span<float> to,
                      const WaitList* waits, cl::Event* event) const;
    // [/commands]

    /// Blocks until `to` is what the image holds.
    void read(const cl::CommandQueue& queue, const cl::Image2D& from, std::span<float> to) const;

    /// Cells along each side.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Floats of a cell, of which the first is u and the second v.
    [[nodiscard]] std::size_t channels() const noexcept { return channels_; }
    /// Floats of a state.
    [[nodiscard]] std::size_t floats() const noexcept { return size_ * size_ * channels_; }

private:
    void warm_up();
    [[nodiscard]] cl::ImageFormat format() const;

    cl::Device device_;
    cl::Context context_;
    std::size_t size_;
    std::size_t channels_;
    cl::Kernel step_;
};

/// Throws Error if the device has no images, or no room for two of `size` cells square and for
/// `copies` of one.
void check_device(const cl::Device& device, std::size_t size, std::size_t copies);

}  // namespace reaction_diffusion
