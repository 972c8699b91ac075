#include "simulation.hpp"

#include <random>
#include <thread>
#include <vector>

using support::new_event;
using support::new_host_memory;
using support::new_memory;
using support::new_stream;
using support::Simulation;

namespace {

constexpr int rounds = 200;
constexpr std::size_t threads = 4;

/// One number on the device, to which each command adds one: lost if two run at once.
struct Counter {
    CUdeviceptr address = 0;
    CUfunction add = nullptr;
    std::mutex mutex;  // of who is next
    CUevent last = nullptr;
    std::atomic<int> failures{0};

    /// A command behind that of whoever was here before, in whichever stream.
    void count(CUstream stream, CUevent event) {
        const std::lock_guard lock{mutex};
        std::array<void*, 1> parameters{&address};
        const bool is_fine = cuStreamWaitEvent(stream, last, 0) == CUDA_SUCCESS &&
                             cuLaunchKernel(add, 1, 1, 1, 1, 1, 1, 0, stream, parameters.data(),
                                            nullptr) == CUDA_SUCCESS &&
                             cuEventRecord(event, stream) == CUDA_SUCCESS;
        last = event;
        failures += is_fine ? 0 : 1;
    }
};

CUresult add_one(const unsigned*, const unsigned*, void** parameters) {
    const CUdeviceptr address = *static_cast<CUdeviceptr*>(parameters[0]);
    ++*static_cast<int*>(juggle_cuda_simulation_memory(address, sizeof(int)));
    return CUDA_SUCCESS;
}

void use(Counter& counter, CUcontext context, CUstream stream, const std::vector<CUevent>& events,
         unsigned seed) {
    std::minstd_rand random{seed};
    int wrong = cuCtxPushCurrent(context) == CUDA_SUCCESS ? 0 : 1;
    for (int i = 0; i < rounds; ++i) {
        counter.count(stream, events[static_cast<std::size_t>(i) % events.size()]);
        const CUresult query = cuEventQuery(events[random() % events.size()]);
        wrong += query == CUDA_SUCCESS || query == CUDA_ERROR_NOT_READY ? 0 : 1;
        if (random() % 16 == 0) {
            wrong += cuStreamSynchronize(stream) == CUDA_SUCCESS ? 0 : 1;
        }
    }
    wrong += cuCtxPopCurrent(nullptr) == CUDA_SUCCESS ? 0 : 1;
    counter.failures += wrong;
}

}  // namespace

TEST_CASE("cuda simulation: threads use streams and events side by side") {
    const Simulation simulation;
    Counter counter;
    counter.address = new_memory(sizeof(int));
    const std::array sizes{sizeof(CUdeviceptr)};
    counter.add = juggle_cuda_simulation_add_kernel(&add_one, sizes.data(), sizes.size());
    counter.last = new_event();
    const CUstream stream = new_stream();
    CU(cuMemsetD32Async(counter.address, 0, 1, stream));
    CU(cuStreamSynchronize(stream));

    std::vector<std::thread> users;
    for (unsigned i = 0; i < threads; ++i) {
        users.emplace_back([&, its_stream = i == 0 ? CU_STREAM_PER_THREAD : new_stream(),
                            events = std::vector{new_event(), new_event(), new_event()},
                            i] { use(counter, simulation.context(), its_stream, events, i + 1); });
    }
    for (std::thread& user : users) {
        user.join();
    }
    auto* const result = new_host_memory<int>(1);
    CU(cuStreamWaitEvent(stream, counter.last, 0));
    CU(cuMemcpyDtoHAsync(result, counter.address, sizeof(int), stream));
    CU(cuStreamSynchronize(stream));
    CHECK(*result == rounds * static_cast<int>(threads));
    CHECK(counter.failures == 0);
}
