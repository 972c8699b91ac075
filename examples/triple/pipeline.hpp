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
    Pipeline(gpu::Device device, std::size_t chunk, std::chrono::nanoseconds stage,
             juggle::Timeline* timeline = nullptr);

    juggle::Timeline* timeline;  ///< null: none
    gpu::Device device;
    gpu::Queue upload;
    gpu::Queue compute;
    gpu::Queue download;

    /// Waits until all commands have ended. False if the driver refuses, which is printed.
    [[nodiscard]] bool finish() const noexcept;

    [[nodiscard]] gpu::HostBuffer<float> host_buffer() const {
        return device.make_host_buffer<float>(compute, chunk_);
    }
    [[nodiscard]] gpu::Memory device_memory() const {
        return device.make_memory(chunk_ * sizeof(float));
    }

    // [stages]
    // Given to a queue, or, as commands of some tickets, by gpu::enqueue.

    /// The first stage: host to device.
    void enqueue_write(const gpu::Commands& commands, const gpu::Memory& to,
                       const gpu::HostBuffer<float>& from) const;

    /// The second: `to` becomes three times `from`.
    void enqueue_triple(const gpu::Commands& commands, const gpu::Memory& to,
                        const gpu::Memory& from);

    /// The third: device to host.
    void enqueue_read(const gpu::Commands& commands, const gpu::Memory& from,
                      const gpu::HostBuffer<float>& to) const;
    // [/stages]

private:
    [[nodiscard]] std::chrono::nanoseconds time_of_a_stage();
    void check_stage();
    void keep_busy(const gpu::Commands& commands, const common::gpu::Label& label) const;

    std::size_t chunk_;
    std::chrono::nanoseconds stage_{0};
    gpu::Kernel triple_;
    common::gpu::WorkItems columns_;
};

}  // namespace triple::ON_GPU
