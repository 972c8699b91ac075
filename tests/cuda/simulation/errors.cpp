#include "simulation.hpp"

#include <string>

using support::Gate;
using support::Log;
using support::ManualSimulation;
using support::new_event;
using support::new_host_memory;
using support::new_memory;
using support::new_stream;
using support::recorded;
using support::Simulation;

namespace {

std::string name_of(int error) {
    const char* name = nullptr;
    CU(cuGetErrorName(static_cast<CUresult>(error), &name));
    return name;
}

CUresult find(const char* name, void** function, int version) {
#if CUDA_VERSION >= 12000
    return cuGetProcAddress(name, function, version, 0, nullptr);
#else
    return cuGetProcAddress(name, function, version, 0);
#endif
}

void* found(const char* name) {
    void* function = nullptr;
    CU(find(name, &function, CUDA_VERSION));
    return function;
}

}  // namespace

TEST_CASE("cuda simulation: errors have names and texts") {
    CHECK(name_of(0) == "CUDA_SUCCESS");
    CHECK(name_of(CUDA_ERROR_NOT_READY) == "CUDA_ERROR_NOT_READY");
    const char* text = nullptr;
    CU(cuGetErrorString(CUDA_ERROR_ILLEGAL_ADDRESS, &text));
    CHECK(std::string{text} == "illegal address");
    CU(cuGetErrorString(CUDA_SUCCESS, &text));
    CHECK(std::string{text} == "no error");
    CHECK(cuGetErrorString(static_cast<CUresult>(998), &text) == CUDA_ERROR_INVALID_VALUE);
    CHECK(text == nullptr);
    CHECK(cuGetErrorName(CUDA_SUCCESS, nullptr) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("cuda simulation: functions are found by name") {
    CHECK(found("cuEventQuery") == reinterpret_cast<void*>(&cuEventQuery));
    CHECK(found("cuMemAlloc") == reinterpret_cast<void*>(&cuMemAlloc));  // in its newest version
    void* function = nullptr;
    CHECK(find("cuNothing", &function, CUDA_VERSION) == CUDA_ERROR_NOT_FOUND);
    CHECK(function == nullptr);
    CHECK(find("cuInit", &function, CUDA_VERSION + 10) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("cuda simulation: the error of a context stays, and all that is about it gives it") {
    const Simulation simulation;
    const CUstream stream = new_stream();
    const CUevent done = recorded(stream);
    const CUevent never = new_event();
    const CUdeviceptr device = new_memory(4);
    auto* const pinned = new_host_memory<int>(1);
    CU(cuStreamSynchronize(stream));
    CHECK(juggle_cuda_simulation_fail_context(nullptr, CUDA_ERROR_LAUNCH_FAILED) == 0);
    CHECK(juggle_cuda_simulation_fail_context(nullptr, CUDA_ERROR_ASSERT) == 0);  // too late

    constexpr CUresult error = CUDA_ERROR_LAUNCH_FAILED;
    CHECK(cuEventQuery(done) == error);
    CHECK(cuEventQuery(never) == error);
    CHECK(cuEventSynchronize(done) == error);
    CHECK(cuEventRecord(done, stream) == error);
    CHECK(cuStreamQuery(stream) == error);
    CHECK(cuStreamQuery(nullptr) == error);
    CHECK(cuStreamSynchronize(stream) == error);
    CHECK(cuStreamWaitEvent(stream, done, 0) == error);
    CHECK(cuCtxSynchronize() == error);
    CHECK(cuLaunchHostFunc(stream, [](void*) {}, nullptr) == error);
    CHECK(cuMemsetD8Async(device, 0, 4, stream) == error);
    CHECK(cuMemcpyDtoHAsync(pinned, device, 4, stream) == error);
    CUstreamCaptureStatus status{};
    CHECK(cuStreamIsCapturing(stream, &status) == error);
    CUevent event = nullptr;
    CHECK(cuEventCreate(&event, 0) == error);
    CUstream other = nullptr;
    CHECK(cuStreamCreate(&other, 0) == error);
    CUdeviceptr address = 0;
    CHECK(cuMemAlloc(&address, 4) == error);
    void* host = nullptr;
    CHECK(cuMemHostAlloc(&host, 4, 0) == error);

    // What gives back does so, and tells of the error all the same.
    CHECK(cuMemFreeHost(pinned) == error);
    CHECK(cuMemFree(device) == error);
    CHECK(cuEventDestroy(done) == error);
    CHECK(cuStreamDestroy(stream) == error);
    CHECK(juggle_cuda_simulation_live("streams") == 0);
    CHECK(juggle_cuda_simulation_live("events") == 1);

    // What is about the thread goes on.
    CU(cuCtxPushCurrent(simulation.context()));
    CU(cuCtxPopCurrent(nullptr));
}

TEST_CASE("cuda simulation: after an error no host function is called, and waits for it end") {
    const Simulation simulation;
    Gate gate;
    Log log;
    const CUcontext own = support::new_context(0);
    const CUstream failing = new_stream();
    gate.close(failing);
    CUfunction astray = juggle_cuda_simulation_add_kernel(
        [](const unsigned*, const unsigned*, void**) { return CUDA_ERROR_ILLEGAL_ADDRESS; },
        nullptr, 0);
    CU(cuLaunchKernel(astray, 1, 1, 1, 1, 1, 1, 0, failing, nullptr, nullptr));
    log.note(failing, "never");
    const CUevent event = recorded(failing);
    const CUstream beside = new_stream();
    CU(cuStreamWaitEvent(beside, event, 0));
    log.note(beside, "never");
    CU(cuCtxPopCurrent(nullptr));
    const CUstream healthy = new_stream();
    CU(cuStreamWaitEvent(healthy, event, 0));
    log.note(healthy, "called");
    CHECK(cuEventQuery(event) == CUDA_ERROR_NOT_READY);
    gate.open();
    CHECK(cuEventSynchronize(event) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(cuStreamSynchronize(beside) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CU(cuStreamSynchronize(healthy));
    CHECK(log.text() == "called");
    CU(cuCtxDestroy(own));
}

TEST_CASE("cuda simulation: a new primary context has no error") {
    Simulation simulation;
    CHECK(juggle_cuda_simulation_fail_context(simulation.context(), CUDA_ERROR_ASSERT) == 0);
    CHECK(cuCtxSynchronize() == CUDA_ERROR_ASSERT);
    CU(cuDevicePrimaryCtxRelease(0));
    CHECK(juggle_cuda_simulation_fail_context(simulation.context(), CUDA_ERROR_ASSERT) == -1);
    CUcontext context = nullptr;
    CU(cuDevicePrimaryCtxRetain(&context, 0));
    CHECK(context == simulation.context());
    CHECK(cuCtxSynchronize() == CUDA_ERROR_CONTEXT_IS_DESTROYED);  // the old one is current
    CU(cuCtxSetCurrent(context));
    CU(cuCtxSynchronize());
}

TEST_CASE("cuda simulation: a device that is lost takes its contexts along, and those to come") {
    const Simulation simulation;
    const CUcontext own = support::new_context(0);
    const CUcontext other = support::new_context(1);
    CHECK(juggle_cuda_simulation_lose_device(0, CUDA_ERROR_DEVICE_UNAVAILABLE) == 0);
    CU(cuCtxSynchronize());  // of the other device
    CU(cuCtxDestroy(other));
    CHECK(cuCtxSynchronize() == CUDA_ERROR_DEVICE_UNAVAILABLE);
    CU(cuCtxDestroy(own));
    CHECK(cuCtxSynchronize() == CUDA_ERROR_DEVICE_UNAVAILABLE);
    CUcontext none = nullptr;
    CHECK(cuDevicePrimaryCtxRetain(&none, 0) == CUDA_ERROR_DEVICE_UNAVAILABLE);
    CHECK(juggle_cuda_simulation_lose_device(7, CUDA_ERROR_DEVICE_UNAVAILABLE) == -1);
    CHECK(juggle_cuda_simulation_lose_device(0, CUDA_SUCCESS) == 0);
    CU(cuDevicePrimaryCtxRetain(&none, 0));
    CU(cuDevicePrimaryCtxRelease(0));
}
