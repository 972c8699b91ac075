#pragma once

#include "common/cuda_driver.hpp"
#include "common/cuda_program.hpp"
#include "common/gpu/cuda_memory.hpp"
#include "common/gpu/label.hpp"
#include "common/gpu/work_items.hpp"

#include <juggle/timeline.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <span>
#include <tuple>

#include <cuda.h>

namespace common::gpu {

/// What a stream is given, whose context is current meanwhile. A timeline, if there is one, is
/// shown each command under its name. OpenClCommands is its like. All throw CudaError.
class CudaCommands {
public:
    CudaCommands(CUcontext context, CUstream stream, juggle::Timeline* timeline)
        : current_{context}, stream_{stream}, timeline_{timeline} {}

    [[nodiscard]] CUstream stream() const noexcept { return stream_; }

    /// The memory of the host has to stay until the command has ended; so below.
    void write(const Label& label, const CudaMemory& to, std::size_t offset,
               std::span<const std::byte> from) const;
    void read(const Label& label, std::span<std::byte> to, const CudaMemory& from) const;
    void copy(const Label& label, const CudaMemory& to, std::size_t to_offset,
              const CudaMemory& from, std::size_t from_offset, std::size_t bytes) const;
    /// Sets 32-bit words to zero.
    void clear(const Label& label, const CudaMemory& memory, std::size_t offset,
               std::size_t bytes) const;
    /// Something that takes so long, in the place of a kernel: a host function. `duration` has to
    /// stay where it is.
    void sleep(const Label& label, const std::chrono::nanoseconds& duration) const;
    /// Arguments: numbers of the kernel's own type, and memory.
    template <class... Arguments>
    void run(const Label& label, const CudaKernel& kernel, const WorkItems& items, std::size_t rows,
             const Arguments&... arguments) const {
        std::tuple values{native(arguments)...};
        std::apply(
            [&](auto&... value) {
                std::array<void*, sizeof...(Arguments)> addresses{static_cast<void*>(&value)...};
                run_kernel(label, kernel, items, rows, addresses.data());
            },
            values);
    }

private:
    template <class T>
    static T native(const T& number) {
        return number;
    }
    static CUdeviceptr native(const CudaMemory& memory) { return memory.address(); }

    void run_kernel(const Label& label, const CudaKernel& kernel, const WorkItems& items,
                    std::size_t rows, void** arguments) const;

    CudaContextScope current_;
    CUstream stream_;
    juggle::Timeline* timeline_;
};

}  // namespace common::gpu
