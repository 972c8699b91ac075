#include "simulation.hpp"

#include <cstring>

using support::ManualSimulation;
using support::new_memory;
using support::new_stream;
using support::Simulation;

namespace {

/// *address = a number and the sizes of grid and block.
CUresult write(const unsigned* grid, const unsigned* block, void** parameters) {
    CUdeviceptr address = 0;
    int number = 0;
    std::memcpy(&address, parameters[0], sizeof address);
    std::memcpy(&number, parameters[1], sizeof number);
    auto* const there = static_cast<int*>(juggle_cuda_simulation_memory(address, sizeof(int)));
    if (there == nullptr) {
        return CUDA_ERROR_ILLEGAL_ADDRESS;
    }
    *there = number + static_cast<int>(grid[0] * grid[1] * grid[2]) * 100 +
             static_cast<int>(block[0] * block[1] * block[2]) * 10'000;
    return CUDA_SUCCESS;
}

CUfunction writer() {
    const std::array sizes{sizeof(CUdeviceptr), sizeof(int)};
    return juggle_cuda_simulation_add_kernel(&write, sizes.data(), sizes.size());
}

CUresult launch(CUfunction function, CUdeviceptr address, int number, CUstream stream) {
    std::array<void*, 2> parameters{&address, &number};
    return cuLaunchKernel(function, 2, 1, 1, 3, 1, 1, 0, stream, parameters.data(), nullptr);
}

int read(CUdeviceptr address) {
    return *static_cast<int*>(juggle_cuda_simulation_memory(address, sizeof(int)));
}

}  // namespace

TEST_CASE(
    "cuda simulation: a kernel is a function, its parameters are copied when it is launched") {
    const ManualSimulation simulation;
    const CUstream stream = new_stream();
    const CUdeviceptr device = new_memory(sizeof(int));
    CU(launch(writer(), device, 7, stream));  // whose parameters are gone here
    support::step(stream);
    CHECK(read(device) == 30'207);
}

TEST_CASE("cuda simulation: a kernel that goes astray is the end of its context") {
    const Simulation simulation;
    const CUstream stream = new_stream();
    CU(launch(writer(), 16, 7, stream));
    CHECK(cuStreamSynchronize(stream) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(cuStreamQuery(stream) == CUDA_ERROR_ILLEGAL_ADDRESS);
}

TEST_CASE("cuda simulation: a kernel is launched in a stream of the current context") {
    const Simulation simulation;
    const CUfunction function = writer();
    const CUdeviceptr device = new_memory(sizeof(int));
    const CUstream stream = new_stream();
    const CUcontext own = support::new_context(0);
    CHECK(launch(function, device, 7, stream) == CUDA_ERROR_INVALID_HANDLE);
    CU(cuCtxDestroy(own));
    CU(launch(function, device, 7, stream));
    CU(launch(function, device, 8, nullptr));
    CU(cuCtxSynchronize());
}

TEST_CASE("cuda simulation: a launch of nothing is refused") {
    const Simulation simulation;
    CHECK(launch(nullptr, 0, 0, nullptr) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuLaunchKernel(writer(), 0, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr) ==
          CUDA_ERROR_INVALID_VALUE);
    CHECK(cuLaunchKernel(writer(), 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr) ==
          CUDA_ERROR_INVALID_VALUE);
}
