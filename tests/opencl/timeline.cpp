// What a timeline shows of a device's queues.

#include "support/catch.hpp"
#include "support/opencl_device.hpp"
#include "support/recorded.hpp"

#include <juggle/opencl/enqueue.hpp>
#include <juggle/opencl/timeline.hpp>
#include <juggle/timeline.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using juggle::Timeline;
using juggle::TimelineLaneKind;
using juggle::detail::TimelineBar;
using juggle::detail::TimelineData;
using juggle::detail::TimelineLane;
using support::data_of;
using support::find_lane;
using support::lane;

namespace jcl = juggle::opencl;

namespace {

void CL_CALLBACK sleep_there(void* duration) {
    std::this_thread::sleep_for(*static_cast<const std::chrono::nanoseconds*>(duration));
}

/// A command that lasts so long at least.
cl::Event keep_busy(const cl::CommandQueue& queue, std::chrono::nanoseconds duration) {
    cl::Event done;
    support::check_cl(support::enqueue_native_kernel(queue, &sleep_there, duration, nullptr, &done),
                      "clEnqueueNativeKernel");
    return done;
}

cl::Event fill(const cl::CommandQueue& queue, const cl::Buffer& buffer,
               const std::vector<cl::Event>& after = {}) {
    cl::Event done;
    support::check_cl(queue.enqueueFillBuffer(buffer, cl_uint{7}, 0, 64, &after, &done),
                      "clEnqueueFillBuffer");
    return done;
}

}  // namespace

TEST_CASE("a command is shown in the device's own time, between what the host did around it") {
    const support::Device device;
    if (!device.has_native_kernels()) {
        return;  // no command that is known to last
    }
    const cl::CommandQueue queue = device.queue(CL_QUEUE_PROFILING_ENABLE);
    Timeline timeline;
    jcl::name_queue(timeline, queue, "compute");
    {
        const auto around = timeline.span("around");
        timeline.chunk(4);
        jcl::record(timeline, keep_busy(queue, 5ms), "sleep");
        support::check_cl(queue.finish(), "clFinish");
    }
    const TimelineData data = data_of(timeline);
    const TimelineLane& shown = lane(data, "compute");
    CHECK(shown.kind == TimelineLaneKind::queue);
    CHECK(shown.device_time);
    REQUIRE(shown.bars.size() == 1);
    CHECK(shown.bars[0].what == "sleep");
    CHECK(shown.bars[0].chunk == 4);
    CHECK(shown.bars[0].length() >= 4'900'000);
    // The clocks are compared to microseconds, unless another program comes between.
    const TimelineBar& around = lane(data, "around").bars.at(0);
    constexpr std::int64_t tolerance = 2'000'000;
    CHECK(shown.bars[0].begin >= around.begin - tolerance);
    CHECK(shown.bars[0].end <= around.end + tolerance);
}

TEST_CASE("a command may be shown on a lane of another name than its queue's") {
    const support::Device device;
    const cl::CommandQueue profiled = device.queue(CL_QUEUE_PROFILING_ENABLE);
    const cl::CommandQueue plain = device.queue();
    const cl::Buffer buffer = device.buffer(64);
    Timeline timeline;
    jcl::name_queue(timeline, profiled, "profiled");
    for (int chunk = 0; chunk < 3; ++chunk) {
        jcl::record(timeline, fill(profiled, buffer), {}, "upload");
        jcl::record(timeline, fill(profiled, buffer), "clear", "download");
        jcl::record(timeline, fill(profiled, buffer));
        jcl::record(timeline, fill(plain, buffer), {}, "untimed");
    }
    support::check_cl(profiled.finish(), "clFinish");
    support::check_cl(plain.finish(), "clFinish");
    const TimelineData data = data_of(timeline);
    REQUIRE(data.lanes.size() == 4);
    for (const auto& [name, what] : {std::pair{"upload", "fill buffer"},
                                     {"download", "clear"},
                                     {"profiled", "fill buffer"},
                                     {"untimed", "fill buffer"}}) {
        const TimelineLane& shown = lane(data, name);
        CAPTURE(name);
        CHECK(shown.kind == TimelineLaneKind::queue);
        CHECK(shown.device_time == (std::string{name} != "untimed"));
        REQUIRE(shown.bars.size() == 3);
        CHECK(shown.bars[2].what == what);
    }
    for (std::size_t chunk = 0; chunk < 3; ++chunk) {  // the queue is in order
        CHECK(lane(data, "upload").bars[chunk].end <= lane(data, "download").bars[chunk].begin);
        CHECK(lane(data, "download").bars[chunk].end <= lane(data, "profiled").bars[chunk].begin);
    }
}

