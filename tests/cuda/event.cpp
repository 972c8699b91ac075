#include "support/cuda_device.hpp"

#include <array>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace jcu = juggle::cuda;
using support::contains;
using support::error_code;
using support::exception_by;
using support::text_of;

TEST_CASE("an event stands for what was in its stream when it was recorded") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    const support::Gate first{stream};
    const support::Gate second{stream};
    CHECK(first.event.status() == juggle::EventStatus::pending);
    CHECK(first.event.code() == CUDA_ERROR_NOT_READY);
    first.open();
    support::check_cu(cuEventSynchronize(first.event.handle()), "cuEventSynchronize");
    CHECK(first.event.status() == juggle::EventStatus::complete);
    CHECK(first.event.code() == CUDA_SUCCESS);
    CHECK(second.event.status() == juggle::EventStatus::pending);
    CHECK(second.event.stream() == stream);
}

TEST_CASE("an event that stands for nothing has completed") {
    const jcu::Event none;
    CHECK_FALSE(none);
    CHECK(none.status() == juggle::EventStatus::complete);
    CHECK(none.code() == CUDA_SUCCESS);
    CHECK(none.handle() == nullptr);
    CHECK(none.stream() == nullptr);
    CHECK(none.describe() == "no event");
    CHECK_FALSE(juggle::EventTraits<jcu::Event>::is_valid(none));
}

TEST_CASE("a copy of an event stands for the same, and is told what the first one was told") {
    support::CudaDevice device;
    const support::Gate gate = device.gate();
    const jcu::Event copy = gate.event;
    CHECK(copy == gate.event);
    jcu::Event moved = copy;
    const jcu::Event last = std::move(moved);
    CHECK_FALSE(moved);  // NOLINT(bugprone-use-after-move)
    CHECK(last == copy);
    gate.open();
    support::check_cu(cuEventSynchronize(copy.handle()), "cuEventSynchronize");
    CHECK(copy.status() == juggle::EventStatus::complete);
    support::CudaDevice::rules("");
    CHECK(gate.event.status() == juggle::EventStatus::complete);
    CHECK(support::CudaDevice::calls("cuEventQuery") == 0);  // it is known
}

TEST_CASE("an event of the driver's is used again when it has settled and no copy is left") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    const auto record_and_wait = [&] {
        const jcu::Event event = jcu::record(stream);
        support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
        CHECK(event.status() == juggle::EventStatus::complete);
        return event.handle();
    };
    CUevent const first = record_and_wait();
    CHECK(record_and_wait() == first);
    {
        const jcu::Event kept = jcu::record(stream);
        CHECK(kept.handle() == first);
        CHECK(record_and_wait() != first);
    }
    support::CudaDevice::rules("");
    for (int time = 0; time < 100; ++time) {
        (void)record_and_wait();
    }
    CHECK(support::CudaDevice::calls("cuEventCreate") == 0);
}

TEST_CASE("an event that is dropped before it has settled is not recorded again") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    CUevent pending = nullptr;
    support::Gate gate{stream};
    {
        const jcu::Event dropped = jcu::record(stream);
        pending = dropped.handle();
    }
    CUstream other = device.stream();
    for (int time = 0; time < 10; ++time) {
        CHECK(jcu::record(other).handle() != pending);
    }
    gate.open();
    support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
    bool used_again = false;
    std::vector<jcu::Event> events;
    for (int time = 0; time < 20; ++time) {
        events.push_back(jcu::record(other));
        used_again = used_again || events.back().handle() == pending;
    }
    CHECK(used_again);
}

TEST_CASE("events that are dropped do not become more and more") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    const long before = juggle_cuda_simulation_live("events");
    for (int time = 0; time < 1000; ++time) {
        (void)jcu::record(stream);
        if (time % 10 == 9) {
            support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
        }
    }
    CHECK(juggle_cuda_simulation_live("events") - before < 50);
}

