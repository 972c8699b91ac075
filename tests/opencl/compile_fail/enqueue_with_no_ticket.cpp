// expect: static assertion failed.*there is no ticket
#include <juggle/opencl.hpp>

juggle::Task<> enqueue(cl::CommandQueue queue, cl::Event event) {
    co_await juggle::opencl::enqueue(queue, event, [](juggle::opencl::Commands&) {});
}
