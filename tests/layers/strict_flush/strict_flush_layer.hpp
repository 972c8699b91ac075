#pragma once

#include "../loaded_layer.hpp"
#include "strict_flush/strict_flush_control.h"
#include "support/opencl_device.hpp"

#include <array>
#include <string>
#include <thread>

namespace support {

/// The strict flush layer of this process.
class StrictFlush {
public:
    [[nodiscard]] unsigned long unflushed(const cl::CommandQueue& queue) const {
        return unflushed_(queue());
    }
    /// Who waits for what nobody has flushed.
    [[nodiscard]] std::string report() const {
        std::array<char, 4096> text{};
        report_(text.data(), text.size());
        return text.data();
    }

private:
    LoadedLayer layer_{"juggle-cl-strict-flush.so"};
    juggle_cl_strict_flush_unflushed_fn unflushed_ =
        layer_.get<juggle_cl_strict_flush_unflushed_fn>("juggle_cl_strict_flush_unflushed");
    juggle_cl_strict_flush_report_fn report_ =
        layer_.get<juggle_cl_strict_flush_report_fn>("juggle_cl_strict_flush_report");
};

/// An upload that nobody has flushed, in a queue of its own.
struct Unflushed {
    explicit Unflushed(const Device& device)
        : queue{device.queue()}, buffer{device.buffer(sizeof(int))} {
        check_cl(queue.enqueueWriteBuffer(buffer, CL_FALSE, 0, sizeof in, &in, nullptr, &uploaded),
                 "clEnqueueWriteBuffer");
    }

    const int in = 42;
    cl::CommandQueue queue;
    cl::Buffer buffer;
    cl::Event uploaded;
};

/// By looking, which flushes nothing.
inline void wait_until_complete(const cl::Event& event) {
    while (status_of(event) > CL_COMPLETE) {
        std::this_thread::yield();
    }
}

}  // namespace support
