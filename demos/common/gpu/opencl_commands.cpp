#include "common/gpu/opencl_commands.hpp"

#include "common/shown_command.hpp"

namespace common::gpu {

void OpenClCommands::write(const char* what, const cl::Buffer& to, std::size_t offset,
                           std::span<const std::byte> from) {
    ShownCommand shown{timeline_, what, "", commands_};
    queue_.enqueueWriteBuffer(to, CL_FALSE, offset, from.size(), from.data(), shown.waits(),
                              shown.event());
}

void OpenClCommands::read(const char* what, std::span<std::byte> to, const cl::Buffer& from) {
    ShownCommand shown{timeline_, what, "", commands_};
    queue_.enqueueReadBuffer(from, CL_FALSE, 0, to.size(), to.data(), shown.waits(), shown.event());
}

void OpenClCommands::copy(const char* what, const cl::Buffer& to, std::size_t to_offset,
                          const cl::Buffer& from, std::size_t from_offset, std::size_t bytes) {
    ShownCommand shown{timeline_, what, "", commands_};
    queue_.enqueueCopyBuffer(from, to, from_offset, to_offset, bytes, shown.waits(), shown.event());
}

void OpenClCommands::clear(const char* what, const cl::Buffer& memory, std::size_t offset,
                           std::size_t bytes) {
    ShownCommand shown{timeline_, what, "", commands_};
    queue_.enqueueFillBuffer(memory, cl_uint{0}, offset, bytes, shown.waits(), shown.event());
}

/// Groups always have the same shape, because some drivers compile a kernel again for each.
void OpenClCommands::run_kernel(const char* what, const cl::Kernel& kernel, const WorkItems& items,
                                std::size_t rows) {
    ShownCommand shown{timeline_, what, "", commands_};
    queue_.enqueueNDRangeKernel(
        kernel, cl::NullRange,
        cl::NDRange(items.columns, items.groups_down(rows) * items.group_height),
        cl::NDRange(items.group_width, items.group_height), shown.waits(), shown.event());
}

}  // namespace common::gpu
