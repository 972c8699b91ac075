#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <vector>

juggle::Task<int> answer(cl::CommandQueue& queue) {
    co_await juggle::opencl::finish(queue);
    co_return 42;
}

int main() {
    std::vector<cl::Platform> platforms;
    cl::Platform::get(&platforms);
    for (const cl::Platform& platform : platforms) {
        std::vector<cl::Device> devices;
        platform.getDevices(CL_DEVICE_TYPE_ALL, &devices);
        if (devices.empty())
            continue;
        cl::Context context(devices.front());
        cl::CommandQueue queue(context, devices.front());
        juggle::Executor executor;
        return executor.run(answer(queue)) == 42 ? 0 : 1;
    }
    return 2;  // no device
}