TEST_CASE("the thread's context is the same after all calls, or none") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    support::CudaDevice other;
    const support::Gate gate{stream};
    CHECK(support::current_context() == other.context);
    CHECK(gate.event.status() == juggle::EventStatus::pending);
    jcu::wait_on(stream, gate.event);
    CHECK(support::current_context() == other.context);
    CUcontext popped = nullptr;
    support::check_cu(cuCtxSetCurrent(nullptr), "cuCtxSetCurrent");
    CHECK(jcu::record(stream).status() == juggle::EventStatus::pending);
    CHECK(support::current_context() == device.context);  // other's was taken off the stack
    support::check_cu(cuCtxPopCurrent(&popped), "cuCtxPopCurrent");
    CHECK(support::current_context() == nullptr);
    CHECK(jcu::record(stream).status() == juggle::EventStatus::pending);
    CHECK(support::current_context() == nullptr);
    gate.open();
    support::check_cu(cuCtxPushCurrent(device.context), "cuCtxPushCurrent");
    support::check_cu(cuCtxPushCurrent(other.context), "cuCtxPushCurrent");
    support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
    std::thread{[&] {
        CHECK(support::current_context() == nullptr);
        CHECK(gate.event.status() == juggle::EventStatus::complete);
        CHECK(jcu::record(stream).stream() == stream);
        CHECK(support::current_context() == nullptr);
    }}.join();
}

TEST_CASE("the legacy stream and the thread's own can be recorded") {
    support::CudaDevice device;
    const support::Gate gate{device.stream(CU_STREAM_DEFAULT)};
    const jcu::Event legacy = jcu::record(nullptr);  // waits for all streams that block
    const jcu::Event named = jcu::record(CU_STREAM_LEGACY);
    CHECK(legacy.status() == juggle::EventStatus::pending);
    CHECK(named.status() == juggle::EventStatus::pending);
    gate.open();
    support::check_cu(cuCtxSynchronize(), "cuCtxSynchronize");
    CHECK(legacy.status() == juggle::EventStatus::complete);
    CHECK(named.status() == juggle::EventStatus::complete);
    const jcu::Event own = jcu::record(CU_STREAM_PER_THREAD);
    support::check_cu(cuStreamSynchronize(CU_STREAM_PER_THREAD), "cuStreamSynchronize");
    CHECK(own.status() == juggle::EventStatus::complete);
}

TEST_CASE("an event of a context that has failed has failed, with its code") {
    support::CudaDevice device;
    const support::Gate gate = device.gate();
    device.fail(CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(gate.event.status() == juggle::EventStatus::failed);
    CHECK(gate.event.code() == CUDA_ERROR_ILLEGAL_ADDRESS);
    const std::exception_ptr error = exception_by([&] { (void)jcu::record(gate.event.stream()); });
    CHECK(error_code(error) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK_FALSE(juggle::EventTraits<jcu::Event>::wait_on_host({&gate.event, 1}));  // who knows
}

TEST_CASE("a failure that a query has told of once is not taken for success afterwards") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    const jcu::Event event = jcu::record(stream);
    support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
    support::CudaDevice::rules("cuEventQuery#1=CUDA_ERROR_ECC_UNCORRECTABLE");
    CHECK(event.code() == CUDA_ERROR_ECC_UNCORRECTABLE);
    CHECK(event.code() == CUDA_ERROR_ECC_UNCORRECTABLE);
    CHECK(juggle::EventTraits<jcu::Event>::wait_on_host({&event, 1}));
}

TEST_CASE("a query that is refused without a word of the work is no failure") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    const jcu::Event event = jcu::record(stream);
    support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
    support::CudaDevice::rules("cuEventQuery#1=CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED");
    CHECK(event.status() == juggle::EventStatus::pending);
    CHECK(event.status() == juggle::EventStatus::complete);
}

TEST_CASE("an event that the driver does not know any more is never said to have ended") {
    support::CudaDevice device;
    const support::Gate gate = device.gate();
    support::CudaDevice::rules("cuEventQuery=CUDA_ERROR_INVALID_HANDLE");
    CHECK(gate.event.code() == CUDA_ERROR_INVALID_HANDLE);
    CHECK_FALSE(juggle::EventTraits<jcu::Event>::wait_on_host({&gate.event, 1}));
    support::CudaDevice::rules("");
    CHECK(gate.event.code() == CUDA_ERROR_INVALID_HANDLE);
}

TEST_CASE("a host waits for an event, also where the driver refuses at first") {
    support::CudaDevice device;
    for (const char* rules : {"", "cuEventSynchronize#1=CUDA_ERROR_INVALID_VALUE"}) {
        support::Gate gate = device.gate();
        support::CudaDevice::rules(rules);
        std::thread opener{[&gate] { gate.open(); }};
        const std::array events{gate.event, jcu::Event{}};
        CHECK(juggle::EventTraits<jcu::Event>::wait_on_host(events));
        CHECK(gate.event.status() == juggle::EventStatus::complete);
        opener.join();
    }
}