TEST_CASE("without profiling a command lasts from when it was told of until its end was seen") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(64);
    const cl::UserEvent gate = device.gate();
    Timeline timeline;
    {
        const auto around = timeline.span("around");
        jcl::record(timeline, fill(queue, buffer, {gate}));
        jcl::record(timeline, fill(queue, buffer));
        support::check_cl(queue.flush(), "clFlush");
        const auto start = std::chrono::steady_clock::now();
        while (std::chrono::steady_clock::now() - start < 2ms) {}
        support::check_cl(cl::UserEvent{gate}.setStatus(CL_COMPLETE), "clSetUserEventStatus");
        support::check_cl(queue.finish(), "clFinish");
    }
    const TimelineData data = data_of(timeline);
    const TimelineLane& shown = lane(data, "queue 1");
    CHECK_FALSE(shown.device_time);
    REQUIRE(shown.bars.size() == 2);
    CHECK(shown.bars[0].what == "fill buffer");
    CHECK(shown.bars[0].length() >= 2'000'000);
    CHECK(shown.bars[0].begin >= lane(data, "around").bars.at(0).begin);
    // The queue is in order.
    CHECK(shown.bars[1].begin >= shown.bars[0].end);
}

TEST_CASE("events that guard a resource are shown by themselves, once, and markers are not") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue(CL_QUEUE_PROFILING_ENABLE);
    const cl::Buffer memory = device.buffer(64);
    Timeline timeline;
    jcl::Resource<int> first{"first", 0};
    jcl::Resource<int> second{"second", 0};
    juggle::Executor executor{{.observer = &timeline}};
    executor.run([](const cl::CommandQueue& commands, const cl::Buffer& buffer,
                    jcl::Resource<int>& one, jcl::Resource<int>& two) -> juggle::Task<> {
        auto mine = co_await one.acquire();
        auto other = co_await two.acquire();
        const cl::Event filled = fill(commands, buffer);
        mine.track(filled);
        other.track(filled);
        const cl::Event marker = jcl::marker(commands);
        mine.ready(filled, marker);
        other.ready(marker);
        co_await marker;
    }(queue, memory, first, second));
    const TimelineData data = data_of(timeline);
    REQUIRE(lane(data, "queue 1").bars.size() == 1);
    CHECK(lane(data, "queue 1").bars[0].what == "fill buffer");
    CHECK(lane(data, "queue 1").bars[0].task == 1);
    CHECK(data.lost == 0);
}

TEST_CASE("what is enqueued through tickets is shown by itself, by name if it has one") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue(CL_QUEUE_PROFILING_ENABLE);
    const cl::Buffer memory = device.buffer(64);
    Timeline timeline;
    jcl::Resource<int> first{"first", 0};
    jcl::Resource<int> second{"second", 0};
    juggle::Executor executor{{.observer = &timeline}};
    executor.run([](const cl::CommandQueue& commands, const cl::Buffer& buffer,
                    jcl::Resource<int>& one, jcl::Resource<int>& two) -> juggle::Task<> {
        auto mine = one.acquire();
        auto other = two.acquire();
        const cl::Event last = co_await jcl::enqueue(commands, mine, other, [&](jcl::Commands& of) {
            commands.enqueueFillBuffer(buffer, cl_uint{7}, 0, 64, of.wait_list(), of.event());
            commands.enqueueFillBuffer(buffer, cl_uint{8}, 0, 64, of.wait_list(),
                                       of.event("eights"));
            commands.enqueueMarkerWithWaitList(of.wait_list(), of.event());
            commands.enqueueMarkerWithWaitList(of.wait_list(), of.event("a library's"));
            commands.enqueueFillBuffer(buffer, cl_uint{9}, 0, 64, of.wait_list(),
                                       of.event("nines", "other lane"));
        });
        mine.ready();
        other.ready();
        co_await last;
    }(queue, memory, first, second));
    const TimelineData data = data_of(timeline);
    std::vector<std::string> shown;
    for (const TimelineBar& bar : lane(data, "queue 1").bars) {
        shown.emplace_back(bar.what);
        CHECK(bar.task == 1);
    }
    CHECK(shown == std::vector<std::string>{"fill buffer", "eights", "a library's"});
    REQUIRE(lane(data, "other lane").bars.size() == 1);
    CHECK(lane(data, "other lane").bars[0].what == "nines");
    CHECK(data.lost == 0);
}

