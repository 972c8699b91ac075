#include "simulation.hpp"

using support::ManualSimulation;
using support::new_event;
using support::new_stream;
using support::recorded;
using support::Simulation;
using support::step;

TEST_CASE("cuda simulation: an event that was never recorded is complete") {
    const Simulation simulation;
    const CUevent event = new_event();
    CHECK(cuEventQuery(event) == CUDA_SUCCESS);
    CHECK(cuEventSynchronize(event) == CUDA_SUCCESS);
    CHECK(cuEventQuery(nullptr) == CUDA_ERROR_INVALID_HANDLE);
}

TEST_CASE("cuda simulation: an event is complete when the work in front of it is") {
    const ManualSimulation simulation;
    const CUstream stream = new_stream();
    const CUevent event = recorded(stream);
    CHECK(cuEventQuery(event) == CUDA_ERROR_NOT_READY);
    step(stream);
    CHECK(cuEventQuery(event) == CUDA_SUCCESS);
}

TEST_CASE("cuda simulation: recording again overwrites an event") {
    const ManualSimulation simulation;
    const CUstream one = new_stream();
    const CUstream other = new_stream();
    const CUevent event = recorded(one);
    CU(cuEventRecord(event, other));
    step(one);
    CHECK(cuEventQuery(event) == CUDA_ERROR_NOT_READY);
    step(other);
    CHECK(cuEventQuery(event) == CUDA_SUCCESS);
    CU(cuEventRecord(event, one));
    CHECK(cuEventQuery(event) == CUDA_ERROR_NOT_READY);
}

TEST_CASE("cuda simulation: an event is made with known flags alone") {
    const Simulation simulation;
    CUevent event = nullptr;
    CHECK(cuEventCreate(&event, 0x80) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuEventCreate(nullptr, 0) == CUDA_ERROR_INVALID_VALUE);
    CU(cuEventCreate(&event, CU_EVENT_BLOCKING_SYNC));
}

TEST_CASE("cuda simulation: the time between two events") {
    const ManualSimulation simulation;
    const CUstream stream = new_stream();
    const CUevent start = recorded(stream, CU_EVENT_DEFAULT);
    const CUevent end = recorded(stream, CU_EVENT_DEFAULT);
    float milliseconds = 0;
    CHECK(cuEventElapsedTime(&milliseconds, start, end) == CUDA_ERROR_NOT_READY);
    juggle_cuda_simulation_set_time(10);
    step(stream);
    CHECK(cuEventElapsedTime(&milliseconds, start, end) == CUDA_ERROR_NOT_READY);
    juggle_cuda_simulation_set_time(12.5);
    step(stream);
    CU(cuEventElapsedTime(&milliseconds, start, end));
    CHECK(milliseconds == 2.5F);
    CU(cuEventElapsedTime(&milliseconds, end, start));
    CHECK(milliseconds == -2.5F);
}

TEST_CASE("cuda simulation: there is no time between events without one") {
    const Simulation simulation;
    const CUstream stream = new_stream();
    const CUevent timed = recorded(stream, CU_EVENT_DEFAULT);
    const CUevent untimed = recorded(stream);
    const CUevent never = new_event(CU_EVENT_DEFAULT);
    CU(cuStreamSynchronize(stream));
    float milliseconds = 0;
    CHECK(cuEventElapsedTime(&milliseconds, timed, untimed) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuEventElapsedTime(&milliseconds, never, timed) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuEventElapsedTime(nullptr, timed, timed) == CUDA_ERROR_INVALID_VALUE);

    const CUcontext own = support::new_context(1);
    const CUevent elsewhere = recorded(new_stream(), CU_EVENT_DEFAULT);
    CU(cuEventSynchronize(elsewhere));
    CHECK(cuEventElapsedTime(&milliseconds, timed, elsewhere) == CUDA_ERROR_INVALID_HANDLE);
    CU(cuCtxDestroy(own));
}

TEST_CASE("cuda simulation: by its own clock an event is not before an earlier one") {
    const Simulation simulation;
    const CUstream stream = new_stream();
    const CUevent start = recorded(stream, CU_EVENT_DEFAULT);
    const CUevent end = recorded(stream, CU_EVENT_DEFAULT);
    CU(cuEventSynchronize(end));
    float milliseconds = -1;
    CU(cuEventElapsedTime(&milliseconds, start, end));
    CHECK(milliseconds >= 0);
}
