// expect: static assertion failed.*an argument is neither a ticket.*that is an lvalue, nor a
#include <juggle/cuda.hpp>

juggle::Task<> enqueue(CUstream stream, juggle::cuda::ResourceAllocation<int>& ticket,
                       juggle::cuda::Resource<int>& other) {
    co_await juggle::cuda::enqueue(stream, ticket, other.acquire(), [] {});
}
