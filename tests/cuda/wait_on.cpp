#include "support/cuda_device.hpp"

#include <array>

namespace jcu = juggle::cuda;
using support::error_code;
using support::exception_by;

CUDA_TEST_CASE("a stream that waits on an event starts nothing before it") {
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    jcu::wait_on(stream, gate.event);
    const jcu::Event after = jcu::record(stream);
    co_await support::a_few_turns();
    CHECK(after.status() == juggle::EventStatus::pending);
    gate.open();
    co_await after;
}

CUDA_TEST_CASE("a stream waits on work of another") {
    CUstream producer = device.stream();
    CUstream consumer = device.stream();
    const support::DeviceBuffer buffer{sizeof(int)};
    for (int in = 1; in <= 50; ++in) {
        int out = 0;
        support::check_cu(cuMemcpyHtoDAsync(buffer.address, &in, sizeof in, producer), "HtoD");
        jcu::wait_on(consumer, jcu::record(producer));
        support::check_cu(cuMemcpyDtoHAsync(&out, buffer.address, sizeof out, consumer), "DtoH");
        co_await jcu::finish(consumer);
        CHECK(out == in);
    }
}

CUDA_TEST_CASE("a stream waits on work of another context") {
    support::CudaDevice other;
    const support::Gate gate = other.gate();
    CUstream stream = device.stream(CU_STREAM_DEFAULT);
    jcu::wait_on(stream, gate.event);
    const jcu::Event after = jcu::record(stream);
    co_await support::a_few_turns();
    CHECK(after.status() == juggle::EventStatus::pending);
    gate.open();
    co_await after;
}

TEST_CASE("what has completed, and what stands for nothing, is not waited on") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    const jcu::Event done = jcu::record(stream);
    support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
    support::CudaDevice::rules("");
    jcu::wait_on(stream, done, jcu::Event{});
    jcu::wait_on(stream);
    jcu::wait_on(stream, std::span<const jcu::Event>{});
    CHECK(support::CudaDevice::calls("cuStreamWaitEvent") == 0);
}

TEST_CASE("an event that has failed is an error with its code, and nothing is enqueued") {
    support::CudaDevice device;
    support::CudaDevice other;
    const support::Gate pending = other.gate();
    const support::Gate failed = [&] {
        support::check_cu(cuCtxPushCurrent(device.context), "cuCtxPushCurrent");
        support::Gate gate = device.gate();
        CUcontext popped = nullptr;
        support::check_cu(cuCtxPopCurrent(&popped), "cuCtxPopCurrent");
        return gate;
    }();
    device.fail(CUDA_ERROR_MISALIGNED_ADDRESS);
    CUstream stream = other.stream();
    support::CudaDevice::rules("");
    const std::exception_ptr error =
        exception_by([&] { jcu::wait_on(stream, pending.event, failed.event); });
    CHECK(error_code(error) == CUDA_ERROR_MISALIGNED_ADDRESS);
    CHECK(support::contains(support::text_of(error), "argument 'events', number 1, an event of"));
    CHECK(support::CudaDevice::calls("cuStreamWaitEvent") == 0);
}

TEST_CASE("a wait that the driver refuses is an error") {
    support::CudaDevice device;
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    support::CudaDevice::rules("cuStreamWaitEvent#1=CUDA_ERROR_INVALID_VALUE");
    CHECK(error_code(exception_by([&] { jcu::wait_on(stream, gate.event); })) ==
          CUDA_ERROR_INVALID_VALUE);
    CHECK_NOTHROW(jcu::wait_on(stream, gate.event));
}
