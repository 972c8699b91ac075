// Numbers go up to a CUDA device in one stream and come down in another, while the thread goes on.
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

juggle::Task<> copy(CUstream up, CUstream down, CUdeviceptr device) {
    Host in{cuda::PinnedBuffer<float>{count}};
    Host out{cuda::PinnedBuffer<float>{count}};
    const cuda::FinishAtEnd up_ends{up, in};  // should `record` fail
    const cuda::FinishAtEnd down_ends{down, out};
    for (int number = 1; number <= 3; ++number) {
        auto filling = in.acquire();
        (co_await filling.wait_events())[count - 1] = static_cast<float>(number);
        check(cuMemcpyHtoDAsync(device, filling->data(), bytes, up), "cuMemcpyHtoDAsync");
        const cuda::Event uploaded = cuda::record(up);
        filling.ready(uploaded);  // filled again when it has been copied

        auto reading = out.acquire();
        co_await reading.wait_events();
        cuda::wait_on(down, uploaded);  // on the device
        check(cuMemcpyDtoHAsync(reading->data(), device, bytes, down), "cuMemcpyDtoHAsync");
        co_await cuda::finish(down);
        std::printf("%g\n", static_cast<double>((*reading)[count - 1]));
        reading.ready();
    }
}

int main() {
    CUcontext context = nullptr;
    CUstream up = nullptr;
    CUstream down = nullptr;
    CUdeviceptr device = 0;
    try {
        check(cuInit(0), "cuInit");
        check(cuDevicePrimaryCtxRetain(&context, 0), "cuDevicePrimaryCtxRetain");
        check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
        check(cuStreamCreate(&up, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        check(cuStreamCreate(&down, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        check(cuMemAlloc(&device, bytes), "cuMemAlloc");
        juggle::Executor executor;
        executor.run(copy(up, down, device));
    } catch (const cuda::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    cuMemFree(device);
    cuStreamDestroy(down);
    cuStreamDestroy(up);
    cuDevicePrimaryCtxRelease(0);
}

// prints:
// 1
// 2
// 3
