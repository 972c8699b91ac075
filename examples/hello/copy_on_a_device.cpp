// A task awaits commands of a device, while its thread is free for others.
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <cstddef>
#include <cstdio>
#include <vector>

juggle::Task<> copy(cl::CommandQueue& upload, cl::CommandQueue& download, cl::Buffer& buffer,
                    std::vector<float>& in, std::vector<float>& out) {
    const std::size_t bytes = in.size() * sizeof(float);
    cl::Event uploaded;
    upload.enqueueWriteBuffer(buffer, CL_FALSE, 0, bytes, in.data(), nullptr, &uploaded);
    co_await uploaded;  // one command
    download.enqueueReadBuffer(buffer, CL_FALSE, 0, bytes, out.data());
    co_await juggle::opencl::finish(download);  // all that is in the queue
    std::printf("%g\n", static_cast<double>(out.back()));
}

int main() {
    cl::Context context{CL_DEVICE_TYPE_ALL};
    cl::CommandQueue upload{context};
    cl::CommandQueue download{context};
    std::vector<float> in(1024, 3.0F);
    std::vector<float> out(1024);
    cl::Buffer buffer{context, CL_MEM_READ_WRITE, 4096};
    juggle::Executor executor;
    executor.run(copy(upload, download, buffer, in, out));
}

// prints:
// 3
