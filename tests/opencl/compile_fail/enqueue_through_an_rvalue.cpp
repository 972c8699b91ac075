// expect: static assertion failed.*an argument is neither a ticket.*that is an lvalue, nor a
// cl::Event
#include <juggle/opencl.hpp>

juggle::Task<> enqueue(cl::CommandQueue queue, juggle::opencl::ResourceAllocation<int>& ticket,
                       juggle::opencl::Resource<int>& other) {
    co_await juggle::opencl::enqueue(queue, ticket, other.acquire(),
                                     [](juggle::opencl::Commands&) {});
}
