#include "common/gpu/cuda_commands.hpp"

#include <juggle/cuda/shown.hpp>

#include <cstdint>
#include <thread>

namespace common::gpu {

using juggle::cuda::Shown;

namespace {

/// Called by a thread of the driver's.
void CUDA_CB sleep_there(void* duration) {
    std::this_thread::sleep_for(*static_cast<const std::chrono::nanoseconds*>(duration));
}

}  // namespace

void CudaCommands::write(const Label& label, const CudaMemory& to, std::size_t offset,
                         std::span<const std::byte> from) const {
    const Shown shown{timeline_, stream_, label.what, label.lane};
    COMMON_CUDA(cuMemcpyHtoDAsync, to.address() + offset, from.data(), from.size(), stream_);
}

void CudaCommands::read(const Label& label, std::span<std::byte> to, const CudaMemory& from) const {
    const Shown shown{timeline_, stream_, label.what, label.lane};
    COMMON_CUDA(cuMemcpyDtoHAsync, to.data(), from.address(), to.size(), stream_);
}

void CudaCommands::copy(const Label& label, const CudaMemory& to, std::size_t to_offset,
                        const CudaMemory& from, std::size_t from_offset, std::size_t bytes) const {
    const Shown shown{timeline_, stream_, label.what, label.lane};
    COMMON_CUDA(cuMemcpyDtoDAsync, to.address() + to_offset, from.address() + from_offset, bytes,
                stream_);
}

void CudaCommands::clear(const Label& label, const CudaMemory& memory, std::size_t offset,
                         std::size_t bytes) const {
    const Shown shown{timeline_, stream_, label.what, label.lane};
    COMMON_CUDA(cuMemsetD32Async, memory.address() + offset, 0, bytes / sizeof(std::uint32_t),
                stream_);
}

void CudaCommands::sleep(const Label& label, const std::chrono::nanoseconds& duration) const {
    const Shown shown{timeline_, stream_, label.what, label.lane};
    // Only read, whatever the type says.
    COMMON_CUDA(cuLaunchHostFunc, stream_, &sleep_there,
                const_cast<std::chrono::nanoseconds*>(&duration));
}

/// The grid's dimensions are those of opencl_c.cuh.
void CudaCommands::run_kernel(const Label& label, const CudaKernel& kernel, const WorkItems& items,
                              std::size_t rows, void** arguments) const {
    const auto number = [](std::size_t value) { return static_cast<unsigned>(value); };
    const Shown shown{timeline_, stream_, label.what, label.lane};
    COMMON_CUDA(cuLaunchKernel, kernel.function, number(items.groups_down(rows)),
                number(items.groups_across()), 1, number(items.group_width),
                number(items.group_height), 1, 0, stream_, arguments, nullptr);
}

}  // namespace common::gpu
