#pragma once

#include <juggle/opencl.hpp>

#include <CL/opencl.hpp>

#include <vector>

namespace network {

/// A device that makes three of one, in order. The functions return at once.
class Device {
public:
    Device();

    cl::Context context;
    cl::CommandQueue queue;

    /// Uploads the samples, triples them there, and downloads them to where they were. With
    /// `commands`, the first one waits for what the tickets have to respect, and the last one is
    /// what they track.
    void enqueue_triple(std::vector<float>& samples, juggle::opencl::Commands* commands = nullptr);

private:
    cl::Buffer buffer_;
    cl::Kernel triple_;
};

}  // namespace network
