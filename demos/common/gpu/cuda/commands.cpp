#include "common/gpu/cuda/commands.hpp"

#include "common/cuda_driver.hpp"

#include <juggle/cuda/finish_at_end.hpp>
#include <juggle/cuda/shown.hpp>

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

namespace common::on_cuda {
namespace {

/// Until the end of the scope, for what is given to the stream there.
juggle::cuda::Shown show(const Queue& queue, const Label& label) {
    return {label.timeline, queue, label.what, label.lane};
}

using Sizes = std::array<unsigned, 3>;

void launch_blocks(const Queue& queue, const Kernel& kernel, const Sizes& grid,
                   const Sizes& block) {
    std::vector<void*> parameters;
    for (const Kernel::Parameter& parameter : kernel.parameters()) {
        // Only read, whatever the type says.
        parameters.push_back(const_cast<Kernel::Parameter*>(&parameter));
    }
    COMMON_CUDA(cuLaunchKernel, kernel.function(), grid[0], grid[1], grid[2], block[0], block[1],
                block[2], 0, queue, parameters.data(), nullptr);
}

/// Called by a thread of the driver's.
void CUDA_CB sleep_there(void* duration) {
    std::this_thread::sleep_for(*static_cast<const std::chrono::nanoseconds*>(duration));
}

}  // namespace

void write(const Queue& queue, const Buffer& to, std::size_t at, const void* from,
           std::size_t bytes, const Label& label) {
    const auto shown = show(queue, label);
    COMMON_CUDA(cuMemcpyHtoDAsync, to.address() + at, from, bytes, queue);
}

void read(const Queue& queue, const Buffer& from, std::size_t at, void* to, std::size_t bytes,
          const Label& label) {
    const auto shown = show(queue, label);
    COMMON_CUDA(cuMemcpyDtoHAsync, to, from.address() + at, bytes, queue);
}

void copy(const Queue& queue, const Buffer& from, std::size_t from_at, const Buffer& to,
          std::size_t to_at, std::size_t bytes, const Label& label) {
    const auto shown = show(queue, label);
    COMMON_CUDA(cuMemcpyDtoDAsync, to.address() + to_at, from.address() + from_at, bytes, queue);
}

void clear(const Queue& queue, const Buffer& buffer, std::size_t at, std::size_t bytes,
           const Label& label) {
    const auto shown = show(queue, label);
    COMMON_CUDA(cuMemsetD32Async, buffer.address() + at, 0, bytes / 4, queue);
}

void launch(const Queue& queue, const Kernel& kernel, std::size_t count, const Label& label) {
    constexpr std::size_t block = 256;
    constexpr std::size_t most = 65'535;  // blocks in the second dimension
    const std::size_t blocks = (count + block - 1) / block;
    const std::size_t down = std::min(blocks, most);
    const auto shown = show(queue, label);
    launch_blocks(
        queue, kernel,
        {1, static_cast<unsigned>(down), static_cast<unsigned>((blocks + down - 1) / down)},
        {block, 1, 1});
}

void launch(const Queue& queue, const Kernel& kernel, const Grid& grid, const Label& label) {
    const auto shown = show(queue, label);
    launch_blocks(
        queue, kernel,
        {static_cast<unsigned>(grid.height / grid.group_height),
         static_cast<unsigned>(grid.width / grid.group_width), 1},
        {static_cast<unsigned>(grid.group_width), static_cast<unsigned>(grid.group_height), 1});
}

void sleep(const Queue& queue, const std::chrono::nanoseconds& duration, const Label& label) {
    const auto shown = show(queue, label);
    // Only read, whatever the type says.
    COMMON_CUDA(cuLaunchHostFunc, queue, &sleep_there,
                const_cast<std::chrono::nanoseconds*>(&duration));
}

Buffer make_table(const Context& context, std::span<const float> values) {
    Buffer table{context, values.size_bytes()};
    const juggle::cuda::FinishAtEnd copied_before_the_values_go{CU_STREAM_PER_THREAD};
    COMMON_CUDA(cuMemcpyHtoDAsync, table.address(), values.data(), values.size_bytes(),
                CU_STREAM_PER_THREAD);
    COMMON_CUDA(cuStreamSynchronize, CU_STREAM_PER_THREAD);
    return table;
}

}  // namespace common::on_cuda
