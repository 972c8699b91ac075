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
    co_await jcl::enqueue(p.upload, device, [&](jcl::Commands& commands) {
        p.upload.enqueueFillBuffer(*device, number, 0, 4096, commands.wait_list(),
                                   commands.event());  // the queue waits, not the host
    });
    const cl::Event read =
        co_await jcl::enqueue(p.download, device, host, [&](jcl::Commands& commands) {
            p.download.enqueueReadBuffer(*device, CL_FALSE, 0, 4096, host->data(),
                                         commands.wait_list(), commands.event());
        });
    device.ready();
    co_await read;
    std::printf("%g\n", static_cast<double>(host->front()));
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
