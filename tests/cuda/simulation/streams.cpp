#include "simulation.hpp"

#include <thread>

using support::Gate;
using support::Log;
using support::ManualSimulation;
using support::new_event;
using support::new_stream;
using support::recorded;
using support::Simulation;
using support::step;

namespace {

struct InHostFunction {
    std::thread::id thread;
    CUresult query = CUDA_SUCCESS;
    CUresult init = CUDA_SUCCESS;
    bool has_a_name = false;
};

void look_around(void* user_data) {
    auto& seen = *static_cast<InHostFunction*>(user_data);
    seen.thread = std::this_thread::get_id();
    seen.query = cuEventQuery(nullptr);
    seen.init = cuInit(0);
    const char* name = nullptr;
    seen.has_a_name = cuGetErrorName(CUDA_SUCCESS, &name) == CUDA_SUCCESS;
}

void wait_for_the_last_thread() {
    while (juggle_cuda_simulation_live("threads") != 0) {
        std::this_thread::yield();
    }
}

}  // namespace

TEST_CASE("cuda simulation: a stream does one thing after the other") {
    const ManualSimulation simulation;
    Log log;
    const CUstream stream = new_stream();
    log.note(stream, "a");
    log.note(stream, "b");
    CHECK(cuStreamQuery(stream) == CUDA_ERROR_NOT_READY);
    CHECK(juggle_cuda_simulation_pending(stream) == 2);
    step(stream);
    CHECK(log.text() == "a");
    CHECK(cuStreamQuery(stream) == CUDA_ERROR_NOT_READY);
    step(stream);
    CHECK(log.text() == "ab");
    CHECK(cuStreamQuery(stream) == CUDA_SUCCESS);
    CHECK(juggle_cuda_simulation_step(stream) == 0);
}

TEST_CASE("cuda simulation: streams run at the same time") {
    const Simulation simulation;
    Gate first;
    Gate second;
    const CUstream one = new_stream();
    const CUstream other = new_stream();
    first.close(one);
    second.close(other);
    first.wait_until_reached();
    second.wait_until_reached();
    CHECK(cuStreamQuery(one) == CUDA_ERROR_NOT_READY);
    CHECK(juggle_cuda_simulation_pending(one) == 1);
    second.open();
    CU(cuStreamSynchronize(other));
    first.open();
    CU(cuStreamSynchronize(one));
}

TEST_CASE("cuda simulation: a stream waits for an event as it is at that call") {
    const ManualSimulation simulation;
    const CUstream one = new_stream();
    const CUstream other = new_stream();
    const CUevent event = recorded(one);
    CU(cuStreamWaitEvent(other, event, 0));
    CU(cuEventRecord(event, one));  // later: of no concern
    CHECK(juggle_cuda_simulation_step(other) == 0);
    step(one);
    step(other);
    CHECK(cuEventQuery(event) == CUDA_ERROR_NOT_READY);
}

