// A device's queues wait for each other, and the host for the last one only.
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <cstddef>
#include <cstdio>
#include <vector>

namespace jcl = juggle::opencl;

juggle::Task<> copy(cl::CommandQueue& upload, cl::CommandQueue& compute, cl::CommandQueue& download,
                    cl::Buffer& in, cl::Buffer& out, std::vector<float>& data) {
    const std::size_t bytes = data.size() * sizeof(float);
    upload.enqueueWriteBuffer(in, CL_FALSE, 0, bytes, data.data());
    const cl::Event uploaded = jcl::marker(upload);  // stands for all that is in the queue
    jcl::wait_on(compute, uploaded);                 // what comes from now on waits, on the device
    compute.enqueueCopyBuffer(in, out, 0, 0, bytes);
    const cl::Event computed = jcl::marker(compute);
    std::vector<float> result(data.size());
    jcl::wait_on(download, computed);
    download.enqueueReadBuffer(out, CL_FALSE, 0, bytes, result.data());
    co_await jcl::marker(download);
    std::printf("%g\n", static_cast<double>(result.back()));
}

int main() {
    cl::Context context{CL_DEVICE_TYPE_ALL};
    cl::CommandQueue upload{context};
    cl::CommandQueue compute{context};
    cl::CommandQueue download{context};
    cl::Buffer in{context, CL_MEM_READ_WRITE, 4096};
    cl::Buffer out{context, CL_MEM_READ_WRITE, 4096};
    std::vector<float> data(1024, 5.0F);
    juggle::Executor executor;
    executor.run(copy(upload, compute, download, in, out, data));
}

// prints:
// 5
