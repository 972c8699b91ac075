#pragma once

#include "gpu.hpp"

#include <juggle/timeline.hpp>

#include <chrono>
#include <cstddef>

namespace triple::ON_GPU {

/// What all modes share: the device, an in-order queue for each stage, and the three stages
/// themselves. The functions that enqueue return at once; who waits for what is the modes'
/// business.
class Pipeline {
public:
    /// For chunks of `chunk` floats. With a `stage` length that is not zero each stage takes that
    /// long, which needs a device that calls functions of the host; one is measured, and Error
    /// thrown if it takes less. A timeline is label what happens on the queues.
    Pipeline(const gpu::Device& device, std::size_t chunk, std::chrono::nanoseconds stage,
             juggle::Timeline* timeline = nullptr);

    juggle::Timeline* timeline;  ///< null: none
    gpu::Context context;
    gpu::Queue upload;
    gpu::Queue compute;
    gpu::Queue download;

    /// Waits until all commands have ended. False if the driver refuses, which is printed.
    [[nodiscard]] bool finish() const noexcept;

    [[nodiscard]] gpu::HostVector<float> host_buffer() const {
        return gpu::HostVector<float>(chunk_);
    }
    [[nodiscard]] gpu::Buffer device_buffer() const;

    // [stages]
    // Each is one of the tickets' commands, or of none.

    /// The first stage: host to device.
    void enqueue_write(const gpu::Queue& queue, const gpu::Buffer& to,
                       const gpu::HostVector<float>& from, gpu::Commands commands = {}) const;

    /// The second: `to` becomes three times `from`.
    void enqueue_triple(const gpu::Queue& queue, const gpu::Buffer& to, const gpu::Buffer& from,
                        gpu::Commands commands = {});

    /// The third: device to host.
    void enqueue_read(const gpu::Queue& queue, const gpu::Buffer& from, gpu::HostVector<float>& to,
                      gpu::Commands commands = {}) const;
    // [/stages]

private:
    [[nodiscard]] std::chrono::nanoseconds time_of_a_stage();
    void check_stage(const gpu::Device& device);
    void keep_busy(const gpu::Queue& queue, const gpu::Label& label) const;

    std::size_t chunk_;
    std::chrono::nanoseconds stage_{0};
    gpu::Kernel triple_;
};

}  // namespace triple::ON_GPU