TEST_CASE("cuda simulation: nothing waits for an event that was never recorded") {
    const ManualSimulation simulation;
    const CUstream stream = new_stream();
    const CUevent event = new_event();
    CU(cuStreamWaitEvent(stream, event, 0));
    step(stream);
    CHECK(cuStreamWaitEvent(stream, nullptr, 0) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuStreamWaitEvent(stream, event, 2) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("cuda simulation: an event that is destroyed is waited for all the same") {
    const ManualSimulation simulation;
    const CUstream one = new_stream();
    const CUstream other = new_stream();
    const CUevent event = recorded(one);
    CU(cuStreamWaitEvent(other, event, 0));
    CU(cuEventDestroy(event));
    CHECK(juggle_cuda_simulation_step(other) == 0);
    step(one);
    step(other);
    CHECK(cuEventQuery(event) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuEventDestroy(event) == CUDA_ERROR_INVALID_HANDLE);
}

TEST_CASE("cuda simulation: a stream that is destroyed does what it has to do") {
    const Simulation simulation;
    Gate gate;
    Log log;
    const CUstream stream = new_stream();
    gate.close(stream);
    log.note(stream, "done");
    const CUevent event = recorded(stream);
    CU(cuStreamDestroy(stream));
    CHECK(cuStreamDestroy(stream) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuStreamQuery(stream) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuEventQuery(event) == CUDA_ERROR_NOT_READY);
    gate.open();
    CU(cuEventSynchronize(event));
    CHECK(log.text() == "done");
}

TEST_CASE(
    "cuda simulation: a stream is made with known flags alone, a special one is not destroyed") {
    const Simulation simulation;
    CUstream stream = nullptr;
    CHECK(cuStreamCreate(&stream, 2) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuStreamCreate(nullptr, 0) == CUDA_ERROR_INVALID_VALUE);
    CU(cuStreamCreateWithPriority(&stream, CU_STREAM_NON_BLOCKING, -1));
    CU(cuStreamDestroy(stream));
    CHECK(cuStreamDestroy(nullptr) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuStreamDestroy(CU_STREAM_LEGACY) == CUDA_ERROR_INVALID_HANDLE);
}

TEST_CASE("cuda simulation: a host function is called on the stream's thread, without CUDA") {
    const Simulation simulation;
    const CUstream stream = new_stream();
    InHostFunction seen;
    CU(cuLaunchHostFunc(stream, &look_around, &seen));
    CU(cuStreamSynchronize(stream));
    CHECK(seen.thread != std::this_thread::get_id());
    CHECK(seen.thread != std::thread::id{});
    CHECK(seen.query == CUDA_ERROR_NOT_PERMITTED);
    CHECK(seen.init == CUDA_ERROR_NOT_PERMITTED);
    CHECK(seen.has_a_name);
    CHECK(cuLaunchHostFunc(stream, nullptr, nullptr) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("cuda simulation: a host function holds up its stream") {
    const Simulation simulation;
    Gate gate;
    const CUstream stream = new_stream();
    const CUevent before = recorded(stream);
    gate.close(stream);
    const CUevent after = recorded(stream);
    gate.wait_until_reached();
    CHECK(cuEventQuery(before) == CUDA_SUCCESS);
    CHECK(cuEventQuery(after) == CUDA_ERROR_NOT_READY);
    gate.open();
    CU(cuEventSynchronize(after));
}

TEST_CASE("cuda simulation: the legacy stream waits for blocking streams, and they for it") {
    const ManualSimulation simulation;
    Log log;
    const CUstream blocking = new_stream(CU_STREAM_DEFAULT);
    const CUstream other = new_stream(CU_STREAM_DEFAULT);
    log.note(blocking, "a");
    log.note(nullptr, "b");
    log.note(CU_STREAM_LEGACY, "c");  // the same one
    log.note(other, "d");
    CHECK(juggle_cuda_simulation_step(other) == 0);
    CHECK(juggle_cuda_simulation_step(nullptr) == 0);
    CHECK(juggle_cuda_simulation_pending(nullptr) == 2);
    step(blocking);
    CHECK(juggle_cuda_simulation_step(other) == 0);
    step(nullptr);
    CHECK(juggle_cuda_simulation_step(other) == 0);
    step(CU_STREAM_LEGACY);
    step(other);
    CHECK(log.text() == "abcd");
}

TEST_CASE("cuda simulation: the legacy stream and a non-blocking one do not wait for each other") {
    const ManualSimulation simulation;
    const CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
    Log log;
    log.note(stream, "a");
    log.note(nullptr, "b");
    log.note(stream, "c");
    step(nullptr);
    step(stream);
    step(stream);
    CHECK(log.text() == "bac");
}

TEST_CASE(
    "cuda simulation: the legacy stream waits for a stream that was destroyed with work left") {
    const ManualSimulation simulation;
    Log log;
    const CUstream blocking = new_stream(CU_STREAM_DEFAULT);
    log.note(blocking, "a");
    CU(cuStreamDestroy(blocking));
    log.note(nullptr, "b");
    CHECK(juggle_cuda_simulation_step(nullptr) == 0);
    CHECK(juggle_cuda_simulation_settle(0) == 2);
    CHECK(log.text() == "ab");
}

TEST_CASE("cuda simulation: each context has a legacy stream of its own") {
    const ManualSimulation simulation;
    Log log;
    const CUstream blocking = new_stream(CU_STREAM_DEFAULT);
    log.note(blocking, "a");
    const CUcontext own = support::new_context(0);
    log.note(nullptr, "b");
    step(nullptr);
    CU(cuCtxDestroy(own));
    step(blocking);
    CHECK(log.text() == "ba");
}

TEST_CASE("cuda simulation: each thread has a blocking stream of its own") {
    const ManualSimulation simulation;
    Log log;
    log.note(CU_STREAM_PER_THREAD, "a");
    std::thread{[&] {
        CHECK(cuCtxPushCurrent(simulation.context()) == CUDA_SUCCESS);
        log.note(CU_STREAM_PER_THREAD, "b");
        CHECK(juggle_cuda_simulation_pending(CU_STREAM_PER_THREAD) == 1);
        CHECK(juggle_cuda_simulation_step(CU_STREAM_PER_THREAD) == 1);
        log.note(CU_STREAM_PER_THREAD, "c");  // left over
    }}.join();
    log.note(nullptr, "d");
    CHECK(log.text() == "b");
    CHECK(juggle_cuda_simulation_step(nullptr) == 0);
    step(CU_STREAM_PER_THREAD);
    CHECK(juggle_cuda_simulation_step(nullptr) == 0);  // for the ended thread's
    CHECK(juggle_cuda_simulation_settle(0) == 2);
    CHECK(log.text() == "bacd");
}

TEST_CASE("cuda simulation: the thread of a stream ends with it") {
    const Simulation simulation;
    wait_for_the_last_thread();  // of cases before
    const CUstream stream = new_stream();
    std::thread{[&] {
        CHECK(cuCtxPushCurrent(simulation.context()) == CUDA_SUCCESS);
        CHECK(cuStreamSynchronize(CU_STREAM_PER_THREAD) == CUDA_SUCCESS);
        CHECK(juggle_cuda_simulation_live("threads") == 2);
    }}.join();
    CU(cuStreamDestroy(stream));
    wait_for_the_last_thread();
}

TEST_CASE("cuda simulation: the whole context is waited for") {
    const Simulation simulation;
    Log log;
    log.note(new_stream(), "x");
    log.note(CU_STREAM_PER_THREAD, "x");
    log.note(nullptr, "x");
    CU(cuCtxSynchronize());
    CHECK(log.text() == "xxx");
}