TEST_CASE("a command that has not ended is shown when it has") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue(CL_QUEUE_PROFILING_ENABLE);
    const cl::CommandQueue other = device.queue(CL_QUEUE_PROFILING_ENABLE);
    const cl::Buffer buffer = device.buffer(64);
    const cl::UserEvent gate = device.gate();
    Timeline timeline;
    jcl::record(timeline, fill(queue, buffer, {gate}));
    jcl::record(timeline, fill(other, buffer));
    support::check_cl(queue.flush(), "clFlush");
    support::check_cl(other.finish(), "clFinish");
    {
        const TimelineData data = data_of(timeline);
        CHECK(find_lane(data, "queue 1") == nullptr);
        CHECK(lane(data, "queue 2").bars.size() == 1);  // not kept back by the one before
    }
    support::check_cl(cl::UserEvent{gate}.setStatus(CL_COMPLETE), "clSetUserEventStatus");
    support::check_cl(queue.finish(), "clFinish");
    const TimelineData data = data_of(timeline);
    CHECK(lane(data, "queue 1").bars.size() == 1);
    CHECK(lane(data, "queue 2").bars.size() == 1);
}

TEST_CASE("a timeline may go before the commands that it was told of have ended") {
    const support::Device device;
    const cl::CommandQueue profiled = device.queue(CL_QUEUE_PROFILING_ENABLE);
    const cl::CommandQueue plain = device.queue();
    const cl::Buffer buffer = device.buffer(64);
    const cl::UserEvent gate = device.gate();
    cl::Event last;
    {
        Timeline timeline;
        jcl::record(timeline, fill(profiled, buffer, {gate}));
        last = fill(plain, buffer, {gate});
        jcl::record(timeline, last);
    }
    Timeline next;  // whose notes the late callbacks must not touch
    const cl::UserEvent later = device.gate();
    jcl::record(next, fill(plain, buffer, {later}));
    support::check_cl(plain.flush(), "clFlush");
    support::check_cl(profiled.flush(), "clFlush");
    support::check_cl(cl::UserEvent{gate}.setStatus(CL_COMPLETE), "clSetUserEventStatus");
    support::check_cl(last.wait(), "clWaitForEvents");
    CHECK(find_lane(data_of(next), "queue 1") == nullptr);
    support::check_cl(cl::UserEvent{later}.setStatus(CL_COMPLETE), "clSetUserEventStatus");
    support::check_cl(plain.finish(), "clFinish");
    CHECK(lane(data_of(next), "queue 1").bars.size() == 1);
}

TEST_CASE("more commands than a timeline remembers are all shown") {
    const support::Device device;
    const cl::CommandQueue profiled = device.queue(CL_QUEUE_PROFILING_ENABLE);
    const cl::CommandQueue plain = device.queue();
    const cl::Buffer buffer = device.buffer(64);
    Timeline timeline;
    for (int command = 0; command < 1000; ++command) {
        jcl::record(timeline, fill(profiled, buffer));
        jcl::record(timeline, fill(plain, buffer));
    }
    support::check_cl(profiled.finish(), "clFinish");
    support::check_cl(plain.finish(), "clFinish");
    const TimelineData data = data_of(timeline);
    CHECK(lane(data, "queue 1").bars.size() == 1000);
    CHECK(lane(data, "queue 2").bars.size() == 1000);
    const auto& bars = lane(data, "queue 1").bars;
    for (std::size_t index = 1; index < bars.size(); ++index) {
        CHECK(bars[index].begin >= bars[index - 1].end);  // in order, by the device's clock
    }
}

TEST_CASE("what is no event, or no command of a queue, is not shown") {
    const support::Device device;
    Timeline timeline;
    jcl::record(timeline, cl::Event{});
    jcl::record(timeline, device.gate());
    CHECK(data_of(timeline).lanes.empty());
}
