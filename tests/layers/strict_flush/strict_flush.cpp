#include "../loaded_layer.hpp"
#include "strict_flush_layer.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <atomic>
#include <thread>
#include <vector>

using support::StrictFlush;
using support::wait_until_complete;

namespace {

/// A command in the queue that nobody flushes.
cl::Event fill(const cl::CommandQueue& queue, const cl::Buffer& buffer, int value = 1,
               const std::vector<cl::Event>* after = nullptr) {
    cl::Event event;
    support::check_cl(queue.enqueueFillBuffer(buffer, value, 0, sizeof value, after, &event),
                      "clEnqueueFillBuffer");
    return event;
}

/// Does what may open the gate, and says whether that did.
template <class Open>
bool opens(Open open) {
    const support::Device device;
    const StrictFlush layer;
    cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(sizeof(int));
    const cl::Event event = fill(queue, buffer);
    REQUIRE(layer.unflushed(queue) == 1);
    REQUIRE(support::status_of(event) > CL_COMPLETE);
    open(device, queue, buffer, event);
    if (queue() != nullptr && layer.unflushed(queue) != 0) {
        queue.flush();
        wait_until_complete(event);
        return false;
    }
    wait_until_complete(event);
    return true;
}

}  // namespace

TEST_CASE("strict flush: what flushes by the specification starts the commands") {
    using support::Device;
    CHECK(opens([](const Device&, cl::CommandQueue& queue, const cl::Buffer&, const cl::Event&) {
        queue.flush();
    }));
    CHECK(opens([](const Device&, cl::CommandQueue& queue, const cl::Buffer&, const cl::Event&) {
        queue.finish();
    }));
    CHECK(opens([](const Device&, cl::CommandQueue&, const cl::Buffer&, const cl::Event& event) {
        event.wait();
    }));
    CHECK(opens(
        [](const Device&, cl::CommandQueue& queue, const cl::Buffer& buffer, const cl::Event&) {
            int value = 0;
            queue.enqueueReadBuffer(buffer, CL_TRUE, 0, sizeof value, &value);
            CHECK(value == 1);
        }));
    CHECK(opens(
        [](const Device&, cl::CommandQueue& queue, const cl::Buffer& buffer, const cl::Event&) {
            void* mapped = queue.enqueueMapBuffer(buffer, CL_TRUE, CL_MAP_READ, 0, sizeof(int));
            queue.enqueueUnmapMemObject(buffer, mapped);
            queue.finish();
        }));
    CHECK(opens([](const Device&, cl::CommandQueue& queue, const cl::Buffer&, const cl::Event&) {
        queue = cl::CommandQueue{};  // the last reference
    }));
}

TEST_CASE("strict flush: nothing else starts them") {
    using support::Device;
    CHECK_FALSE(opens([](const Device& device, cl::CommandQueue&, const cl::Buffer& buffer,
                         const cl::Event& event) {
        const cl::CommandQueue other = device.queue();
        fill(other, buffer, 2, nullptr);
        other.finish();
        CHECK(support::status_of(event) > CL_COMPLETE);
    }));
    CHECK_FALSE(opens([](const Device&, cl::CommandQueue&, const cl::Buffer&,
                         cl::Event event) {  // looking and asking to be called
        static std::atomic<int> calls{0};
        event.setCallback(CL_COMPLETE, [](cl_event, cl_int, void*) { ++calls; }, nullptr);
        CHECK(support::status_of(event) > CL_COMPLETE);
        CHECK(calls == 0);
    }));
    CHECK_FALSE(
        opens([](const Device&, cl::CommandQueue& queue, const cl::Buffer&, const cl::Event&) {
            const cl::CommandQueue copy = queue;  // given back at once
        }));
    CHECK_FALSE(
        opens([](const Device&, cl::CommandQueue& queue, const cl::Buffer&, const cl::Event&) {
            cl::Event marker;
            queue.enqueueMarkerWithWaitList(nullptr, &marker);
            CHECK(support::status_of(marker) > CL_COMPLETE);
        }));
}

