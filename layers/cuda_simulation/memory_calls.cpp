// Memory, and what is put into a stream about it.

#include "cuda_simulation/calls_made.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace layer::cuda::calls {

namespace {

/// Bytes of a device, which a command keeps.
struct DeviceBytes {
    std::shared_ptr<DeviceMemory> memory;
    std::byte* begin = nullptr;
};

bool find(const Made& made, CUdeviceptr address, std::size_t size, DeviceBytes& bytes) {
    bytes.memory = made.driver.device_memory.find(address, size);
    if (!bytes.memory) {
        return false;
    }
    bytes.begin = bytes.memory->bytes() + (address - bytes.memory->address());
    return true;
}

bool is_page_locked(const Made& made, const void* address, std::size_t size) {
    return made.driver.host_memory.find(reinterpret_cast<std::uintptr_t>(address), size) != nullptr;
}

CUresult set(const Made& made, CUdeviceptr address, std::size_t count, std::size_t width,
             CUstream stream, std::function<void(std::byte*)> fill) {
    if (count > Limits::bytes || address % width != 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    DeviceBytes to;
    if (!find(made, address, count * width, to)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    return enqueue(made, stream, [to, fill = std::move(fill)] {
        fill(to.begin);
        return CUDA_SUCCESS;
    });
}

}  // namespace

CUresult cuMemAlloc(const Made& made, CUdeviceptr* result, std::size_t size) {
    if (const CUresult error = refuse_unsafe(made)) {
        return error;
    }
    if (result == nullptr || size == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (made.context->error != CUDA_SUCCESS) {
        return made.context->error;
    }
    const std::size_t used = made.driver.device_memory.bytes(made.context->device);
    if (size > Limits::bytes - used) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    *result = made.driver.device_memory.add(std::make_shared<DeviceMemory>(made.context, size));
    return CUDA_SUCCESS;
}

CUresult cuMemFree(const Made& made, CUdeviceptr address) {
    if (const CUresult error = refuse_unsafe(made)) {
        return error;
    }
    if (address == 0) {
        return made.context->error;
    }
    return made.driver.device_memory.remove(address) ? made.context->error
                                                     : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemGetInfo(const Made& made, std::size_t* free, std::size_t* total) {
    if (free == nullptr || total == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (made.context->error != CUDA_SUCCESS) {
        return made.context->error;
    }
    *free = Limits::bytes - made.driver.device_memory.bytes(made.context->device);
    *total = Limits::bytes;
    return CUDA_SUCCESS;
}

CUresult cuMemHostAlloc(const Made& made, void** result, std::size_t size, unsigned flags) {
    if (const CUresult error = refuse_unsafe(made)) {
        return error;
    }
    constexpr unsigned known =
        CU_MEMHOSTALLOC_PORTABLE | CU_MEMHOSTALLOC_DEVICEMAP | CU_MEMHOSTALLOC_WRITECOMBINED;
    if (result == nullptr || size == 0 || (flags & ~known) != 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (made.context->error != CUDA_SUCCESS) {
        return made.context->error;
    }
    if (size > Limits::bytes) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    *result = reinterpret_cast<void*>(
        made.driver.host_memory.add(std::make_shared<HostMemory>(made.context, size)));
    return CUDA_SUCCESS;
}

CUresult cuMemFreeHost(const Made& made, void* address) {
    if (const CUresult error = refuse_unsafe(made)) {
        return error;
    }
    if (address == nullptr) {
        return made.context->error;
    }
    return made.driver.host_memory.remove(reinterpret_cast<std::uintptr_t>(address))
               ? made.context->error
               : CUDA_ERROR_INVALID_VALUE;
}

// Pageable memory is staged: it may change as soon as the call has returned.
CUresult cuMemcpyHtoDAsync(const Made& made, CUdeviceptr address, const void* from,
                           std::size_t size, CUstream stream) {
    DeviceBytes to;
    if (from == nullptr || !find(made, address, size, to)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (is_page_locked(made, from, size)) {
        return enqueue(made, stream, [=] {
            std::memcpy(to.begin, from, size);
            return CUDA_SUCCESS;
        });
    }
    const auto* const first = static_cast<const std::byte*>(from);
    return enqueue(made, stream, [to, staged = std::vector(first, first + size)] {
        std::ranges::copy(staged, to.begin);
        return CUDA_SUCCESS;
    });
}

// Into pageable memory the call returns when all is there.
CUresult cuMemcpyDtoHAsync(const Made& made, void* to, CUdeviceptr address, std::size_t size,
                           CUstream handle) {
    DeviceBytes from;
    if (to == nullptr || !find(made, address, size, from)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    StreamPtr stream;
    if (const CUresult error = cuda::find(made, handle, stream)) {
        return error;
    }
    Command command{.work = [=] {
        std::memcpy(to, from.begin, size);
        return CUDA_SUCCESS;
    }};
    const PointPtr end = command.end;
    const CUresult error = enqueue(made, *stream, std::move(command));
    if (error != CUDA_SUCCESS || stream->captured.capture || is_page_locked(made, to, size)) {
        return error;
    }
    made.driver.wait(made.lock, end);
    return stream->context()->error;
}

CUresult cuMemcpyDtoDAsync(const Made& made, CUdeviceptr to_address, CUdeviceptr from_address,
                           std::size_t size, CUstream stream) {
    DeviceBytes to;
    DeviceBytes from;
    if (!find(made, to_address, size, to) || !find(made, from_address, size, from)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    return enqueue(made, stream, [=] {
        std::memmove(to.begin, from.begin, size);
        return CUDA_SUCCESS;
    });
}

CUresult cuMemsetD8Async(const Made& made, CUdeviceptr address, unsigned char value,
                         std::size_t count, CUstream stream) {
    return set(made, address, count, 1, stream,
               [=](std::byte* begin) { std::memset(begin, value, count); });
}

CUresult cuMemsetD32Async(const Made& made, CUdeviceptr address, unsigned value, std::size_t count,
                          CUstream stream) {
    return set(made, address, count, sizeof value, stream, [=](std::byte* begin) {
        for (std::size_t i = 0; i < count; ++i) {
            std::memcpy(begin + i * sizeof value, &value, sizeof value);
        }
    });
}

}  // namespace layer::cuda::calls
