#pragma once

#include "common/gpu/work_items.hpp"

#include <juggle/opencl/commands.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <cstddef>
#include <span>

namespace common::gpu {

/// What an in-order queue is given, by tickets if `commands` are theirs. A timeline, if there is
/// one, is shown each command under its name. CudaCommands is its like. All throw cl::Error.
class OpenClCommands {
public:
    OpenClCommands(const cl::CommandQueue& queue, juggle::Timeline* timeline,
                   juggle::opencl::Commands* commands = nullptr) noexcept
        : queue_{queue}, timeline_{timeline}, commands_{commands} {}

    /// The memory of the host has to stay until the command has ended; so below.
    void write(const char* what, const cl::Buffer& to, std::size_t offset,
               std::span<const std::byte> from);
    void read(const char* what, std::span<std::byte> to, const cl::Buffer& from);
    void copy(const char* what, const cl::Buffer& to, std::size_t to_offset, const cl::Buffer& from,
              std::size_t from_offset, std::size_t bytes);
    /// Sets 32-bit words to zero.
    void clear(const char* what, const cl::Buffer& memory, std::size_t offset, std::size_t bytes);
    /// Arguments: numbers of the kernel's own type, and buffers.
    template <class... Arguments>
    void run(const char* what, cl::Kernel& kernel, const WorkItems& items, std::size_t rows,
             const Arguments&... arguments) {
        cl_uint place = 0;
        (kernel.setArg(place++, arguments), ...);
        run_kernel(what, kernel, items, rows);
    }

private:
    void run_kernel(const char* what, const cl::Kernel& kernel, const WorkItems& items,
                    std::size_t rows);

    const cl::CommandQueue& queue_;
    juggle::Timeline* timeline_;
    juggle::opencl::Commands* commands_;
};

}  // namespace common::gpu
