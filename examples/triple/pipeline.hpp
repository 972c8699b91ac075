#pragma once

#include <juggle/opencl/commands.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace triple {

/// What all modes share: the device, an in-order queue for each stage, and the three stages
/// themselves. The functions that enqueue return at once; who waits for what is the modes'
/// business.
class Pipeline {
public:
    /// For chunks of `chunk` floats. With a `stage` length that is not zero each stage keeps the
    /// device's thread for that long, which needs a device with native kernels; one is measured,
    /// and Error thrown if it takes less. A timeline is shown what happens on the queues.
    Pipeline(const cl::Device& device, std::size_t chunk, std::chrono::nanoseconds stage,
             juggle::Timeline* timeline = nullptr);

    juggle::Timeline* timeline;  ///< null: none
    cl::Context context;
    cl::CommandQueue upload;
    cl::CommandQueue compute;
    cl::CommandQueue download;

    /// Waits until all commands have ended. False if the driver refuses, which is printed.
    [[nodiscard]] bool finish() const noexcept;

    [[nodiscard]] std::vector<float> host_buffer() const { return std::vector<float>(chunk_); }
    [[nodiscard]] cl::Buffer device_buffer() const;

    // [stages]
    // Each with the wait list and the event that are asked for, or without.

    /// The first stage: host to device.
    void enqueue_write(const cl::CommandQueue& queue, const cl::Buffer& to,
                       const std::vector<float>& from,
                       juggle::opencl::Commands* commands = nullptr) const;

    /// The second: `to` becomes three times `from`.
    void enqueue_triple(const cl::CommandQueue& queue, const cl::Buffer& to, const cl::Buffer& from,
                        juggle::opencl::Commands* commands = nullptr);

    /// The third: device to host.
    void enqueue_read(const cl::CommandQueue& queue, const cl::Buffer& from, std::vector<float>& to,
                      juggle::opencl::Commands* commands = nullptr) const;
    // [/stages]

private:
    [[nodiscard]] std::chrono::nanoseconds time_of_a_stage();
    void check_stage(const cl::Device& device);
    void keep_busy(const cl::CommandQueue& queue, const char* what, const char* lane,
                   juggle::opencl::Commands* commands) const;

    std::size_t chunk_;
    std::chrono::nanoseconds stage_{0};
    cl::Kernel triple_;
};

}  // namespace triple
