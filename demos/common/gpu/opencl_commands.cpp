#include "common/gpu/opencl_commands.hpp"

#include "common/shown_command.hpp"

#include <thread>
#include <vector>

namespace common::gpu {
namespace {

/// OpenCL calls this on the device's own thread, with a copy of the argument.
void CL_CALLBACK sleep_there(void* duration) {
    std::this_thread::sleep_for(*static_cast<const std::chrono::nanoseconds*>(duration));
}

}  // namespace

void OpenClCommands::write(const Label& label, const cl::Buffer& to, std::size_t offset,
                           std::span<const std::byte> from) const {
    ShownCommand shown{timeline_, label.what, label.lane, commands_};
    queue_.enqueueWriteBuffer(to, CL_FALSE, offset, from.size(), from.data(), shown.waits(),
                              shown.event());
}

void OpenClCommands::read(const Label& label, std::span<std::byte> to,
                          const cl::Buffer& from) const {
    ShownCommand shown{timeline_, label.what, label.lane, commands_};
    queue_.enqueueReadBuffer(from, CL_FALSE, 0, to.size(), to.data(), shown.waits(), shown.event());
}

void OpenClCommands::copy(const Label& label, const cl::Buffer& to, std::size_t to_offset,
                          const cl::Buffer& from, std::size_t from_offset,
                          std::size_t bytes) const {
    ShownCommand shown{timeline_, label.what, label.lane, commands_};
    queue_.enqueueCopyBuffer(from, to, from_offset, to_offset, bytes, shown.waits(), shown.event());
}

void OpenClCommands::clear(const Label& label, const cl::Buffer& memory, std::size_t offset,
                           std::size_t bytes) const {
    ShownCommand shown{timeline_, label.what, label.lane, commands_};
    queue_.enqueueFillBuffer(memory, cl_uint{0}, offset, bytes, shown.waits(), shown.event());
}

void OpenClCommands::sleep(const Label& label, const std::chrono::nanoseconds& duration) const {
    ShownCommand shown{timeline_, label.what, label.lane, commands_};
    const std::vector<cl::Event>* const waits = shown.waits();
    const auto count = static_cast<cl_uint>(waits == nullptr ? 0 : waits->size());
    cl::Event* const event = shown.event();
    std::chrono::nanoseconds copied = duration;
    // Not by CLHPP, whose enqueueNativeKernel of 2024.10.24 (Debian 13) reads through the null
    // pointer that stands for no memory objects.
    const cl_int status = ::clEnqueueNativeKernel(
        queue_(), &sleep_there, static_cast<void*>(&copied), sizeof copied, 0, nullptr, nullptr,
        count, count == 0 ? nullptr : &waits->front()(), event == nullptr ? nullptr : &(*event)());
    if (status != CL_SUCCESS) {
        throw cl::Error(status, "clEnqueueNativeKernel");
    }
}

/// Groups always have the same shape, because some drivers compile a kernel again for each.
void OpenClCommands::run_kernel(const Label& label, const cl::Kernel& kernel,
                                const WorkItems& items, std::size_t rows) const {
    ShownCommand shown{timeline_, label.what, label.lane, commands_};
    queue_.enqueueNDRangeKernel(
        kernel, cl::NullRange,
        cl::NDRange(items.columns, items.groups_down(rows) * items.group_height),
        cl::NDRange(items.group_width, items.group_height), shown.waits(), shown.event());
}

}  // namespace common::gpu
