#include "common/gpu/opencl/commands.hpp"

#include "common/shown_command.hpp"

#include <thread>
#include <vector>

namespace common::on_opencl {
namespace {

ShownCommand command(const Label& label) {
    return {label.timeline, label.what, label.lane, label.commands.get()};
}

/// OpenCL calls this on the device's own thread, with a copy of the argument.
void CL_CALLBACK sleep_there(void* duration) {
    std::this_thread::sleep_for(*static_cast<const std::chrono::nanoseconds*>(duration));
}

}  // namespace

void write(const Queue& queue, const Buffer& to, std::size_t at, const void* from,
           std::size_t bytes, const Label& label) {
    ShownCommand one = command(label);
    queue.enqueueWriteBuffer(to, CL_FALSE, at, bytes, from, one.waits(), one.event());
}

void read(const Queue& queue, const Buffer& from, std::size_t at, void* to, std::size_t bytes,
          const Label& label) {
    ShownCommand one = command(label);
    queue.enqueueReadBuffer(from, CL_FALSE, at, bytes, to, one.waits(), one.event());
}

void copy(const Queue& queue, const Buffer& from, std::size_t from_at, const Buffer& to,
          std::size_t to_at, std::size_t bytes, const Label& label) {
    ShownCommand one = command(label);
    queue.enqueueCopyBuffer(from, to, from_at, to_at, bytes, one.waits(), one.event());
}

void clear(const Queue& queue, const Buffer& buffer, std::size_t at, std::size_t bytes,
           const Label& label) {
    ShownCommand one = command(label);
    queue.enqueueFillBuffer(buffer, cl_uint{0}, at, bytes, one.waits(), one.event());
}

void launch(const Queue& queue, const Kernel& kernel, std::size_t count, const Label& label) {
    ShownCommand one = command(label);
    queue.enqueueNDRangeKernel(kernel, cl::NullRange, cl::NDRange{count}, cl::NullRange,
                               one.waits(), one.event());
}

void launch(const Queue& queue, const Kernel& kernel, const Grid& grid, const Label& label) {
    ShownCommand one = command(label);
    queue.enqueueNDRangeKernel(kernel, cl::NullRange, cl::NDRange(grid.width, grid.height),
                               cl::NDRange(grid.group_width, grid.group_height), one.waits(),
                               one.event());
}

void sleep(const Queue& queue, const std::chrono::nanoseconds& duration, const Label& label) {
    ShownCommand one = command(label);
    const std::vector<cl::Event>* const waits = one.waits();
    const auto count = static_cast<cl_uint>(waits == nullptr ? 0 : waits->size());
    cl::Event* const event = one.event();
    std::chrono::nanoseconds copied = duration;
    // Not by CLHPP, whose enqueueNativeKernel of 2024.10.24 (Debian 13) reads through the null
    // pointer that stands for no memory objects.
    const cl_int status = ::clEnqueueNativeKernel(
        queue(), &sleep_there, static_cast<void*>(&copied), sizeof copied, 0, nullptr, nullptr,
        count, count == 0 ? nullptr : &waits->front()(), event == nullptr ? nullptr : &(*event)());
    if (status != CL_SUCCESS) {
        throw cl::Error(status, "clEnqueueNativeKernel");
    }
}

}  // namespace common::on_opencl
