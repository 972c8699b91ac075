// Numbers go through device memory that two CUDA streams use in turn.
#include <juggle/cuda.hpp>
#include <juggle/juggle.hpp>

#include <cstdio>

namespace cuda = juggle::cuda;

void check(CUresult code, const char* call) {
    if (code != CUDA_SUCCESS) {
        throw cuda::Error{code, call};
    }
}

constexpr std::size_t count = 1024;
constexpr std::size_t bytes = count * sizeof(float);
using Host = cuda::Resource<cuda::PinnedBuffer<float>>;
using Device = cuda::Resource<CUdeviceptr>;

juggle::Task<> send(CUstream stream, int number, Host::Allocation from, Device::Allocation to) {
    (co_await from.wait_events())[count - 1] = static_cast<float>(number);
    co_await cuda::enqueue(stream, from, to,
                           [&] { return cuMemcpyHtoDAsync(*to, from->data(), bytes, stream); });
    from.ready();  // filled again when it has been copied
    to.ready();
}

juggle::Task<> receive(CUstream stream, Device::Allocation from, Host::Allocation to) {
    const cuda::Event copied = co_await cuda::enqueue(
        stream, from, to, [&] { return cuMemcpyDtoHAsync(to->data(), *from, bytes, stream); });
    from.ready();  // overwritten when it has been copied
    co_await copied;
    std::printf("%g\n", static_cast<double>((*to)[count - 1]));
    to.ready();
}

juggle::Task<> copy(CUstream up, CUstream down, CUdeviceptr memory) {
    Host in{cuda::PinnedBuffer<float>{count}};
    Host out{cuda::PinnedBuffer<float>{count}};
    Device device{memory};
    juggle::JobQueue jobs{4};
    for (int number = 1; number <= 3; ++number) {
        co_await jobs.push(send(up, number, in.acquire(), device.acquire()));
        co_await jobs.push(receive(down, device.acquire(), out.acquire()));
    }
    co_await jobs.finish();
}

int main() {
    CUcontext context = nullptr;
    CUstream up = nullptr;
    CUstream down = nullptr;
    CUdeviceptr memory = 0;
    try {
        check(cuInit(0), "cuInit");
        check(cuDevicePrimaryCtxRetain(&context, 0), "cuDevicePrimaryCtxRetain");
        check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
        check(cuStreamCreate(&up, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        check(cuStreamCreate(&down, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        check(cuMemAlloc(&memory, bytes), "cuMemAlloc");
        juggle::Executor executor;
        executor.run(copy(up, down, memory));
    } catch (const cuda::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    cuMemFree(memory);
    cuStreamDestroy(down);
    cuStreamDestroy(up);
    cuDevicePrimaryCtxRelease(0);
}

// prints:
// 1
// 2
// 3
