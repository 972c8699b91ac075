#pragma once

#include "common/gpu/label.hpp"
#include "common/gpu/work_items.hpp"

#include <juggle/opencl/commands.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <chrono>
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
    void write(const Label& label, const cl::Buffer& to, std::size_t offset,
               std::span<const std::byte> from) const;
    void read(const Label& label, std::span<std::byte> to, const cl::Buffer& from) const;
    void copy(const Label& label, const cl::Buffer& to, std::size_t to_offset,
              const cl::Buffer& from, std::size_t from_offset, std::size_t bytes) const;
    /// Sets 32-bit words to zero.
    void clear(const Label& label, const cl::Buffer& memory, std::size_t offset,
               std::size_t bytes) const;
    /// Something that takes so long, in the place of a kernel: a native kernel. `duration` has to
    /// stay where it is.
    void sleep(const Label& label, const std::chrono::nanoseconds& duration) const;
    /// Arguments: numbers of the kernel's own type, and buffers.
    template <class... Arguments>
    void run(const Label& label, cl::Kernel& kernel, const WorkItems& items, std::size_t rows,
             const Arguments&... arguments) const {
        cl_uint place = 0;
        (kernel.setArg(place++, arguments), ...);
        run_kernel(label, kernel, items, rows);
    }

private:
    void run_kernel(const Label& label, const cl::Kernel& kernel, const WorkItems& items,
                    std::size_t rows) const;

    const cl::CommandQueue& queue_;
    juggle::Timeline* timeline_;
    juggle::opencl::Commands* commands_;
};

}  // namespace common::gpu
