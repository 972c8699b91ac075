#pragma once

#include <juggle/opencl/clhpp.hpp>

#include <cstddef>

namespace device {

/// Throws `std::runtime_error` with the call and its status if that is not CL_SUCCESS.
void check(cl_int status, const char* call);

/// The first OpenCL device, in a context of its own.
class Device {
public:
    /// `std::runtime_error` if there is none.
    Device();

    const cl::Context& context() const { return context_; }
    /// A new in-order queue.
    cl::CommandQueue queue() const;
    cl::Buffer buffer(std::size_t bytes) const;
    cl::Kernel kernel(const char* source, const char* name) const;
    bool runs_native_kernels() const;

private:
    cl::Device device_;
    cl::Context context_;
};

}  // namespace device
