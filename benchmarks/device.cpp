#include "device.hpp"

#include <juggle/opencl/error.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace device {

void check(cl_int status, const char* call) {
    if (status != CL_SUCCESS) {
        throw std::runtime_error{std::string{call} + ": " + juggle::opencl::status_name(status)};
    }
}

Device::Device() {
    std::vector<cl::Platform> platforms;
    check(cl::Platform::get(&platforms), "clGetPlatformIDs");
    std::vector<cl::Device> devices;
    for (const cl::Platform& platform : platforms) {
        if (devices.empty()) {
            platform.getDevices(CL_DEVICE_TYPE_ALL, &devices);
        }
    }
    if (devices.empty()) {
        throw std::runtime_error{"there is no OpenCL device"};
    }
    device_ = devices.front();
    cl_int status = CL_SUCCESS;
    context_ = cl::Context{device_, nullptr, nullptr, nullptr, &status};
    check(status, "clCreateContext");
}

cl::CommandQueue Device::queue() const {
    cl_int status = CL_SUCCESS;
    cl::CommandQueue queue{context_, device_, cl_command_queue_properties{0}, &status};
    check(status, "clCreateCommandQueue");
    return queue;
}

cl::Buffer Device::buffer(std::size_t bytes) const {
    cl_int status = CL_SUCCESS;
    cl::Buffer buffer{context_, CL_MEM_READ_WRITE, bytes, nullptr, &status};
    check(status, "clCreateBuffer");
    return buffer;
}

cl::Kernel Device::kernel(const char* source, const char* name) const {
    cl_int status = CL_SUCCESS;
    const cl::Program program{context_, std::string{source}, false, &status};
    check(status, "clCreateProgramWithSource");
    // CLHPP's own build asks for OpenCL C 2.0, which not every device has.
    check(program.build(device_), "clBuildProgram");
    cl::Kernel kernel{program, name, &status};
    check(status, "clCreateKernel");
    return kernel;
}

bool Device::runs_native_kernels() const {
    return (device_.getInfo<CL_DEVICE_EXECUTION_CAPABILITIES>() & CL_EXEC_NATIVE_KERNEL) != 0;
}

}  // namespace device
