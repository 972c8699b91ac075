#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/opencl/marker.hpp>
#include <juggle/sleep.hpp>

#include <chrono>
#include <vector>

namespace jcl = juggle::opencl;

DEVICE_TEST_CASE("a marker completes after everything enqueued before it") {
    for (const cl_command_queue_properties properties :
         {cl_command_queue_properties{0},
          cl_command_queue_properties{CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE}}) {
        const cl::CommandQueue queue = device.queue(properties);
        const cl::Buffer buffer = device.buffer(sizeof(int));
        const cl::UserEvent gate = device.gate();
        const std::vector<cl::Event> after_gate{gate};
        const int in = 5;
        cl::Event written;
        queue.enqueueWriteBuffer(buffer, CL_FALSE, 0, sizeof in, &in, &after_gate, &written);
        const cl::Event marker = jcl::marker(queue);
        CHECK(support::status_of(marker) > CL_COMPLETE);
        cl::UserEvent{gate}.setStatus(CL_COMPLETE);
        co_await marker;
        CHECK(support::status_of(written) == CL_COMPLETE);
    }
}

DEVICE_TEST_CASE("a marker has one reference, the caller's") {
    const cl::CommandQueue queue = device.queue();
    const cl::Event marker = jcl::marker(queue);
    co_await marker;
    // The driver's thread gives its own back after it has called.
    constexpr int max_pauses = 100'000;
    for (int pause = 0; pause < max_pauses && support::references(marker) != 1; ++pause) {
        co_await juggle::sleep_for(std::chrono::microseconds{100});
    }
    CHECK(support::references(marker) == 1);
}

TEST_CASE("a marker on no queue is an error that says so") {
    try {
        (void)jcl::marker(cl::CommandQueue{});
        FAIL("no error");
    } catch (const jcl::Error& error) {
        CHECK(error.status() == CL_INVALID_COMMAND_QUEUE);
        CHECK(support::contains(error.what(), "marker"));
    }
}
