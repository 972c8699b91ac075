#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/opencl/finish.hpp>
#include <juggle/yield.hpp>

#include <vector>

namespace jcl = juggle::opencl;

namespace {

juggle::Task<> finish_queue(cl::CommandQueue queue) { co_await jcl::finish(queue); }

}  // namespace

DEVICE_TEST_CASE("finish waits for everything that was enqueued, and lets others run meanwhile") {
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(sizeof(int));
    const cl::UserEvent gate = device.gate();
    const std::vector<cl::Event> after_gate{gate};
    const int in = 5;
    int out = 0;
    queue.enqueueWriteBuffer(buffer, CL_FALSE, 0, sizeof in, &in, &after_gate);
    queue.enqueueReadBuffer(buffer, CL_FALSE, 0, sizeof out, &out);
    const auto finished = executor.spawn(finish_queue(queue));
    co_await juggle::yield();
    co_await juggle::yield();
    CHECK_FALSE(finished.done());
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await finished;
    CHECK(out == 5);
}

DEVICE_TEST_CASE("finish of an idle queue goes on soon") {
    const cl::CommandQueue queue = device.queue();
    for (int time = 0; time < 100; ++time) {
        co_await jcl::finish(queue);
    }
}
