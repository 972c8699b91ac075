// A device fills a buffer, and the next ticket's holder reads it after the event of that command.
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <cstdio>
#include <vector>

using Buffer = juggle::Resource<cl::Buffer, cl::Event>;

juggle::Task<> fill(cl::CommandQueue& queue, Buffer::Allocation ticket) {
    cl::Buffer& buffer = co_await ticket.wait_events();
    cl::Event filled;
    queue.enqueueFillBuffer(buffer, cl_int{42}, 0, sizeof(cl_int), nullptr, &filled);
    queue.flush();
    ticket.ready(filled);
}

juggle::Task<int> read(cl::CommandQueue& queue, Buffer::Allocation ticket) {
    cl::Buffer& buffer = co_await ticket.wait_events();
    cl_int value = 0;
    cl::Event downloaded;
    queue.enqueueReadBuffer(buffer, CL_FALSE, 0, sizeof(value), &value, nullptr, &downloaded);
    co_await downloaded;
    ticket.ready();
    co_return value;
}

juggle::Task<int> both(cl::CommandQueue& queue, Buffer& buffer) {
    Buffer::Allocation first = buffer.acquire();
    Buffer::Allocation second = buffer.acquire();
    co_await fill(queue, std::move(first));
    co_return co_await read(queue, std::move(second));
}

int main() {
    std::vector<cl::Platform> platforms;
    cl::Platform::get(&platforms);
    for (const cl::Platform& platform : platforms) {
        std::vector<cl::Device> devices;
        platform.getDevices(CL_DEVICE_TYPE_ALL, &devices);
        if (devices.empty()) {
            continue;
        }
        cl::Context context{devices.front()};
        cl::CommandQueue queue{context, devices.front()};
        Buffer buffer{"buffer", cl::Buffer{context, CL_MEM_READ_WRITE, sizeof(cl_int)}};
        juggle::Executor executor;
        const int value = executor.run(both(queue, buffer));
        std::printf("opencl: read %d from %s\n", value,
                    devices.front().getInfo<CL_DEVICE_NAME>().c_str());
        return value == 42 ? 0 : 1;
    }
    std::puts("opencl: linked, but there is no device to run it on");
}
