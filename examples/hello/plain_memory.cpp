// Plain memory, known to no resource, goes when the device has left it, also if something fails.
#include <juggle/opencl.hpp>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <vector>

void read_part(cl::CommandQueue& queue, cl::Buffer& buffer, std::size_t floats) {
    std::vector<float> out(1024);
    const juggle::opencl::FinishAtEnd commands_end_before_memory_goes{queue, out};

    queue.enqueueReadBuffer(buffer, CL_FALSE, 0, 4096, out.data());
    if (floats > out.size()) {
        throw std::out_of_range{"so many there are not"};  // the device may still write into `out`
    }
    queue.finish();
    std::printf("%g\n", static_cast<double>(out[floats - 1]));
}

int main() {
    cl::Context context{CL_DEVICE_TYPE_ALL};
    cl::CommandQueue queue{context};
    cl::Buffer buffer{context, CL_MEM_READ_WRITE, 4096};
    queue.enqueueFillBuffer(buffer, 3.0F, 0, 4096);
    read_part(queue, buffer, 1024);
    try {
        read_part(queue, buffer, 2000);
    } catch (const std::exception& error) {
        std::puts(error.what());
    }
}

// prints:
// 3
// so many there are not
