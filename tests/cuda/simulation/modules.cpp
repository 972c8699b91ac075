#include "compiled.hpp"

#include <cstring>
#include <string>
#include <vector>

using support::Compiled;
using support::function;
using support::launch;
using support::load;
using support::ManualSimulation;
using support::new_memory;
using support::new_stream;
using support::Simulation;

namespace {

template <class T>
std::vector<T> values_at(CUdeviceptr address, std::size_t number) {
    CU(cuCtxSynchronize());
    std::vector<T> values(number);
    std::memcpy(values.data(), juggle_cuda_simulation_memory(address, number * sizeof(T)),
                number * sizeof(T));
    return values;
}

constexpr const char* doubling = R"(
extern "C" __global__ void twice(float* values, unsigned count) {
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        values[i] *= 2.0f;
}
)";

}  // namespace

TEST_CASE("cuda simulation: a kernel is compiled, loaded and run for each thread") {
    const Simulation simulation;
    const CUmodule module = load(R"(
        extern "C" __global__ void where(uint4* out) {
            const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
            const unsigned thread =
                (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
            out[block * (blockDim.x * blockDim.y * blockDim.z) + thread] =
                make_uint4(blockIdx.x, blockIdx.y * 10 + blockIdx.z, threadIdx.x,
                           threadIdx.y * 10 + threadIdx.z);
        }
    )");
    const CUdeviceptr device = new_memory(2UL * 3 * 4 * 5 * 6 * 7 * 16);
    CU(launch(function(module, "where"), {2, 3, 4}, {5, 6, 7}, nullptr, device));
    const auto values = values_at<std::array<unsigned, 4>>(device, 2UL * 3 * 4 * 5 * 6 * 7);
    std::size_t i = 0;
    for (unsigned block = 0; block < 2 * 3 * 4; ++block) {
        for (unsigned thread = 0; thread < 5 * 6 * 7; ++thread, ++i) {
            const std::array<unsigned, 4> expected{block % 2, block / 2 % 3 * 10 + block / 6,
                                                   thread % 5, thread / 5 % 6 * 10 + thread / 30};
            if (values[i] != expected) {
                FAIL("block " << block << ", thread " << thread);
            }
        }
    }
    CU(cuModuleUnload(module));
    CU(cuMemFree(device));
}

TEST_CASE("cuda simulation: a kernel's memory is kept until it has run") {
    const ManualSimulation simulation;
    const CUstream stream = new_stream();
    const CUmodule module = load(doubling);
    const CUdeviceptr device = new_memory(sizeof(float));
    CU(launch(function(module, "twice"), {1, 1, 1}, {32, 1, 1}, stream, device, 1U));
    CU(cuModuleUnload(module));
    CU(cuMemFree(device));
    support::step(stream);
    CU(cuStreamQuery(stream));
    CU(cuStreamDestroy(stream));
}

TEST_CASE("cuda simulation: a kernel reaches page-locked memory, and no memory by null") {
    const Simulation simulation;
    const CUmodule module = load(R"(
        extern "C" __global__ void set(int* to, const int* from) { *to = from == nullptr ? 7 : *from; }
    )");
    int* const host = support::new_host_memory<int>(2);
    host[1] = 8;
    CU(launch(function(module, "set"), {1, 1, 1}, {1, 1, 1}, nullptr, host, nullptr));
    CU(cuCtxSynchronize());
    CHECK(host[0] == 7);
    CU(launch(function(module, "set"), {1, 1, 1}, {1, 1, 1}, nullptr, host, host + 1));
    CU(cuCtxSynchronize());
    CHECK(host[0] == 8);
    CU(cuMemFreeHost(host));
    CU(cuModuleUnload(module));
}

TEST_CASE("cuda simulation: a compiled kernel with a wild pointer is the end of its context") {
    const Simulation simulation;
    const CUmodule module = load(doubling);
    const CUdeviceptr device = new_memory(sizeof(float));
    CU(cuMemFree(device));
    CU(launch(function(module, "twice"), {1, 1, 1}, {1, 1, 1}, nullptr, device, 1U));
    CHECK(cuCtxSynchronize() == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(cuModuleUnload(module) == CUDA_ERROR_ILLEGAL_ADDRESS);
}

TEST_CASE("cuda simulation: modules of one image have nothing in common") {
    const Simulation simulation;
    const Compiled compiled{R"(
        __device__ int count;
        extern "C" __global__ void next(int* to) { *to = atomicAdd(&count, 1); }
    )"};
    const CUdeviceptr device = new_memory(sizeof(int));
    for (int expected : {0, 1}) {
        const CUmodule first = load(compiled.ptx());
        const CUmodule second = load(compiled.ptx());
        CU(launch(function(first, "next"), {1, 1, 1}, {1, 1, 1}, nullptr, device));
        CU(launch(function(first, "next"), {1, 1, 1}, {1, 1, 1}, nullptr, device));
        CHECK(values_at<int>(device, 1).front() == 1);
        CU(launch(function(second, "next"), {1, 1, 1}, {1, 1, 1}, nullptr, device));
        CHECK(values_at<int>(device, 1).front() == 0);
        CU(cuModuleUnload(expected == 0 ? first : second));
        CU(cuModuleUnload(expected == 0 ? second : first));
    }
    CU(cuMemFree(device));
}

TEST_CASE("cuda simulation: a module that the linker cannot unload does not stand in for another") {
    const Simulation simulation;
    CU(cuModuleUnload(load(R"(
        template <class T> struct Holder { static int value; };
        template <class T> int Holder<T>::value = 1;
        extern "C" __global__ void first(int* to) { *to = Holder<int>::value; }
    )")));
    const CUmodule module = load(doubling);
    CHECK(function(module, "twice") != nullptr);
    CU(cuModuleUnload(module));
}

TEST_CASE("cuda simulation: a function goes with its module, a module with its context") {
    const Simulation simulation;
    const Compiled compiled{doubling};
    const CUmodule module = load(compiled.ptx());
    const CUfunction twice = function(module, "twice");
    CHECK(function(module, "twice") == twice);
    CHECK(juggle_cuda_simulation_live("modules") == 1);
    CU(cuModuleUnload(module));
    CHECK(cuModuleUnload(module) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(launch(twice, {1, 1, 1}, {1, 1, 1}, nullptr, CUdeviceptr{}, 0U) ==
          CUDA_ERROR_INVALID_HANDLE);
    CUfunction none = nullptr;
    CHECK(cuModuleGetFunction(&none, module, "twice") == CUDA_ERROR_INVALID_HANDLE);

    const CUcontext own = support::new_context(0);
    const CUmodule of_own = load(compiled.ptx());
    const CUfunction other = function(of_own, "twice");
    CU(cuCtxPopCurrent(nullptr));
    CHECK(launch(other, {1, 1, 1}, {1, 1, 1}, nullptr, CUdeviceptr{}, 0U) ==
          CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuModuleUnload(of_own) == CUDA_ERROR_INVALID_HANDLE);
    CU(cuCtxDestroy(own));
    CHECK(cuModuleUnload(of_own) == CUDA_ERROR_CONTEXT_IS_DESTROYED);
    CHECK(juggle_cuda_simulation_live("modules") == 0);
}

TEST_CASE("cuda simulation: what is no image is refused, and so is that of a real device") {
    const Simulation simulation;
    CUmodule module = nullptr;
    const auto refusal = [&](std::string image) {
        image.resize(4096);
        return cuModuleLoadData(&module, image.data());
    };
    CHECK(refusal("nonsense") == CUDA_ERROR_INVALID_IMAGE);
    CHECK(refusal("") == CUDA_ERROR_INVALID_IMAGE);
    CHECK(refusal("//\n// Generated\n.version 9.0\n.target sm_75\n") ==
          CUDA_ERROR_NO_BINARY_FOR_GPU);
    CHECK(refusal("\x50\xed\x55\xba") == CUDA_ERROR_NO_BINARY_FOR_GPU);
    std::string cubin = Compiled{doubling}.ptx();
    cubin[18] = static_cast<char>(190);  // e_machine
    CHECK(cuModuleLoadData(&module, cubin.data()) == CUDA_ERROR_NO_BINARY_FOR_GPU);
    CHECK(cuModuleLoadData(&module, nullptr) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuModuleLoadData(nullptr, cubin.data()) == CUDA_ERROR_INVALID_VALUE);
    CHECK(module == nullptr);
}

TEST_CASE("cuda simulation: a name of no kernel is not found") {
    const Simulation simulation;
    const CUmodule module = load(R"(
        __device__ float half(float x) { return x / 2; }
        extern "C" __global__ void run(float* x) { *x = half(*x); }
        __global__ void of_cpp(float* x) { *x = half(*x); }
    )");
    CUfunction found = nullptr;
    CHECK(cuModuleGetFunction(&found, module, "half") == CUDA_ERROR_NOT_FOUND);
    CHECK(cuModuleGetFunction(&found, module, "of_cpp") == CUDA_ERROR_NOT_FOUND);
    CU(cuModuleGetFunction(&found, module, "_Z6of_cppPf"));
    CU(cuModuleGetFunction(&found, module, "run"));
    CU(cuModuleUnload(module));
}

TEST_CASE("cuda simulation: a launch beyond the limits of a device is refused") {
    const Simulation simulation;
    const CUmodule module = load(doubling);
    const CUfunction twice = function(module, "twice");
    const auto refusal = [&](std::array<unsigned, 3> grid, std::array<unsigned, 3> block) {
        return launch(twice, grid, block, nullptr, CUdeviceptr{}, 0U);
    };
    CHECK(refusal({1, 65536, 1}, {1, 1, 1}) == CUDA_ERROR_INVALID_VALUE);
    CHECK(refusal({1, 1, 65536}, {1, 1, 1}) == CUDA_ERROR_INVALID_VALUE);
    CHECK(refusal({1, 1, 1}, {1025, 1, 1}) == CUDA_ERROR_INVALID_VALUE);
    CHECK(refusal({1, 1, 1}, {1, 1, 65}) == CUDA_ERROR_INVALID_VALUE);
    CHECK(refusal({1, 1, 1}, {64, 32, 1}) == CUDA_ERROR_INVALID_VALUE);
    CHECK(refusal({1, 1, 1}, {0, 1, 1}) == CUDA_ERROR_INVALID_VALUE);
    CU(refusal({65536, 1, 1}, {32, 32, 1}));
    CU(cuModuleUnload(module));
}

TEST_CASE("cuda simulation: a device says what it is, and a function what it takes") {
    const Simulation simulation;
    int value = 0;
    CU(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0));
    CHECK(value == 8);
    CU(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, 0));
    CHECK(value == 0x7fffffff);
    CHECK(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_MAX, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_WARP_SIZE, support::devices) ==
          CUDA_ERROR_INVALID_DEVICE);
    std::size_t total = 0;
    CU(cuDeviceTotalMem(&total, 0));
    CHECK(cuDeviceTotalMem(&total, -1) == CUDA_ERROR_INVALID_DEVICE);
    const CUdeviceptr device = new_memory(1000);
    std::size_t free = 0;
    std::size_t same = 0;
    CU(cuMemGetInfo(&free, &same));
    CHECK(same == total);
    CHECK(free == total - 1000);
    CU(cuMemFree(device));
    const CUmodule module = load(doubling);
    const CUfunction twice = function(module, "twice");
    CU(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, twice));
    CHECK(value == 1024);
    CHECK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_MAX, twice) == CUDA_ERROR_INVALID_VALUE);
    CU(cuModuleUnload(module));
    CHECK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_NUM_REGS, twice) ==
          CUDA_ERROR_INVALID_HANDLE);
}

TEST_CASE("cuda simulation: the calls about modules fail as the rules say") {
    const Simulation simulation{"cuModuleLoadData#2=CUDA_ERROR_INVALID_PTX"};
    const Compiled compiled{doubling};
    const CUmodule module = load(compiled.ptx());
    CUmodule second = nullptr;
    CHECK(cuModuleLoadData(&second, compiled.ptx().data()) == CUDA_ERROR_INVALID_PTX);
    CU(cuModuleUnload(module));
    // What gives back is not one of all.
    CHECK(simulation.refusal_of("*=CUDA_ERROR_UNKNOWN").empty());
    CHECK(cuModuleUnload(module) == CUDA_ERROR_INVALID_HANDLE);
}
