// One chunk is computed while the next is copied to the device, and the one before it back.
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <cstddef>
#include <cstdio>
#include <vector>

namespace jcl = juggle::opencl;
using Floats = std::vector<float>;
template <class T>
using Ring = juggle::ResourceRing<T, cl::Event>;

constexpr std::size_t size = 1024;
constexpr std::size_t bytes = size * sizeof(float);

struct Pipeline {  // everything is allocated once
    cl::Context context{CL_DEVICE_TYPE_ALL};
    cl::CommandQueue upload{context};
    cl::CommandQueue compute{context};
    cl::CommandQueue download{context};
    cl::Program program{context,
                        "kernel void triple(global float* x) { x[get_global_id(0)] *= 3; }", true};
    cl::Kernel triple{program, "triple"};
    Ring<Floats> host{"host", 3, [](std::size_t) { return Floats(size); }};
    Ring<cl::Buffer> device{
        "device", 3, [this](std::size_t) { return cl::Buffer{context, CL_MEM_READ_WRITE, bytes}; }};
};

juggle::Task<> process(Pipeline& p, Ring<Floats>::Allocation host,
                       Ring<cl::Buffer>::Allocation device, int chunk) {
    Floats& floats = co_await host.wait_events();
    floats.assign(size, static_cast<float>(chunk));
    co_await jcl::enqueue(p.upload, host, device, [&](jcl::Commands& commands) {
        p.upload.enqueueWriteBuffer(*device, CL_FALSE, 0, bytes, floats.data(),
                                    commands.wait_list(), commands.event());
    });
    co_await jcl::enqueue(p.compute, device, [&](jcl::Commands& commands) {
        p.triple.setArg(0, *device);
        p.compute.enqueueNDRangeKernel(p.triple, cl::NullRange, cl::NDRange{size}, cl::NullRange,
                                       commands.wait_list(), commands.event());
    });
    const cl::Event copied =
        co_await jcl::enqueue(p.download, device, host, [&](jcl::Commands& commands) {
            p.download.enqueueReadBuffer(*device, CL_FALSE, 0, bytes, floats.data(),
                                         commands.wait_list(), commands.event());
        });
    device.ready();   // the next upload into it waits for this download, on the device
    co_await copied;  // the only wait of the host for a command: it reads
    std::printf("chunk %d: %g\n", chunk, static_cast<double>(floats.back()));
    host.ready();
}

juggle::Task<> stream(Pipeline& p) {
    juggle::JobQueue jobs{3};  // three chunks in flight
    for (int chunk = 0; chunk < 6; ++chunk) {
        co_await jobs.push(process(p, p.host.acquire(), p.device.acquire(), chunk));
    }
    co_await jobs.finish();
}

int main() {
    Pipeline pipeline;
    juggle::Executor executor;
    executor.run(stream(pipeline));
}

// prints, in any order:
// chunk 0: 0
// chunk 1: 3
// chunk 2: 6
// chunk 3: 9
// chunk 4: 12
// chunk 5: 15
