#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/job_queue.hpp>
#include <juggle/opencl.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace jcl = juggle::opencl;

namespace {

constexpr std::size_t length = 256;
constexpr std::size_t bytes = length * sizeof(float);

}  // namespace

DEVICE_TEST_CASE("buffers go round a pipeline of three queues without a race") {
    const cl::CommandQueue upload = device.queue();
    const cl::CommandQueue compute = device.queue();
    const cl::CommandQueue download = device.queue();
    cl::Kernel kernel = device.kernel(
        "kernel void triple(global float* out, global const float* in) {"
        "    size_t i = get_global_id(0); out[i] = 3 * in[i]; }",
        "triple");
    jcl::Resource<std::vector<float>> host_in{std::vector<float>(length)};
    jcl::Resource<std::vector<float>> host_out{std::vector<float>(length)};
    jcl::Resource<cl::Buffer> device_in{device.buffer(bytes)};
    jcl::Resource<cl::Buffer> device_out{device.buffer(bytes)};
    std::ptrdiff_t wrong = 0;
    const auto process = [&](int chunk, auto h_in, auto h_out, auto d_in,
                             auto d_out) -> juggle::Task<> {
        std::vector<float>& in = co_await h_in.wait_events();
        std::fill(in.begin(), in.end(), static_cast<float>(chunk));
        co_await d_in.wait_device(upload);
        upload.enqueueWriteBuffer(*d_in, CL_FALSE, 0, bytes, in.data());
        const cl::Event uploaded = jcl::marker(upload);
        h_in.ready(uploaded);
        co_await d_out.wait_device(compute);
        jcl::wait_on(compute, uploaded);
        kernel.setArg(0, *d_out);
        kernel.setArg(1, *d_in);
        compute.enqueueNDRangeKernel(kernel, cl::NullRange, cl::NDRange{length});
        const cl::Event computed = jcl::marker(compute);
        d_in.ready(computed);
        std::vector<float>& out = co_await h_out.wait_events();
        jcl::wait_on(download, computed);
        download.enqueueReadBuffer(*d_out, CL_FALSE, 0, bytes, out.data());
        const cl::Event downloaded = jcl::marker(download);
        d_out.ready(downloaded);
        co_await downloaded;
        wrong += std::ranges::count_if(
            out, [&](float value) { return value != 3 * static_cast<float>(chunk); });
        h_out.ready();
    };
    juggle::JobQueue jobs{4};
    for (int chunk = 0; chunk < 300; ++chunk) {
        co_await jobs.push(process(chunk, host_in.acquire(), host_out.acquire(),
                                   device_in.acquire(), device_out.acquire()));
    }
    co_await jobs.finish();
    CHECK(wrong == 0);
}
