// A kernel and a coroutine in one file, by nvcc: the whole way of a buffer through a stream.

#include <juggle/cuda.hpp>
#include <juggle/juggle.hpp>

#include <cstdio>

namespace cuda = juggle::cuda;

// [kernel]
__global__ void triple(int* numbers) { numbers[threadIdx.x] *= 3; }

juggle::Task<int> run(cudaStream_t stream) {
    constexpr int count = 256;
    int* numbers = nullptr;
    cudaMalloc(&numbers, count * sizeof(int));
    cuda::Resource<cuda::PinnedBuffer<int>> buffer{cuda::PinnedBuffer<int>(count)};

    auto host = buffer.acquire();
    for (int& number : co_await host.wait_events()) {
        number = 14;
    }
    co_await cuda::enqueue(stream, host, [&] {
        cudaMemcpyAsync(numbers, host->data(), host->size_bytes(), cudaMemcpyHostToDevice, stream);
        triple<<<1, count, 0, stream>>>(numbers);
        cudaMemcpyAsync(host->data(), numbers, host->size_bytes(), cudaMemcpyDeviceToHost, stream);
    });
    host.ready();

    auto result = buffer.acquire();
    const int last = (co_await result.wait_events())[count - 1];
    result.ready();
    cudaFree(numbers);
    co_return last;
}

// [/kernel]

int main() {
    cudaStream_t stream = nullptr;
    if (const cudaError_t error = cudaStreamCreate(&stream); error != cudaSuccess) {
        std::printf("no device: %s\n", cudaGetErrorString(error));
        return 0;
    }
    juggle::Executor executor;
    std::printf("%d\n", executor.run(run(stream)));
    cudaStreamDestroy(stream);
}
