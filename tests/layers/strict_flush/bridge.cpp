// The bridge under the strict flush layer: it misses no flush.

#include "strict_flush_layer.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/job_queue.hpp>
#include <juggle/opencl.hpp>

#include <vector>

namespace jcl = juggle::opencl;
using support::await_event;
using support::StrictFlush;
using support::Unflushed;
using support::wait_until_complete;

DEVICE_TEST_CASE("under strict flush, awaiting an event flushes its queue") {
    const StrictFlush layer;
    const Unflushed upload{device};
    CHECK(layer.unflushed(upload.queue) == 1);
    const auto task = executor.spawn(await_event(upload.uploaded));
    co_await support::a_few_turns();
    REQUIRE(layer.unflushed(upload.queue) == 0);
    co_await task;
}

DEVICE_TEST_CASE("under strict flush, wait_for_events flushes the queues of all its events") {
    const StrictFlush layer;
    const Unflushed first{device};
    const Unflushed second{device};
    const auto task =
        executor.spawn([](const cl::Event& one, const cl::Event& other) -> juggle::Task<> {
            co_await jcl::wait_for_events(one, other);
        }(first.uploaded, second.uploaded));
    co_await support::a_few_turns();
    REQUIRE(layer.unflushed(first.queue) == 0);
    REQUIRE(layer.unflushed(second.queue) == 0);
    co_await task;
    CHECK(support::status_of(second.uploaded) == CL_COMPLETE);
}

DEVICE_TEST_CASE("under strict flush, a wait that is cancelled has flushed the queue") {
    const StrictFlush layer;
    const Unflushed upload{device};
    const auto task = executor.spawn(await_event(upload.uploaded));
    co_await juggle::yield();
    task.request_stop();
    (void)co_await support::exception_of(task);
    REQUIRE(layer.unflushed(upload.queue) == 0);
    wait_until_complete(upload.uploaded);
}

DEVICE_TEST_CASE("under strict flush, wait_on flushes the queue of the event") {
    const StrictFlush layer;
    const Unflushed upload{device};
    const cl::CommandQueue download = device.queue();
    int out = 0;
    jcl::wait_on(download, upload.uploaded);
    REQUIRE(layer.unflushed(upload.queue) == 0);
    download.enqueueReadBuffer(upload.buffer, CL_FALSE, 0, sizeof out, &out);
    co_await jcl::finish(download);
    CHECK(out == 42);
}

DEVICE_TEST_CASE("under strict flush, a marker flushes its queue") {
    const StrictFlush layer;
    const Unflushed upload{device};
    const cl::Event marker = jcl::marker(upload.queue);
    REQUIRE(layer.unflushed(upload.queue) == 0);
    wait_until_complete(marker);
    CHECK(support::status_of(upload.uploaded) == CL_COMPLETE);
    co_return;
}

DEVICE_TEST_CASE("under strict flush, a resource's value outlives what nobody flushed") {
    const StrictFlush layer;
    const Unflushed upload{device};
    {
        jcl::Resource<int> resource{0};
        auto allocation = co_await resource.acquire();
        allocation.ready(upload.uploaded);
    }
    CHECK(support::status_of(upload.uploaded) == CL_COMPLETE);
}

DEVICE_TEST_CASE("under strict flush, acquire waits for events that nobody flushed") {
    const StrictFlush layer;
    jcl::Resource<int> on_host{0};
    jcl::Resource<int> on_device{0};
    const Unflushed first{device};
    const Unflushed second{device};
    auto one = co_await on_host.acquire();
    one.ready(first.uploaded);
    auto two = co_await on_device.acquire();
    two.ready(second.uploaded);

    auto host = on_host.acquire();
    co_await host.wait_events();
    CHECK(support::status_of(first.uploaded) == CL_COMPLETE);
    host.ready();
    const cl::CommandQueue queue = device.queue();
    auto there = on_device.acquire();
    co_await there.wait_device(queue);
    co_await jcl::finish(queue);
    CHECK(support::status_of(second.uploaded) == CL_COMPLETE);
    there.ready();
}

DEVICE_TEST_CASE("under strict flush, a flush missing in the program's own calls is told") {
    const StrictFlush layer;
    const Unflushed upload{device};
    const cl::CommandQueue download = device.queue();
    int out = 0;
    const std::vector<cl::Event> uploaded{upload.uploaded};
    cl::Event downloaded;
    // Behind the bridge's back: wait_on would have flushed.
    download.enqueueReadBuffer(upload.buffer, CL_FALSE, 0, sizeof out, &out, &uploaded,
                               &downloaded);
    const auto task = executor.spawn(await_event(downloaded));
    co_await support::a_few_turns();
    CHECK_FALSE(task.done());
    const std::string report = layer.report();
    CHECK(support::contains(report, "clSetEventCallback"));
    CHECK(support::contains(report, "clEnqueueWriteBuffer"));
    CHECK(support::status_of(upload.uploaded) > CL_COMPLETE);
    upload.queue.flush();
    co_await task;
    CHECK(out == 42);
}