TEST_CASE("events may be recorded, copied and dropped on several threads") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    std::vector<std::thread> threads;
    std::atomic<CUresult> wrong{CUDA_SUCCESS};
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([stream, &wrong] {
            for (int time = 0; time < 300; ++time) {
                const jcu::Event event = jcu::record(stream);
                const jcu::Event copy = event;
                const CUresult code = copy.code();
                if (code != CUDA_SUCCESS && code != CUDA_ERROR_NOT_READY) {
                    wrong = code;
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(wrong == CUDA_SUCCESS);
}

TEST_CASE("an event of a context is not used for another that stands in its place") {
    support::check_cu(cuInit(0), "cuInit");
    juggle::Executor executor;
    jcu::set_event_options(executor, {.wake = jcu::Wake::host_function});
    CUcontext first = nullptr;
    CUevent before = nullptr;
    for (int time = 0; time < 5; ++time) {
        CUcontext context = nullptr;
        support::check_cu(cuDevicePrimaryCtxRetain(&context, 0), "cuDevicePrimaryCtxRetain");
        support::check_cu(cuCtxPushCurrent(context), "cuCtxPushCurrent");
        CHECK((first == nullptr || context == first));  // the same address, and another context
        first = context;
        CUstream stream = nullptr;
        support::check_cu(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        {
            const support::Gate gate{stream};
            CHECK(gate.event.handle() != before);
            before = gate.event.handle();
            executor.spawn(support::await_event(gate.event)).detach();
            (void)executor.poll();
            gate.open();  // the stream to notify is of this context, too
            executor.run(support::await_event(gate.event));
            CHECK(gate.event.status() == juggle::EventStatus::complete);
        }
        const auto record_and_wait = [&] {
            const jcu::Event event = jcu::record(stream);
            support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
            CHECK(event.status() == juggle::EventStatus::complete);
            return event.handle();
        };
        CUevent const mine = record_and_wait();
        CHECK(record_and_wait() == mine);  // within it they are used again
        support::check_cu(cuStreamDestroy(stream), "cuStreamDestroy");
        CUcontext popped = nullptr;
        support::check_cu(cuCtxPopCurrent(&popped), "cuCtxPopCurrent");
        support::check_cu(cuDevicePrimaryCtxRelease(0), "cuDevicePrimaryCtxRelease");
    }
}

TEST_CASE("a context of which the driver does not say which it is, is an error") {
    support::CudaDevice device;
    CUstream stream = device.stream();
    support::CudaDevice::rules("cuCtxGetId#1=CUDA_ERROR_INVALID_VALUE");
    const std::exception_ptr error = exception_by([&] { (void)jcu::record(stream); });
    CHECK(error_code(error) == CUDA_ERROR_INVALID_VALUE);
    CHECK(contains(text_of(error), "record: cuCtxGetId"));
    CHECK(jcu::record(stream));
}

TEST_CASE("what is no stream is an error with the name of the call") {
    support::CudaDevice device;
    int no_stream = 0;
    const std::exception_ptr error =
        exception_by([&] { (void)jcu::record(reinterpret_cast<CUstream>(&no_stream)); });
    CHECK(error_code(error) != CUDA_SUCCESS);
    CHECK(contains(text_of(error), "record: cuStreamGetCtx, argument 'stream'"));
}

TEST_CASE("an event may outlive its stream, its executor, and its context") {
    std::optional<support::CudaDevice> device{std::in_place};
    jcu::Event event;
    {
        juggle::Executor executor;
        event = jcu::record(device->stream());
        executor.run(support::await_event(event));
    }
    jcu::Event unsettled = jcu::record(device->stream());
    support::check_cu(cuCtxSynchronize(), "cuCtxSynchronize");
    device.reset();
    CHECK(event.status() == juggle::EventStatus::complete);
    CHECK(unsettled.status() == juggle::EventStatus::failed);  // nobody has asked in time
    CHECK(juggle::EventTraits<jcu::Event>::wait_on_host({&unsettled, 1}));
    const jcu::Event copy = unsettled;
    unsettled = {};
}
