#include "common/gpu/opencl_stopwatch.hpp"

#include <cstdint>

namespace common::gpu {
namespace {

std::chrono::nanoseconds time_of(const cl::Event& event, cl_profiling_info which) {
    cl_ulong time = 0;
    const cl_int status = ::clGetEventProfilingInfo(event(), which, sizeof time, &time, nullptr);
    return std::chrono::nanoseconds{status == CL_SUCCESS ? static_cast<std::int64_t>(time) : 0};
}

}  // namespace

std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds> OpenClStopwatch::times(
    const cl::Event& last, std::optional<std::chrono::nanoseconds> possible) {
    return {possible ? *possible : time_of(last, CL_PROFILING_COMMAND_START),
            time_of(last, CL_PROFILING_COMMAND_END)};
}

}  // namespace common::gpu
