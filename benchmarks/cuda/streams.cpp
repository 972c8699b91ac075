// From the end of work in a stream to the task that awaits it, and from stream to stream, beside
// the same by CUDA's functions alone. With the driver that is there: a GPU's, or the simulated one.

#include "../measure.hpp"

#include <juggle/cuda.hpp>
#include <juggle/juggle.hpp>

#include <array>
#include <atomic>
#include <cstddef>

#include <cuda.h>

namespace {

namespace cuda = juggle::cuda;
using juggle::Task;

void check(CUresult code, const char* call) {
    if (code != CUDA_SUCCESS) {
        throw cuda::Error{code, call};
    }
}

/// The first device, its context on this thread, two streams and some of its memory.
class Device {
public:
    Device() {
        check(cuInit(0), "cuInit");
        check(cuDevicePrimaryCtxRetain(&context_, 0), "cuDevicePrimaryCtxRetain");
        check(cuCtxSetCurrent(context_), "cuCtxSetCurrent");
        for (CUstream& stream : streams) {
            check(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        }
        check(cuMemAlloc(&memory_, sizeof(unsigned)), "cuMemAlloc");
    }
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    ~Device() {
        for (CUstream stream : streams) {
            (void)cuStreamDestroy(stream);
        }
        (void)cuMemFree(memory_);
        (void)cuDevicePrimaryCtxRelease(0);
    }

    /// The shortest command.
    void work(CUstream stream) const {
        check(cuMemsetD32Async(memory_, 7, 1, stream), "cuMemsetD32Async");
    }

    std::array<CUstream, 2> streams{};

private:
    CUcontext context_ = nullptr;
    CUdeviceptr memory_ = 0;
};

/// For all benchmarks.
const Device& the_device() {
    static const Device device;
    return device;
}

/// Waits for a stream by a host function and a futex, as one does by hand.
class HostFunctionAndFutex {
public:
    void finish(CUstream stream) {
        called_ = false;
        check(cuLaunchHostFunc(stream, &HostFunctionAndFutex::call, this), "cuLaunchHostFunc");
        called_.wait(false);
    }

private:
    static void CUDA_CB call(void* argument) {
        auto& self = *static_cast<HostFunctionAndFutex*>(argument);
        self.called_ = true;
        self.called_.notify_one();
    }
    std::atomic<bool> called_{false};
};

template <cuda::Wake wake>
Task<> await_event(benchmark::State& state, juggle::Executor& executor) {
    const Device& device = the_device();
    CUstream stream = device.streams[0];
    cuda::set_event_options(executor, {.wake = wake});
    HostFunctionAndFutex by_hand;
    for (int round = 0; round < measure::warm_up; ++round) {
        device.work(stream);
        co_await cuda::finish(stream);
        by_hand.finish(stream);
    }
    measure::Samples samples{state};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        const auto start = measure::Samples::Clock::now();
        device.work(stream);
        co_await cuda::finish(stream);
        samples.add_since(start);
        const auto start_by_hand = measure::Samples::Clock::now();
        device.work(stream);
        by_hand.finish(stream);
        samples.add_reference_since(start_by_hand);
    }
}

/// An event for each stream, recorded again and again.
class EventsByHand {
public:
    EventsByHand() {
        for (CUevent& event : events_) {
            check(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING), "cuEventCreate");
        }
    }
    EventsByHand(const EventsByHand&) = delete;
    EventsByHand& operator=(const EventsByHand&) = delete;
    ~EventsByHand() {
        for (CUevent event : events_) {
            (void)cuEventDestroy(event);
        }
    }

    void hand_over(const Device& device, std::size_t to) {
        check(cuStreamWaitEvent(device.streams[to], events_[1 - to], 0), "cuStreamWaitEvent");
        device.work(device.streams[to]);
        check(cuEventRecord(events_[to], device.streams[to]), "cuEventRecord");
    }

private:
    std::array<CUevent, 2> events_{};
};

void finish(const Device& device) {
    for (CUstream stream : device.streams) {
        check(cuStreamSynchronize(stream), "cuStreamSynchronize");
    }
}

/// A buffer goes to and fro between two streams, and no host waits. An operation is one of them.
Task<> hand_over(benchmark::State& state, juggle::Executor&) {
    constexpr int round = 64;
    const Device& device = the_device();
    EventsByHand by_hand;
    cuda::Resource<void> buffer;
    const auto hand_round = [&]() -> Task<> {
        for (std::size_t i = 0; i < round; ++i) {
            CUstream stream = device.streams[i % 2];
            auto ticket = buffer.acquire();
            (void)co_await cuda::enqueue(stream, ticket, [&] { device.work(stream); });
            ticket.ready();
        }
    };
    for (int i = 0; i < measure::warm_up; ++i) {
        co_await hand_round();
    }
    finish(device);
    measure::Samples samples{state};
    const measure::Allocations allocations{state};
    for (auto _ : state) {
        const auto start = measure::Samples::Clock::now();
        co_await hand_round();
        samples.add_since(start, round);
        finish(device);
        const auto start_by_hand = measure::Samples::Clock::now();
        for (std::size_t i = 0; i < round; ++i) {
            by_hand.hand_over(device, i % 2);
        }
        samples.add_reference_since(start_by_hand, round);
        finish(device);
    }
}

}  // namespace

int main(int argc, char** argv) {
    using benchmark::RegisterBenchmark;
    using cuda::Wake;
    RegisterBenchmark("cuda/finish/host_function",
                      &measure::in_executor<await_event<Wake::host_function>>)
        ->UseManualTime();
    RegisterBenchmark("cuda/finish/poll", &measure::in_executor<await_event<Wake::poll>>)
        ->UseManualTime();
    RegisterBenchmark("cuda/finish/both", &measure::in_executor<await_event<Wake::both>>)
        ->UseManualTime();
    RegisterBenchmark("cuda/hand_over", &measure::in_executor<hand_over>)->UseManualTime();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
