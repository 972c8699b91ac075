#include "common/gpu/cuda_commands.hpp"

#include <juggle/cuda/shown.hpp>

#include <cstdint>

namespace common::gpu {

using juggle::cuda::Shown;

void CudaCommands::write(const char* what, const CudaMemory& to, std::size_t offset,
                         std::span<const std::byte> from) {
    const Shown shown{timeline_, stream_, what};
    COMMON_CUDA(cuMemcpyHtoDAsync, to.address() + offset, from.data(), from.size(), stream_);
}

void CudaCommands::read(const char* what, std::span<std::byte> to, const CudaMemory& from) {
    const Shown shown{timeline_, stream_, what};
    COMMON_CUDA(cuMemcpyDtoHAsync, to.data(), from.address(), to.size(), stream_);
}

void CudaCommands::copy(const char* what, const CudaMemory& to, std::size_t to_offset,
                        const CudaMemory& from, std::size_t from_offset, std::size_t bytes) {
    const Shown shown{timeline_, stream_, what};
    COMMON_CUDA(cuMemcpyDtoDAsync, to.address() + to_offset, from.address() + from_offset, bytes,
                stream_);
}

void CudaCommands::clear(const char* what, const CudaMemory& memory, std::size_t offset,
                         std::size_t bytes) {
    const Shown shown{timeline_, stream_, what};
    COMMON_CUDA(cuMemsetD32Async, memory.address() + offset, 0, bytes / sizeof(std::uint32_t),
                stream_);
}

/// The grid's dimensions are those of opencl_c.cuh.
void CudaCommands::run_kernel(const char* what, const CudaKernel& kernel, const WorkItems& items,
                              std::size_t rows, void** arguments) {
    const auto number = [](std::size_t value) { return static_cast<unsigned>(value); };
    const Shown shown{timeline_, stream_, what};
    COMMON_CUDA(cuLaunchKernel, kernel.function, number(items.groups_down(rows)),
                number(items.groups_across()), 1, number(items.group_width),
                number(items.group_height), 1, 0, stream_, arguments, nullptr);
}

}  // namespace common::gpu
