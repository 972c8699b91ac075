// expect: static assertion failed.*the function gives something else
#include <juggle/cuda.hpp>

juggle::Task<> enqueue(CUstream stream, juggle::cuda::ResourceAllocation<int>& ticket) {
    co_await juggle::cuda::enqueue(stream, ticket, []() -> juggle::Task<> { co_return; });
}
