// expect: static assertion failed.*the last argument is no function of juggle::opencl::Commands&
#include <juggle/opencl.hpp>

juggle::Task<> enqueue(cl::CommandQueue queue, juggle::opencl::ResourceAllocation<int>& ticket) {
    co_await juggle::opencl::enqueue(queue, ticket, [] {});
}
