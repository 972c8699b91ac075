#include "support/catch.hpp"
#include "support/opencl_device.hpp"
#include "support/steady_state.hpp"

#include <juggle/job_queue.hpp>
#include <juggle/opencl.hpp>
#include <juggle/sleep.hpp>

#include <algorithm>
#include <cstddef>
#include <latch>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

namespace jcl = juggle::opencl;
using support::error_status;
using support::exception_of;

namespace {

constexpr std::size_t length = 256;
constexpr std::size_t bytes = length * sizeof(float);

juggle::Task<> hold_for_host(jcl::ResourceAllocation<int> ticket) {
    co_await ticket.wait_events();
    ticket.ready();
}

juggle::Task<> hold_for_device(jcl::ResourceAllocation<int> ticket, cl::CommandQueue queue) {
    co_await ticket.wait_device(queue);
    ticket.ready();
}

}  // namespace

DEVICE_TEST_CASE("wait_events goes on when the events of the holder before have ended") {
    jcl::Resource<int> resource{0};
    const cl::UserEvent gate = device.gate();
    auto first = co_await resource.acquire();
    const auto second = executor.spawn(hold_for_host(resource.acquire()));
    first.ready(gate);
    co_await support::a_few_turns();
    CHECK_FALSE(second.done());
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await second;
}

DEVICE_TEST_CASE("wait hands the events over without waiting for them") {
    jcl::Resource<int> resource{0};
    const cl::UserEvent gate = device.gate();
    auto first = co_await resource.acquire();
    first.ready(gate);
    auto second = resource.acquire();
    const std::span<const cl::Event> events = co_await second.wait();
    REQUIRE(events.size() == 1);
    CHECK(events.front()() == gate());
    CHECK(support::status_of(gate) > CL_COMPLETE);
    second.ready();
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
}

DEVICE_TEST_CASE("wait_device makes the queue wait, and the host goes on") {
    jcl::Resource<int> resource{0};
    const cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto first = co_await resource.acquire();
    first.ready(gate);
    auto second = resource.acquire();
    co_await second.wait_device(queue);
    const cl::Event after = jcl::marker(queue);
    second.ready(after);
    co_await support::a_few_turns();
    CHECK(support::status_of(after) > CL_COMPLETE);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await after;
}

DEVICE_TEST_CASE("a failed event throws in every holder until somebody clears it") {
    jcl::Resource<int> resource{0};
    cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto first = co_await resource.acquire();
    const auto host = executor.spawn(hold_for_host(resource.acquire()));
    const auto on_device = executor.spawn(hold_for_device(resource.acquire(), queue));
    first.ready(gate);
    co_await support::a_few_turns();
    gate.setStatus(-5);
    const std::exception_ptr host_error = co_await exception_of(host);
    const std::exception_ptr device_error = co_await exception_of(on_device);
    CHECK(error_status(host_error) == -5);
    CHECK(error_status(device_error) == -5);
    resource.clear_poison();
    co_await hold_for_host(resource.acquire());
    co_await jcl::finish(queue);
}

DEVICE_TEST_CASE("a null event is refused where it is given, and nothing has changed") {
    jcl::Resource<int> resource{"counter", 0};
    auto holder = co_await resource.acquire();
    CHECK_THROWS_WITH(holder.track(cl::Event{}),
                      Catch::Contains("null event") && Catch::Contains("'counter'"));
    CHECK_THROWS_AS(holder.ready(jcl::marker(device.queue()), cl::Event{}), std::invalid_argument);
    CHECK(holder.held());
    holder.ready();
    auto next = resource.acquire();
    const std::span<const cl::Event> events = co_await next.wait();
    CHECK(events.empty());
    next.ready();
}

DEVICE_TEST_CASE("a stop request while waiting for events passes them on") {
    jcl::Resource<int> resource{0};
    const cl::UserEvent gate = device.gate();
    auto first = co_await resource.acquire();
    first.ready(gate);
    const auto second = executor.spawn(hold_for_host(resource.acquire()));
    co_await support::a_few_turns();
    second.request_stop();
    const std::exception_ptr error = co_await exception_of(second);
    CHECK(support::is<juggle::Cancelled>(error));
    auto third = resource.acquire();
    const std::span<const cl::Event> events = co_await third.wait();
    CHECK(events.size() == 1);
    third.ready();
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
}

TEST_CASE("host memory of a resource outlives the commands that touch it") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(1 << 16);
    const cl::UserEvent gate = device.gate();
    const std::vector<cl::Event> after_gate{gate};
    std::latch holding{1};
    std::jthread opener{[&] {
        holding.wait();
        cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    }};
    support::Reports reports;
    juggle::Executor executor{reports.options()};
    const auto read_into = [&](bool throws) -> juggle::Task<> {
        jcl::Resource<std::vector<char>> memory{std::vector<char>(1 << 16)};
        auto ticket = memory.acquire();
        std::vector<char>& host = co_await ticket.wait_events();
        cl::Event read;
        queue.enqueueReadBuffer(buffer, CL_FALSE, 0, host.size(), host.data(), &after_gate, &read);
        queue.flush();
        if (throws) {
            ticket.track(read);
            holding.count_down();
            throw std::runtime_error{"the holder failed"};
        }
        ticket.ready(read);
        holding.count_down();
    };
    SECTION("when it was released") { executor.run(read_into(false)); }
    SECTION("when its holder throws") {
        CHECK_THROWS_WITH(executor.run(read_into(true)), "the holder failed");
    }
    CHECK(support::status_of(gate) == CL_COMPLETE);
}

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
