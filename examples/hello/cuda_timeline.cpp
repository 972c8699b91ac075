// What two CUDA streams did, in figures of a timeline.
#include <juggle/cuda.hpp>
#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <cstdio>

namespace cuda = juggle::cuda;

void check(CUresult code, const char* call) {
    if (code != CUDA_SUCCESS) {
        throw cuda::Error{code, call};
    }
}

constexpr std::size_t bytes = 1 << 16;
using Device = cuda::Resource<CUdeviceptr>;

// [shown]
juggle::Task<> clear(CUstream stream, Device::Allocation memory) {
    juggle::Observer* const timeline = juggle::Executor::current()->observer();
    const cuda::Event done = co_await cuda::enqueue(stream, memory, [&] {
        {
            const cuda::Shown shown{timeline, stream, "zeros"};
            check(cuMemsetD8Async(*memory, 0, bytes / 2, stream), "cuMemsetD8Async");
        }
        const cuda::Shown shown{timeline, stream, "ones"};
        check(cuMemsetD8Async(*memory + bytes / 2, 1, bytes / 2, stream), "cuMemsetD8Async");
    });
    memory.ready();
    co_await done;
}
// [/shown]

juggle::Task<> clear_two(CUstream first, CUstream second, CUdeviceptr memory) {
    Device device{memory};
    co_await juggle::when_all(clear(first, device.acquire()), clear(second, device.acquire()));
}

int main() {
    CUcontext context = nullptr;
    CUstream first = nullptr;
    CUstream second = nullptr;
    CUdeviceptr memory = 0;
    try {
        check(cuInit(0), "cuInit");
        check(cuDevicePrimaryCtxRetain(&context, 0), "cuDevicePrimaryCtxRetain");
        check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
        check(cuStreamCreate(&first, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        check(cuStreamCreate(&second, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        check(cuMemAlloc(&memory, bytes), "cuMemAlloc");
        juggle::Timeline timeline;
        cuda::name_stream(timeline, first, "first stream");
        juggle::Executor executor{{.observer = &timeline}};
        executor.run(clear_two(first, second, memory));
        for (const auto& lane : timeline.summary().lanes) {
            if (lane.kind == juggle::TimelineLaneKind::queue) {
                std::printf("%s: %s\n", lane.name.c_str(),
                            lane.device_time ? "the device's times" : "the host's times");
            }
        }
    } catch (const cuda::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    cuMemFree(memory);
    cuStreamDestroy(second);
    cuStreamDestroy(first);
    cuDevicePrimaryCtxRelease(0);
}

// prints:
// first stream: the device's times
// stream 2: the device's times
