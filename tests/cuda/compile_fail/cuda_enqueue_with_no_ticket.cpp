// expect: static assertion failed.*there is no ticket
#include <juggle/cuda.hpp>

juggle::Task<> enqueue(CUstream stream, juggle::cuda::Event event) {
    co_await juggle::cuda::enqueue(stream, event, [] {});
}
