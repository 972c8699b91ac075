#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/opencl/finish.hpp>
#include <juggle/opencl/marker.hpp>
#include <juggle/opencl/wait_on.hpp>

#include <vector>

namespace jcl = juggle::opencl;

namespace {

/// The error of `wait_on`, as a status; zero if there is none.
cl_int refused(const cl::CommandQueue& queue, const cl::Event& event) {
    try {
        jcl::wait_on(queue, event);
        return 0;
    } catch (const jcl::Error& error) {
        return error.status();
    }
}

}  // namespace

DEVICE_TEST_CASE("a queue that waits on an event starts nothing before it") {
    const cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    jcl::wait_on(queue, gate);
    const cl::Event after = jcl::marker(queue);
    co_await support::a_few_turns();
    CHECK(support::status_of(after) > CL_COMPLETE);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await after;
}

DEVICE_TEST_CASE("a queue waits on commands of another, whether or not that was flushed") {
    const cl::CommandQueue producer = device.queue();
    const cl::CommandQueue consumer = device.queue();
    const cl::Buffer buffer = device.buffer(sizeof(int));
    for (int in = 1; in <= 100; ++in) {
        int out = 0;
        cl::Event written;
        producer.enqueueWriteBuffer(buffer, CL_FALSE, 0, sizeof in, &in, nullptr, &written);
        jcl::wait_on(consumer, written);
        consumer.enqueueReadBuffer(buffer, CL_FALSE, 0, sizeof out, &out);
        co_await jcl::finish(consumer);
        CHECK(out == in);
    }
}

DEVICE_TEST_CASE("an out-of-order queue waits on its own commands, an in-order one need not") {
    for (const cl_command_queue_properties properties :
         {cl_command_queue_properties{0},
          cl_command_queue_properties{CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE}}) {
        const cl::CommandQueue queue = device.queue(properties);
        const cl::UserEvent gate = device.gate();
        const std::vector<cl::Event> after_gate{gate};
        const cl::Buffer buffer = device.buffer(64);
        cl::Event first;
        queue.enqueueFillBuffer(buffer, 1, 0, 64, &after_gate, &first);
        jcl::wait_on(queue, first);
        cl::Event second;
        queue.enqueueFillBuffer(buffer, 2, 0, 64, nullptr, &second);
        queue.flush();
        co_await support::a_few_turns();
        CHECK(support::status_of(second) > CL_COMPLETE);
        cl::UserEvent{gate}.setStatus(CL_COMPLETE);
        co_await second;
        CHECK(support::status_of(first) == CL_COMPLETE);
    }
}

DEVICE_TEST_CASE("a queue waits on as many events as there are") {
    std::vector<cl::UserEvent> gates;
    for (int gate = 0; gate < 40; ++gate) {
        gates.push_back(device.gate());
    }
    const std::vector<cl::Event> events{gates.begin(), gates.end()};
    const cl::CommandQueue queue = device.queue();
    jcl::wait_on(queue, events);
    const cl::Event after = jcl::marker(queue);
    for (cl::UserEvent& gate : gates) {
        CHECK(support::status_of(after) > CL_COMPLETE);
        gate.setStatus(CL_COMPLETE);
    }
    co_await after;
}

DEVICE_TEST_CASE("a failed, a null and a foreign event are refused before anything is enqueued") {
    const cl::CommandQueue queue = device.queue();
    cl::UserEvent failed = device.gate();
    failed.setStatus(-7);
    CHECK(refused(queue, failed) == -7);
    CHECK(refused(queue, cl::Event{}) == CL_INVALID_EVENT);
    const cl::UserEvent foreign{device.make_context()};
    CHECK(refused(queue, foreign) == CL_INVALID_CONTEXT);
    CHECK(refused(cl::CommandQueue{}, foreign) == CL_INVALID_COMMAND_QUEUE);
    co_await jcl::finish(queue);
}

DEVICE_TEST_CASE("the message of a refusal names the argument and which event it is") {
    const cl::CommandQueue queue = device.queue();
    const cl::UserEvent good = device.gate();
    cl::UserEvent failed = device.gate();
    failed.setStatus(-7);
    const std::vector<cl::Event> events{good, failed};
    CHECK_THROWS_WITH(jcl::wait_on(queue, events), Catch::Contains("'events'") &&
                                                       Catch::Contains("number 1") &&
                                                       Catch::Contains("a user event"));
    cl::UserEvent{good}.setStatus(CL_COMPLETE);
    co_return;
}
