#pragma once

#include "common/cuda_program.hpp"
#include "common/gpu/cuda_commands.hpp"
#include "common/gpu/cuda_context.hpp"
#include "common/gpu/cuda_host_buffer.hpp"
#include "common/gpu/cuda_memory.hpp"
#include "common/gpu/cuda_queue.hpp"
#include "common/gpu/cuda_stopwatch.hpp"
#include "common/gpu/work_items.hpp"

#include <juggle/cuda.hpp>
#include <juggle/timeline.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace common::gpu {

/// A CUDA device as the pipelines of the demos use one; OpenClDevice is its like. A copy is the
/// same device. All throw CudaError.
class CudaDevice {
public:
    using Queue = CudaQueue;
    using Commands = CudaCommands;
    using Event = juggle::cuda::Event;
    using Memory = CudaMemory;
    using Kernel = CudaKernel;
    using Program = CudaProgram;
    using Stopwatch = CudaStopwatch;
    template <class T>
    using HostBuffer = CudaHostBuffer<T>;
    template <class T>
    using Resource = juggle::cuda::Resource<T>;
    template <class... Kept>
    using FinishAtEnd = juggle::cuda::FinishAtEnd<Kept...>;

    /// As find_cuda_device.
    explicit CudaDevice(const std::string& device)
        : context_{std::make_shared<const CudaContext>(find_cuda_device(device))} {}

    [[nodiscard]] std::string name() const { return name_of(context_->device()); }
    /// "CUDA <version that the driver supports>"
    [[nodiscard]] static std::string platform_name();
    /// "'<name>' (CUDA <version that the driver supports>)"
    [[nodiscard]] std::string description() const;
    [[nodiscard]] std::uint64_t memory_bytes() const;
    /// Of one piece of memory.
    [[nodiscard]] std::uint64_t most_bytes() const { return memory_bytes(); }
    /// Whether Commands::sleep is possible.
    [[nodiscard]] static bool can_sleep() noexcept { return true; }
    /// How many neighbours a work-item should compute at a time: they are the work of as many
    /// threads.
    [[nodiscard]] static std::size_t vector_width() noexcept { return 1; }

    /// In order. If a timeline is to show it, it has a name there.
    [[nodiscard]] Queue make_queue(juggle::Timeline* timeline, std::string_view name,
                                   bool /*timed*/ = false) const {
        return {context_, timeline, name};
    }
    [[nodiscard]] Memory make_memory(std::size_t bytes) const { return {context_, bytes}; }
    /// With these numbers in it.
    [[nodiscard]] Memory make_table(const std::vector<float>& table) const;
    /// Memory of the host that is copied from and to in the background.
    template <class T>
    [[nodiscard]] HostBuffer<T> make_host_buffer(const Queue& /*queue*/, std::size_t size) const {
        return {context_, size};
    }
    [[nodiscard]] Stopwatch make_stopwatch(bool runs) const { return {context_, runs}; }

    /// From OpenCL C. As compile_opencl_c.
    [[nodiscard]] Program build(const std::string& source,
                                const std::vector<std::string>& macros) const;
    [[nodiscard]] Kernel make_kernel(const Program& program, const char* name) const;
    /// Groups of up to `size` work-items, or fewer where the kernel can have no more.
    [[nodiscard]] WorkItems work_items(const Kernel& kernel, std::size_t columns,
                                       std::size_t size) const;

private:
    CudaContextPtr context_;
};

}  // namespace common::gpu
