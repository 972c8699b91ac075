#include "simulation.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using support::Gate;
using support::ManualSimulation;
using support::new_host_memory;
using support::new_memory;
using support::new_stream;
using support::Simulation;

namespace {

constexpr std::size_t count = 1000;
constexpr std::size_t size = count * sizeof(int);

std::vector<int> numbers() {
    std::vector<int> all(count);
    std::iota(all.begin(), all.end(), 1);
    return all;
}

/// What a device has, by way of pageable memory.
std::vector<int> read(CUdeviceptr address, CUstream stream) {
    std::vector<int> all(count);
    CU(cuMemcpyDtoHAsync(all.data(), address, size, stream));
    return all;
}

}  // namespace

TEST_CASE("cuda simulation: copies copy") {
    const Simulation simulation;
    const CUstream stream = new_stream();
    const std::vector<int> wanted = numbers();
    auto* const pinned = new_host_memory<int>(count);
    std::ranges::copy(wanted, pinned);
    const CUdeviceptr first = new_memory(size);
    const CUdeviceptr second = new_memory(size);
    CU(cuMemcpyHtoDAsync(first, pinned, size, stream));
    CU(cuMemcpyDtoDAsync(second, first, size, stream));
    CU(cuMemsetD8Async(first, 0, size, stream));
    CHECK(read(second, stream) == wanted);
    CHECK(read(first, stream) == std::vector<int>(count, 0));
    CU(cuMemsetD32Async(second + 4, 77, count - 1, stream));
    std::vector<int> sevens(count, 77);
    sevens[0] = 1;
    CHECK(read(second, stream) == sevens);
}

TEST_CASE("cuda simulation: memory that nobody has written to is not zero") {
    const Simulation simulation;
    CHECK(read(new_memory(size), new_stream())[0] != 0);
    CHECK(*new_host_memory<int>(1) != 0);
}

TEST_CASE(
    "cuda simulation: page-locked memory is read when the stream comes to it, pageable at once") {
    const ManualSimulation simulation;
    const CUstream stream = new_stream();
    const CUdeviceptr from_pinned = new_memory(4);
    const CUdeviceptr from_pageable = new_memory(4);
    auto* const pinned = new_host_memory<int>(1);
    int pageable = 1;
    *pinned = 1;
    CU(cuMemcpyHtoDAsync(from_pinned, pinned, 4, stream));
    CU(cuMemcpyHtoDAsync(from_pageable, &pageable, 4, stream));
    *pinned = pageable = 2;
    CHECK(juggle_cuda_simulation_settle(0) == 2);
    CHECK(*static_cast<int*>(juggle_cuda_simulation_memory(from_pinned, 4)) == 2);
    CHECK(*static_cast<int*>(juggle_cuda_simulation_memory(from_pageable, 4)) == 1);
}

TEST_CASE("cuda simulation: a copy to page-locked memory is under way when the call returns") {
    const ManualSimulation simulation;
    const CUstream stream = new_stream();
    const CUdeviceptr device = new_memory(4);
    auto* const pinned = new_host_memory<int>(1);
    *pinned = 5;
    CU(cuMemsetD32Async(device, 6, 1, stream));
    CU(cuMemcpyDtoHAsync(pinned, device, 4, stream));
    support::step(stream);
    CHECK(*pinned == 5);
    support::step(stream);
    CHECK(*pinned == 6);
}

TEST_CASE("cuda simulation: a copy to pageable memory is done when the call returns") {
    const Simulation simulation;
    Gate gate;
    const CUstream stream = new_stream();
    const CUdeviceptr device = new_memory(4);
    gate.close(stream);
    CU(cuMemsetD32Async(device, 6, 1, stream));
    gate.wait_until_reached();
    std::thread opener{[&] { gate.open(); }};
    int pageable = 0;
    CU(cuMemcpyDtoHAsync(&pageable, device, 4, stream));
    CHECK(pageable == 6);
    opener.join();
}

TEST_CASE("cuda simulation: a copy beyond an allocation is refused") {
    const Simulation simulation;
    const CUstream stream = new_stream();
    const CUdeviceptr device = new_memory(size);
    auto* const pinned = new_host_memory<std::byte>(size + 1);
    CHECK(cuMemcpyHtoDAsync(device, pinned, size + 1, stream) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemcpyHtoDAsync(device + 1, pinned, size, stream) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemcpyHtoDAsync(device - 1, pinned, 1, stream) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemcpyHtoDAsync(device, nullptr, 1, stream) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemcpyDtoHAsync(pinned, device, size + 1, stream) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemcpyDtoDAsync(device, device + 1, size, stream) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemsetD8Async(device, 0, size + 1, stream) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemsetD32Async(device, 0, count + 1, stream) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemsetD32Async(device + 2, 0, 1, stream) == CUDA_ERROR_INVALID_VALUE);
    CHECK(juggle_cuda_simulation_memory(device, size + 1) == nullptr);
    CHECK(juggle_cuda_simulation_pending(stream) == 0);
}

TEST_CASE(
    "cuda simulation: memory is freed once, and a copy that is under way has it till the end") {
    const ManualSimulation simulation;
    const CUstream stream = new_stream();
    const CUdeviceptr device = new_memory(size);
    auto* const pinned = new_host_memory<int>(count);
    CU(cuMemcpyDtoHAsync(pinned, device, size, stream));
    CU(cuMemFree(device));
    CHECK(cuMemFree(device) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemFree(0) == CUDA_SUCCESS);
    CHECK(cuMemcpyDtoHAsync(pinned, device, size, stream) == CUDA_ERROR_INVALID_VALUE);
    support::step(stream);
    CU(cuMemFreeHost(pinned));
    CHECK(cuMemFreeHost(pinned) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemFreeHost(nullptr) == CUDA_SUCCESS);
}

TEST_CASE("cuda simulation: there is no more memory than there is") {
    const Simulation simulation;
    CUdeviceptr device = 0;
    CHECK(cuMemAlloc(&device, std::size_t{1} << 40U) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(cuMemAlloc(&device, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemAlloc(nullptr, 1) == CUDA_ERROR_INVALID_VALUE);
    void* host = nullptr;
    CHECK(cuMemHostAlloc(&host, std::size_t{1} << 40U, 0) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(cuMemHostAlloc(&host, 0, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostAlloc(&host, 1, 8) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("cuda simulation: the host cannot read device memory") {
    const Simulation simulation;
    const CUdeviceptr device = new_memory(4);
    const pid_t child = ::fork();
    if (child == 0) {
        (void)::signal(SIGSEGV, SIG_DFL);  // without a report
        (void)*reinterpret_cast<volatile int*>(device);
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGSEGV);
}
