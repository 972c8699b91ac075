#include "common/opencl.hpp"

#include "common/error.hpp"

#include <juggle/opencl/error.hpp>
#include <juggle/opencl/timeline.hpp>

namespace common {
namespace {

/// Empty if it cannot be had.
std::string build_log(const cl::Program& program, const cl::Device& device) {
    try {
        return program.getBuildInfo<CL_PROGRAM_BUILD_LOG>(device);
    } catch (const cl::Error&) {
        return "";
    }
}

}  // namespace

std::string description(const cl::Error& error) {
    return std::string{error.what()} + " failed with " + juggle::opencl::status_name(error.err()) +
           " (" + std::to_string(error.err()) + ')';
}

cl::Program build_program(const cl::Context& context, const cl::Device& device,
                          const std::string& source, const std::string& options) {
    const cl::Program program{context, source};
    cl_device_id raw_device = device();
    // CLHPP's own call asks for the log as well, and a failure of that hides the first one.
    const cl_int status =
        ::clBuildProgram(program(), 1, &raw_device, options.c_str(), nullptr, nullptr);
    if (status == CL_BUILD_PROGRAM_FAILURE) {
        throw Error("the device's compiler refuses the kernels:\n" + build_log(program, device));
    }
    if (status != CL_SUCCESS) {
        throw cl::Error(status, "clBuildProgram");
    }
    return program;
}

cl::CommandQueue make_queue(const cl::Context& context, const cl::Device& device,
                            juggle::Timeline* timeline, std::string_view name, bool timed) {
    if (timeline == nullptr && !timed) {
        return {context, device};
    }
    cl::CommandQueue queue{context, device, CL_QUEUE_PROFILING_ENABLE};
    if (timeline != nullptr) {
        juggle::opencl::name_queue(*timeline, queue, name);
    }
    return queue;
}

}  // namespace common