TEST_CASE("strict flush: a marker without a list waits for everything so far, in any queue") {
    const support::Device device;
    const StrictFlush layer;
    for (const cl_command_queue_properties order :
         {cl_command_queue_properties{0},
          cl_command_queue_properties{CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE}}) {
        const cl::CommandQueue queue = device.queue(order);
        const cl::Buffer buffer = device.buffer(sizeof(int));
        cl::UserEvent gate = device.gate();
        const std::vector<cl::Event> after_gate{gate};
        const cl::Event filled = fill(queue, buffer, 1, &after_gate);
        cl::Event marker;
        cl::Event barrier;
        queue.enqueueMarkerWithWaitList(nullptr, &marker);
        queue.enqueueBarrierWithWaitList(nullptr, &barrier);
        queue.flush();
        CHECK(support::status_of(marker) > CL_COMPLETE);
        CHECK(support::status_of(barrier) > CL_COMPLETE);
        gate.setStatus(CL_COMPLETE);
        barrier.wait();
        CHECK(support::status_of(filled) == CL_COMPLETE);
        CHECK(support::status_of(marker) == CL_COMPLETE);
    }
}

TEST_CASE("strict flush: a pipeline of which only the last queue is flushed stands still") {
    const support::Device device;
    const StrictFlush layer;
    const cl::CommandQueue upload = device.queue();
    const cl::CommandQueue download = device.queue();
    const cl::Buffer buffer = device.buffer(sizeof(int));
    const int in = 42;
    int out = 0;
    std::vector<cl::Event> uploaded(1);
    cl::Event downloaded;
    upload.enqueueWriteBuffer(buffer, CL_FALSE, 0, sizeof in, &in, nullptr, uploaded.data());
    download.enqueueReadBuffer(buffer, CL_FALSE, 0, sizeof out, &out, &uploaded, &downloaded);
    download.flush();
    CHECK(layer.unflushed(upload) == 1);
    CHECK(layer.unflushed(download) == 0);

    // Someone waits for the download: the layer says which flush is missing.
    std::thread waiting{[&] { download.finish(); }};
    std::string report;
    while (report.find("clFinish waits for command") == std::string::npos) {
        report = layer.report();
    }
    CHECK(support::contains(report, "clEnqueueWriteBuffer"));
    CHECK(support::contains(report, "nobody has flushed"));
    CHECK(support::status_of(downloaded) > CL_COMPLETE);
    upload.flush();
    waiting.join();
    CHECK(out == 42);
    CHECK(layer.report().empty());
}

TEST_CASE("strict flush: a command that is flushed and slow is not a missing flush") {
    const support::Device device;
    const StrictFlush layer;
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(sizeof(int));
    cl::UserEvent gate = device.gate();
    const std::vector<cl::Event> after_gate{gate};
    const cl::Event event = fill(queue, buffer, 1, &after_gate);
    CHECK(support::status_of(event) > CL_COMPLETE);
    CHECK(support::contains(layer.report(), "a look at the status"));
    queue.flush();
    CHECK(layer.report().empty());
    gate.setStatus(CL_COMPLETE);
    event.wait();
}

TEST_CASE("strict flush: nobody sees that the layer has references of its own") {
    const support::Device device;
    const StrictFlush layer;
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(sizeof(int));
    const cl::UserEvent gate = device.gate();
    const std::vector<cl::Event> after_gate{gate};
    const cl::Event event = fill(queue, buffer, 1, &after_gate);
    const cl_uint held_back = support::references(event);
    queue.flush();  // by which drivers may give references back, as they may at any time
    CHECK(support::references(event) <= held_back);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    queue.finish();
    CHECK(support::references(event) <= held_back);
}

TEST_CASE("strict flush: a command fails behind the closed gate, and the gate opens after it") {
    const support::Device device;
    const StrictFlush layer;
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(sizeof(int));
    for (int time = 0; time < 100; ++time) {
        cl::UserEvent gate = device.gate();
        const std::vector<cl::Event> after_gate{gate};
        fill(queue, buffer, 1, &after_gate);  // and lets its event go
        gate.setStatus(-5);
        queue.flush();
    }
}

TEST_CASE("strict flush: threads may enqueue and flush at one time") {
    const support::Device device;
    const StrictFlush layer;
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(sizeof(int));
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int time = 0; time < 200; ++time) {
                const cl::Event event = fill(queue, buffer);
                queue.flush();
                wait_until_complete(event);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(layer.unflushed(queue) == 0);
}
