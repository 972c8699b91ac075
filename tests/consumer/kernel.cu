// A kernel, a runtime's stream and a coroutine in one file.

#include <juggle/cuda.hpp>
#include <juggle/juggle.hpp>

#include <cstdio>

__global__ void triple(int* numbers) { numbers[threadIdx.x] *= 3; }

juggle::Task<int> run(cudaStream_t stream) {
    constexpr int count = 32;
    int* numbers = nullptr;
    cudaMalloc(&numbers, count * sizeof(int));
    juggle::cuda::PinnedBuffer<int> host(count);
    for (int& number : host) {
        number = 14;
    }
    cudaMemcpyAsync(numbers, host.data(), host.size_bytes(), cudaMemcpyHostToDevice, stream);
    triple<<<1, count, 0, stream>>>(numbers);
    cudaMemcpyAsync(host.data(), numbers, host.size_bytes(), cudaMemcpyDeviceToHost, stream);
    co_await juggle::cuda::record(stream);
    cudaFree(numbers);
    co_return host[0];
}

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
