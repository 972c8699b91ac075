#include "before_init.hpp"
#include "simulation.hpp"

#include <string>

using support::Gate;
using support::Log;
using support::ManualSimulation;
using support::new_event;
using support::new_stream;
using support::recorded;
using support::Simulation;

namespace {

CUcontext current() {
    CUcontext context = nullptr;
    CU(cuCtxGetCurrent(&context));
    return context;
}

/// A context of the program's own, current while it lives.
class OwnContext {
public:
    explicit OwnContext(CUdevice device = 0) : handle{support::new_context(device)} {}
    OwnContext(const OwnContext&) = delete;
    OwnContext& operator=(const OwnContext&) = delete;
    ~OwnContext() { CHECK(cuCtxDestroy(handle) == CUDA_SUCCESS); }

    CUcontext handle;
};

}  // namespace

TEST_CASE("cuda simulation: nothing goes before cuInit") {
    CHECK(support::before_init == CUDA_ERROR_NOT_INITIALIZED);
    CHECK(cuInit(1) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("cuda simulation: there are as many devices as the environment says") {
    const Simulation simulation;
    int count = 0;
    CU(cuDeviceGetCount(&count));
    CHECK(count == support::devices);
    CUdevice device = -1;
    CU(cuDeviceGet(&device, 1));
    CHECK(cuDeviceGet(&device, support::devices) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuDeviceGet(&device, -1) == CUDA_ERROR_INVALID_DEVICE);
    std::array<char, 64> name{};
    CU(cuDeviceGetName(name.data(), static_cast<int>(name.size()), device));
    CHECK(std::string{name.data()} == "juggle simulation 1");
    CHECK(cuDeviceGetName(name.data(), 0, device) == CUDA_ERROR_INVALID_VALUE);
    int version = 0;
    CU(cuDriverGetVersion(&version));
    CHECK(version == CUDA_VERSION);
}

TEST_CASE("cuda simulation: a primary context is there from the first reference to the last") {
    const Simulation simulation;
    CUcontext first = nullptr;
    CUcontext second = nullptr;
    CU(cuDevicePrimaryCtxRetain(&first, 1));
    CU(cuDevicePrimaryCtxRetain(&second, 1));
    CHECK(first == second);
    CHECK(current() == simulation.context());  // neither was pushed
    CU(cuCtxPushCurrent(first));
    const CUstream stream = new_stream();
    const CUevent event = new_event();

    CU(cuDevicePrimaryCtxRelease(1));
    CHECK(cuStreamQuery(stream) == CUDA_SUCCESS);
    CU(cuDevicePrimaryCtxRelease(1));
    CHECK(cuStreamQuery(stream) == CUDA_ERROR_CONTEXT_IS_DESTROYED);
    CHECK(cuEventQuery(event) == CUDA_ERROR_CONTEXT_IS_DESTROYED);
    CHECK(cuDevicePrimaryCtxRelease(1) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(cuCtxPushCurrent(first) == CUDA_ERROR_INVALID_CONTEXT);
    CU(cuCtxPopCurrent(nullptr));  // it was still current

    CU(cuDevicePrimaryCtxRetain(&second, 1));
    CHECK(second == first);
    CHECK(cuStreamQuery(stream) == CUDA_ERROR_CONTEXT_IS_DESTROYED);
    CU(cuDevicePrimaryCtxRelease(1));
    CHECK(cuDevicePrimaryCtxRetain(&first, 7) == CUDA_ERROR_INVALID_DEVICE);
}

#if CUDA_VERSION >= 12000
TEST_CASE("cuda simulation: each context has an id of its own, also one that comes back") {
    const Simulation simulation;
    const auto id_of = [](CUcontext context) {
        unsigned long long id = 0;
        CU(cuCtxGetId(context, &id));
        return id;
    };
    const unsigned long long mine = id_of(simulation.context());
    CHECK(id_of(nullptr) == mine);  // the current one
    CUcontext first = nullptr;
    CU(cuDevicePrimaryCtxRetain(&first, 1));
    const unsigned long long before = id_of(first);
    CHECK(before != mine);
    CHECK(id_of(first) == before);
    CU(cuDevicePrimaryCtxRelease(1));
    unsigned long long none = 0;
    CHECK(cuCtxGetId(first, &none) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(none == 0);
    CUcontext second = nullptr;
    CU(cuDevicePrimaryCtxRetain(&second, 1));
    CHECK(second == first);
    CHECK(id_of(second) != before);
    CU(cuDevicePrimaryCtxRelease(1));
    CHECK(cuCtxGetId(nullptr, nullptr) == CUDA_ERROR_INVALID_VALUE);
    CU(cuCtxPopCurrent(nullptr));
    CHECK(cuCtxGetId(nullptr, &none) == CUDA_ERROR_INVALID_CONTEXT);
    CU(cuCtxPushCurrent(simulation.context()));
}
#endif

TEST_CASE("cuda simulation: a thread has a stack of contexts") {
    const Simulation simulation;
    const CUcontext own = support::new_context(1);
    CHECK(current() == own);  // was pushed
    CUdevice device = -1;
    CU(cuCtxGetDevice(&device));
    CHECK(device == 1);
    CU(cuCtxPushCurrent(simulation.context()));
    CU(cuCtxGetDevice(&device));
    CHECK(device == 0);
    CUcontext popped = nullptr;
    CU(cuCtxPopCurrent(&popped));
    CHECK(popped == simulation.context());
    CHECK(current() == own);

    CU(cuCtxSetCurrent(simulation.context()));  // in its place
    CU(cuCtxSetCurrent(own));
    CU(cuCtxSetCurrent(nullptr));  // pops
    CHECK(current() == simulation.context());
    CU(cuCtxPushCurrent(own));
    CU(cuCtxDestroy(own));  // pops too
    CHECK(current() == simulation.context());
    CHECK(cuCtxDestroy(own) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(cuCtxDestroy(simulation.context()) == CUDA_ERROR_INVALID_CONTEXT);  // primary
}

TEST_CASE("cuda simulation: without a current context only some calls go") {
    const Simulation simulation;
    const CUstream stream = new_stream();
    const CUevent event = recorded(stream);
    CU(cuCtxSynchronize());
    std::thread{[&] {
        CHECK(current() == nullptr);
        CHECK(cuCtxPopCurrent(nullptr) == CUDA_ERROR_INVALID_CONTEXT);
        CUcontext context = nullptr;
        CHECK(cuStreamGetCtx(stream, &context) == CUDA_SUCCESS);
        CHECK(context == simulation.context());
        CHECK(cuStreamGetCtx(nullptr, &context) == CUDA_ERROR_INVALID_CONTEXT);
        CHECK(cuStreamGetCtx(CU_STREAM_PER_THREAD, &context) == CUDA_ERROR_INVALID_CONTEXT);
        CHECK(cuEventQuery(event) == CUDA_SUCCESS);
        CUstreamCaptureStatus status{};
        CHECK(cuStreamIsCapturing(stream, &status) == CUDA_SUCCESS);
        CHECK(cuStreamIsCapturing(nullptr, &status) == CUDA_ERROR_INVALID_CONTEXT);
        CHECK(cuEventRecord(event, stream) == CUDA_ERROR_INVALID_CONTEXT);
        CHECK(cuEventDestroy(event) == CUDA_ERROR_INVALID_CONTEXT);
        CHECK(cuStreamQuery(stream) == CUDA_ERROR_INVALID_CONTEXT);
        CHECK(cuStreamWaitEvent(stream, event, 0) == CUDA_ERROR_INVALID_CONTEXT);
        CUstream none = nullptr;
        CHECK(cuStreamCreate(&none, 0) == CUDA_ERROR_INVALID_CONTEXT);
    }}.join();
}

TEST_CASE("cuda simulation: a stream keeps the context it was made in") {
    const Simulation simulation;
    const CUstream stream = new_stream();
    const OwnContext own{1};
    CUcontext context = nullptr;
    CU(cuStreamGetCtx(stream, &context));
    CHECK(context == simulation.context());
    for (const CUstream special : {CUstream{nullptr}, CU_STREAM_LEGACY, CU_STREAM_PER_THREAD}) {
        CU(cuStreamGetCtx(special, &context));
        CHECK(context == own.handle);
    }
}

TEST_CASE("cuda simulation: an event is recorded in streams of its own context alone") {
    const Simulation simulation;
    const CUevent event = new_event();
    const CUstream stream = new_stream();
    const OwnContext own;
    const CUstream other = new_stream();
    CHECK(cuEventRecord(event, other) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuEventRecord(event, nullptr) == CUDA_ERROR_INVALID_HANDLE);  // the current context's
    CU(cuEventRecord(event, stream));
    CU(cuEventSynchronize(event));
}

TEST_CASE("cuda simulation: a stream waits for an event of another device") {
    const ManualSimulation simulation;
    const CUstream here = new_stream();
    const CUevent event = recorded(here);
    const OwnContext own{1};
    const CUstream there = new_stream();
    CU(cuStreamWaitEvent(there, event, 0));
    CHECK(juggle_cuda_simulation_step(there) == 0);
    support::step(here);
    support::step(there);
}

TEST_CASE("cuda simulation: the end of a context discards what its streams have not begun") {
    const Simulation simulation;
    Gate gate;
    Log log;
    const CUcontext own = support::new_context(0);
    const CUstream stream = new_stream();
    gate.close(stream);
    log.note(stream, "never");
    const CUevent event = recorded(stream);
    CU(cuCtxPopCurrent(nullptr));
    const CUstream waiting = new_stream();
    CU(cuStreamWaitEvent(waiting, event, 0));
    gate.wait_until_reached();
    std::thread opener{[&] {
        while (juggle_cuda_simulation_live("contexts") == 2) {
            std::this_thread::yield();
        }
        gate.open();
    }};
    CU(cuCtxDestroy(own));  // waits for the function that runs
    CHECK(gate.is_passed());
    opener.join();
    CHECK(log.text().empty());
    CHECK(cuStreamDestroy(stream) == CUDA_ERROR_CONTEXT_IS_DESTROYED);
    CU(cuStreamSynchronize(waiting));
}

TEST_CASE("cuda simulation: a context that is destroyed stays current to other threads") {
    const Simulation simulation;
    const CUcontext own = support::new_context(0);
    CU(cuCtxPopCurrent(nullptr));
    std::atomic<bool> is_current{false};
    std::atomic<bool> is_destroyed{false};
    std::thread other{[&] {
        CHECK(cuCtxPushCurrent(own) == CUDA_SUCCESS);
        is_current = true;
        while (!is_destroyed) {
            std::this_thread::yield();
        }
        CHECK(cuCtxSynchronize() == CUDA_ERROR_CONTEXT_IS_DESTROYED);
        CUcontext popped = nullptr;
        CHECK(cuCtxPopCurrent(&popped) == CUDA_SUCCESS);
        CHECK(popped == own);
    }};
    while (!is_current) {
        std::this_thread::yield();
    }
    CU(cuCtxDestroy(own));
    is_destroyed = true;
    other.join();
}
