#include "common/gpu/opencl_device.hpp"

#include "common/find_device.hpp"
#include "common/opencl.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace common::gpu {
namespace {

std::chrono::nanoseconds time_of(const cl::Event& event, cl_profiling_info which) {
    cl_ulong time = 0;
    const cl_int status = ::clGetEventProfilingInfo(event(), which, sizeof time, &time, nullptr);
    return std::chrono::nanoseconds{status == CL_SUCCESS ? static_cast<std::int64_t>(time) : 0};
}

}  // namespace

void OpenClCommands::write(const char* what, const cl::Buffer& to, std::size_t offset,
                           std::span<const std::byte> from) {
    ShownCommand shown{timeline_, what, "", commands_};
    queue_.native().enqueueWriteBuffer(to, CL_FALSE, offset, from.size(), from.data(),
                                       shown.waits(), shown.event());
}

void OpenClCommands::read(const char* what, std::span<std::byte> to, const cl::Buffer& from) {
    ShownCommand shown{timeline_, what, "", commands_};
    queue_.native().enqueueReadBuffer(from, CL_FALSE, 0, to.size(), to.data(), shown.waits(),
                                      shown.event());
}

void OpenClCommands::copy(const char* what, const cl::Buffer& to, std::size_t to_offset,
                          const cl::Buffer& from, std::size_t from_offset, std::size_t bytes) {
    ShownCommand shown{timeline_, what, "", commands_};
    queue_.native().enqueueCopyBuffer(from, to, from_offset, to_offset, bytes, shown.waits(),
                                      shown.event());
}

void OpenClCommands::clear(const char* what, const cl::Buffer& memory, std::size_t offset,
                           std::size_t bytes) {
    ShownCommand shown{timeline_, what, "", commands_};
    queue_.native().enqueueFillBuffer(memory, cl_uint{0}, offset, bytes, shown.waits(),
                                      shown.event());
}

/// Groups always have the same shape, because some drivers compile a kernel again for each.
void OpenClCommands::run_kernel(const char* what, const cl::Kernel& kernel, const WorkItems& items,
                                std::size_t rows) {
    ShownCommand shown{timeline_, what, "", commands_};
    queue_.native().enqueueNDRangeKernel(
        kernel, cl::NullRange,
        cl::NDRange(items.columns, items.groups_down(rows) * items.group_height),
        cl::NDRange(items.group_width, items.group_height), shown.waits(), shown.event());
}

OpenClDevice::OpenClDevice(const std::string& platform, const std::string& device)
    : device_{find_device(platform, device)}, context_{device_} {}

std::string OpenClDevice::description() const {
    return '\'' + device_.getInfo<CL_DEVICE_NAME>() + "' (driver " +
           device_.getInfo<CL_DRIVER_VERSION>() + ')';
}

std::size_t OpenClDevice::vector_width() const {
    const std::size_t preferred = device_.getInfo<CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT>();
    return std::min(std::bit_floor(std::max<std::size_t>(preferred, 1)), std::size_t{16});
}

OpenClQueue OpenClDevice::make_queue(juggle::Timeline* timeline, std::string_view name,
                                     bool timed) const {
    return {common::make_queue(context_, device_, timeline, name, timed), timeline};
}

cl::Program OpenClDevice::build(const std::string& source,
                                const std::vector<std::string>& macros) const {
    std::string options;
    for (const std::string& macro : macros) {
        options += " -D " + macro;
    }
    return build_program(context_, device_, source, options);
}

WorkItems OpenClDevice::work_items(const cl::Kernel& kernel, std::size_t columns,
                                   std::size_t size) const {
    const std::size_t possible = kernel.getWorkGroupInfo<CL_KERNEL_WORK_GROUP_SIZE>(device_);
    const std::vector<std::size_t> sides = device_.getInfo<CL_DEVICE_MAX_WORK_ITEM_SIZES>();
    return gpu::work_items(columns, std::bit_floor(std::min(size, possible)), sides.at(0),
                           sides.at(1));
}

std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds> OpenClDevice::Stopwatch::times(
    const cl::Event& last, std::optional<std::chrono::nanoseconds> possible) const {
    return {possible.value_or(time_of(last, CL_PROFILING_COMMAND_START)),
            time_of(last, CL_PROFILING_COMMAND_END)};
}

}  // namespace common::gpu
