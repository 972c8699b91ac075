#include "common/gpu/cuda_device.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace common::gpu {

std::string CudaDevice::platform_name() {
    int version = 0;
    COMMON_CUDA(cuDriverGetVersion, &version);
    return "CUDA " + std::to_string(version / 1000) + '.' + std::to_string(version % 1000 / 10);
}

std::string CudaDevice::description() const {
    return '\'' + name() + "' (" + platform_name() + ')';
}

std::uint64_t CudaDevice::memory_bytes() const {
    std::size_t bytes = 0;
    COMMON_CUDA(cuDeviceTotalMem, &bytes, context_->device());
    return bytes;
}

CudaMemory CudaDevice::make_table(const std::vector<float>& table) const {
    const std::span bytes = std::as_bytes(std::span{table});
    CudaMemory memory = make_memory(bytes.size());
    const CudaQueue queue = make_queue(nullptr, "");
    queue.commands().write("", memory, 0, bytes);
    queue.finish();
    return memory;
}

CudaProgram CudaDevice::build(const std::string& source,
                              const std::vector<std::string>& macros) const {
    const CudaContextScope current{context_->native()};
    return CudaProgram{compile_opencl_c(source, macros, cuda_architecture())};
}

CudaKernel CudaDevice::make_kernel(const CudaProgram& program, const char* name) const {
    const CudaContextScope current{context_->native()};
    return program.kernel(name);
}

WorkItems CudaDevice::work_items(const CudaKernel& kernel, std::size_t columns,
                                 std::size_t size) const {
    const CudaContextScope current{context_->native()};
    int possible = 0;
    COMMON_CUDA(cuFuncGetAttribute, &possible, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK,
                kernel.function);
    constexpr std::size_t side = 1024;  // of a block, on each device that there has been
    return gpu::work_items(
        columns, std::bit_floor(std::min(size, static_cast<std::size_t>(possible))), side, side);
}

}  // namespace common::gpu
