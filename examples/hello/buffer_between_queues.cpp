// Chunks share a device buffer: the next one is written as soon as the device has read the last.
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <cstdio>
#include <vector>

namespace jcl = juggle::opencl;
using Floats = std::vector<float>;

struct Pipeline {
    cl::Context context{CL_DEVICE_TYPE_ALL};
    cl::CommandQueue upload{context};
    cl::CommandQueue download{context};
    jcl::Resource<cl::Buffer> device{"device", cl::Buffer{context, CL_MEM_READ_WRITE, 4096}};
    jcl::Resource<Floats> host{"host", Floats(1024)};
};

juggle::Task<> chunk(Pipeline& p, jcl::ResourceAllocation<cl::Buffer> device,
                     jcl::ResourceAllocation<Floats> host, float number) {
    cl::Buffer& buffer = co_await device.wait_device(p.upload);  // the queue waits, not the host
    p.upload.enqueueFillBuffer(buffer, number, 0, 4096);
    const cl::Event filled = jcl::marker(p.upload);
    device.track(filled);

    Floats& floats = co_await host.wait_events();
    jcl::wait_on(p.download, filled);
    p.download.enqueueReadBuffer(buffer, CL_FALSE, 0, 4096, floats.data());
    const cl::Event read = jcl::marker(p.download);
    device.ready(read);
    host.track(read);
    co_await read;
    std::printf("%g\n", static_cast<double>(floats.front()));
    host.ready();
}

juggle::Task<> stream(Pipeline& p) {
    juggle::JobQueue jobs{2};
    for (int number = 0; number < 4; ++number) {
        co_await jobs.push(
            chunk(p, p.device.acquire(), p.host.acquire(), static_cast<float>(number)));
    }
    co_await jobs.finish();
}

int main() {
    Pipeline pipeline;
    juggle::Executor executor;
    executor.run(stream(pipeline));
}

// prints:
// 0
// 1
// 2
// 3
