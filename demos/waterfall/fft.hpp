#pragma once

#include <CL/opencl.hpp>
#include <clFFT.h>

#include <cstddef>

namespace waterfall {

/// A batch of forward transforms in place, by clFFT. At most one object at a time, for the
/// library has one state for the process.
class Fft {
public:
    /// `points` is a power of two. Builds the kernels, which takes a second or two unless the
    /// driver finds them in its cache.
    Fft(const cl::Context& context, const cl::CommandQueue& queue, std::size_t points,
        std::size_t batch);
    ~Fft();
    Fft(const Fft&) = delete;
    Fft& operator=(const Fft&) = delete;

    /// Puts the transforms of `frames`, float2[batch][points], into the in-order `queue`. The
    /// event, if one is asked for, is that of the last kernel.
    void enqueue(const cl::CommandQueue& queue, const cl::Buffer& frames,
                 cl::Event* event = nullptr);

private:
    clfftPlanHandle plan_ = 0;
};

}  // namespace waterfall
