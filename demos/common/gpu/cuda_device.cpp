#include "common/gpu/cuda_device.hpp"

#include <algorithm>
#include <bit>

namespace common::gpu {
namespace {

unsigned number(std::size_t value) { return static_cast<unsigned>(value); }

}  // namespace

CudaMemory::CudaMemory(const CudaContextPtr& context, std::size_t bytes) {
    const CudaContextScope current{context->native()};
    const auto allocation = std::make_shared<Allocation>(context);
    COMMON_CUDA(cuMemAlloc, &allocation->address, bytes);
    allocation_ = allocation;
}

// A context that is over has taken along what was in it; so below.
CudaMemory::Allocation::~Allocation() {
    const CudaDriver& driver = cuda_driver();
    if (address != 0 && driver.cuCtxPushCurrent(context->native()) == CUDA_SUCCESS) {
        static_cast<void>(driver.cuMemFree(address));
        CUcontext popped = nullptr;
        static_cast<void>(driver.cuCtxPopCurrent(&popped));
    }
}

CudaCommands::CudaCommands(const CudaQueue& queue, juggle::Timeline* timeline)
    : queue_{queue}, timeline_{timeline}, current_{queue.context()} {}

CUstream CudaCommands::stream() const noexcept { return queue_.native(); }

void CudaCommands::write(const char* what, const CudaMemory& to, std::size_t offset,
                         std::span<const std::byte> from) {
    const juggle::cuda::Shown shown{timeline_, stream(), what};
    COMMON_CUDA(cuMemcpyHtoDAsync, to.address() + offset, from.data(), from.size(), stream());
}

void CudaCommands::read(const char* what, std::span<std::byte> to, const CudaMemory& from) {
    const juggle::cuda::Shown shown{timeline_, stream(), what};
    COMMON_CUDA(cuMemcpyDtoHAsync, to.data(), from.address(), to.size(), stream());
}

void CudaCommands::copy(const char* what, const CudaMemory& to, std::size_t to_offset,
                        const CudaMemory& from, std::size_t from_offset, std::size_t bytes) {
    const juggle::cuda::Shown shown{timeline_, stream(), what};
    COMMON_CUDA(cuMemcpyDtoDAsync, to.address() + to_offset, from.address() + from_offset, bytes,
                stream());
}

void CudaCommands::clear(const char* what, const CudaMemory& memory, std::size_t offset,
                         std::size_t bytes) {
    const juggle::cuda::Shown shown{timeline_, stream(), what};
    COMMON_CUDA(cuMemsetD32Async, memory.address() + offset, 0, bytes / sizeof(std::uint32_t),
                stream());
}

/// The grid's dimensions are those of opencl_c.cuh.
void CudaCommands::run_kernel(const char* what, const CudaKernel& kernel, const WorkItems& items,
                              std::size_t rows, void** arguments) {
    const juggle::cuda::Shown shown{timeline_, stream(), what};
    COMMON_CUDA(cuLaunchKernel, kernel.function, number(items.groups_down(rows)),
                number(items.groups_across()), 1, number(items.group_width),
                number(items.group_height), 1, 0, stream(), arguments, nullptr);
}

CudaQueue::Stream::Stream(CudaContextPtr of) : context{std::move(of)} {
    const CudaContextScope current{context->native()};
    COMMON_CUDA(cuStreamCreate, &native, CU_STREAM_NON_BLOCKING);
}

CudaQueue::Stream::~Stream() {
    const CudaDriver& driver = cuda_driver();
    if (driver.cuCtxPushCurrent(context->native()) == CUDA_SUCCESS) {
        static_cast<void>(driver.cuStreamDestroy(native));
        CUcontext popped = nullptr;
        static_cast<void>(driver.cuCtxPopCurrent(&popped));
    }
}

CudaQueue::CudaQueue(CudaContextPtr context, juggle::Timeline* timeline, std::string_view name)
    : stream_{std::make_shared<const Stream>(std::move(context))}, timeline_{timeline} {
    if (timeline != nullptr) {
        juggle::cuda::name_stream(*timeline, native(), name);
    }
}

void CudaQueue::finish() const {
    const CudaContextScope current{context()};
    COMMON_CUDA(cuStreamSynchronize, native());
}

std::string CudaDevice::description() const {
    int version = 0;
    COMMON_CUDA(cuDriverGetVersion, &version);
    return '\'' + name_of(context_->device()) + "' (CUDA " + std::to_string(version / 1000) + '.' +
           std::to_string(version % 1000 / 10) + ')';
}

CudaQueue CudaDevice::make_queue(juggle::Timeline* timeline, std::string_view name,
                                 bool /*timed*/) const {
    return {context_, timeline, name};
}

CudaMemory CudaDevice::make_table(const std::vector<float>& table) const {
    const std::span bytes = std::as_bytes(std::span{table});
    CudaMemory memory = make_memory(bytes.size());
    const CudaQueue queue{context_, nullptr, ""};
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

CudaDevice::Stopwatch::Mark::~Mark() {
    const CudaDriver& driver = cuda_driver();
    if (event != nullptr && driver.cuCtxPushCurrent(context->native()) == CUDA_SUCCESS) {
        static_cast<void>(driver.cuEventDestroy(event));
        CUcontext popped = nullptr;
        static_cast<void>(driver.cuCtxPopCurrent(&popped));
    }
}

CudaDevice::Stopwatch::Stopwatch(const CudaDevice& device, bool runs)
    : runs_{runs}, context_{device.context_} {}

void CudaDevice::Stopwatch::start(const Commands& commands) { record(begin_, commands); }

void CudaDevice::Stopwatch::stop(const Commands& commands) { record(end_, commands); }

void CudaDevice::Stopwatch::record(Mark& mark, const Commands& commands) {
    if (!runs_) {
        return;
    }
    mark.context = context_;
    COMMON_CUDA(cuEventCreate, &mark.event, CU_EVENT_DEFAULT);
    COMMON_CUDA(cuEventRecord, mark.event, commands.stream());
}

std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds> CudaDevice::Stopwatch::times(
    const Event& /*last*/, std::optional<std::chrono::nanoseconds> /*possible*/) const {
    const CudaContextScope current{context_->native()};
    float milliseconds = 0;
    COMMON_CUDA(cuEventElapsedTime, &milliseconds, begin_.event, end_.event);
    const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
    return {now - std::chrono::duration_cast<std::chrono::nanoseconds>(
                      std::chrono::duration<float, std::milli>{milliseconds}),
            now};
}

}  // namespace common::gpu
