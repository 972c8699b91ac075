// expect: static assertion failed.*what a device writes is no object with a constructor
#include <juggle/cuda.hpp>

#include <string>

juggle::cuda::PinnedBuffer<std::string> make() {
    return juggle::cuda::PinnedBuffer<std::string>{1};
}
