// expect: static assertion failed.*the last argument is no function that
#include <juggle/cuda.hpp>

juggle::Task<> enqueue(CUstream stream, juggle::cuda::ResourceAllocation<int>& ticket) {
    co_await juggle::cuda::enqueue(stream, ticket, [](int) {});
}
