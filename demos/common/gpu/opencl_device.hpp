#pragma once

#include "common/gpu/opencl_commands.hpp"
#include "common/gpu/opencl_queue.hpp"
#include "common/gpu/opencl_stopwatch.hpp"
#include "common/gpu/work_items.hpp"
#include "common/host_buffer.hpp"

#include <juggle/opencl.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace common::gpu {

/// An OpenCL device as the pipelines of the demos use one; CudaDevice is its like. A copy is the
/// same device. All throw cl::Error.
class OpenClDevice {
public:
    using Queue = OpenClQueue;
    using Commands = OpenClCommands;
    using Event = cl::Event;
    using Memory = cl::Buffer;
    using Kernel = cl::Kernel;
    using Program = cl::Program;
    using Stopwatch = OpenClStopwatch;
    template <class T>
    using HostBuffer = common::HostBuffer<T>;
    template <class T>
    using Resource = juggle::opencl::Resource<T>;
    template <class... Kept>
    using FinishAtEnd = juggle::opencl::FinishAtEnd<Kept...>;

    /// As find_device.
    OpenClDevice(const std::string& platform, const std::string& device);
    OpenClDevice(cl::Context context, cl::Device device)
        : device_{std::move(device)}, context_{std::move(context)} {}

    [[nodiscard]] std::string name() const { return device_.getInfo<CL_DEVICE_NAME>(); }
    /// Whose driver it is.
    [[nodiscard]] std::string platform_name() const;
    /// "'<name>' (driver <version>)"
    [[nodiscard]] std::string description() const;
    [[nodiscard]] std::uint64_t memory_bytes() const {
        return device_.getInfo<CL_DEVICE_GLOBAL_MEM_SIZE>();
    }
    /// Of one piece of memory.
    [[nodiscard]] std::uint64_t most_bytes() const {
        return device_.getInfo<CL_DEVICE_MAX_MEM_ALLOC_SIZE>();
    }
    /// Whether Commands::sleep is possible.
    [[nodiscard]] bool can_sleep() const {
        return (device_.getInfo<CL_DEVICE_EXECUTION_CAPABILITIES>() & CL_EXEC_NATIVE_KERNEL) != 0;
    }
    /// How many neighbours a work-item should compute at a time: a power of two.
    [[nodiscard]] std::size_t vector_width() const;

    /// In order. If a timeline is to show it, it has a name there. A stopwatch needs it `timed`.
    [[nodiscard]] Queue make_queue(juggle::Timeline* timeline, std::string_view name,
                                   bool timed = false) const;
    [[nodiscard]] Memory make_memory(std::size_t bytes) const {
        return {context_, CL_MEM_READ_WRITE, bytes};
    }
    /// With these numbers in it.
    [[nodiscard]] Memory make_table(std::vector<float> table) const {
        return {context_, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, table.size() * sizeof(float),
                table.data()};
    }
    /// Memory of the host that is copied from and to in the background.
    template <class T>
    [[nodiscard]] HostBuffer<T> make_host_buffer(const Queue& queue, std::size_t size) const {
        return {context_, queue.native(), size};
    }
    [[nodiscard]] static Stopwatch make_stopwatch(bool /*runs*/) noexcept { return {}; }

    /// From OpenCL C. Throws Error, too, with what the device's compiler says if it refuses the
    /// source. `macros`: such as "TAPS=8".
    [[nodiscard]] Program build(const std::string& source,
                                const std::vector<std::string>& macros) const;
    [[nodiscard]] static Kernel make_kernel(const Program& program, const char* name) {
        return {program, name};
    }
    /// Groups of up to `size` work-items, or fewer where the device has no more.
    [[nodiscard]] WorkItems work_items(const Kernel& kernel, std::size_t columns,
                                       std::size_t size) const;

private:
    cl::Device device_;
    cl::Context context_;
};

}  // namespace common::gpu
