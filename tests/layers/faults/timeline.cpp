// What a timeline makes of a driver that lies about times.

#include "fault_layer.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"
#include "support/recorded.hpp"

#include <juggle/opencl/timeline.hpp>
#include <juggle/timeline.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using juggle::Timeline;
using juggle::detail::TimelineBar;
using juggle::detail::TimelineData;
using juggle::detail::TimelineLane;
using support::data_of;
using support::Faults;
using support::find_lane;

namespace jcl = juggle::opencl;

namespace {

struct Lie {
    const char* what;
    juggle_cl_faults_time_fn forge;
    bool device_time;  // what is left is enough
};

const std::vector<Lie> lies{
    {"the truth", nullptr, true},
    {"no time of being queued",
     [](unsigned what, unsigned long long time) {
         return what == CL_PROFILING_COMMAND_QUEUED ? 0 : time;
     },
     true},
    {"no time of being queued or submitted",
     [](unsigned what, unsigned long long time) {
         return what == CL_PROFILING_COMMAND_QUEUED || what == CL_PROFILING_COMMAND_SUBMIT ? 0
                                                                                           : time;
     },
     true},
    {"queued and submitted after the start",
     [](unsigned what, unsigned long long time) {
         return what == CL_PROFILING_COMMAND_QUEUED || what == CL_PROFILING_COMMAND_SUBMIT
                    ? time + 5'000'000'000
                    : time;
     },
     true},
    {"queued and submitted by another clock",
     [](unsigned what, unsigned long long time) {
         return what == CL_PROFILING_COMMAND_QUEUED || what == CL_PROFILING_COMMAND_SUBMIT
                    ? time / 2
                    : time;
     },
     true},
    {"another epoch",
     [](unsigned, unsigned long long time) { return time + 1'700'000'000'000'000'000; }, true},
    {"ended before it started",
     [](unsigned what, unsigned long long time) {
         return what == CL_PROFILING_COMMAND_END ? time - 1'000'000'000 : time;
     },
     false},
    {"no start",
     [](unsigned what, unsigned long long time) {
         return what == CL_PROFILING_COMMAND_START ? 0 : time;
     },
     false},
    {"nothing", [](unsigned, unsigned long long) { return 0ULL; }, false},
    {"all ones", [](unsigned, unsigned long long) { return ~0ULL; }, false},
    {"one time for all", [](unsigned, unsigned long long) { return 1'000'000'000ULL; }, false},
    {"microseconds", [](unsigned, unsigned long long time) { return time / 1000; }, false},
    {"picoseconds", [](unsigned, unsigned long long time) { return time * 1000; }, false},
    {"ended in an hour",
     [](unsigned what, unsigned long long time) {
         return what == CL_PROFILING_COMMAND_END ? time + 3'600'000'000'000 : time;
     },
     false},
};

/// A command behind a gate that opens after a while; the lane's data.
TimelineData run_command(const support::Device& device, const cl::CommandQueue& queue) {
    Timeline timeline;
    jcl::name_queue(timeline, queue, "queue");
    const cl::Buffer buffer = device.buffer(64);
    const auto run = [&](const char* what) {
        const auto around = timeline.span(what);
        cl::UserEvent gate = device.gate();
        const std::vector<cl::Event> after_gate{gate};
        cl::Event filled;
        support::check_cl(queue.enqueueFillBuffer(buffer, cl_uint{7}, 0, 64, &after_gate, &filled),
                          "clEnqueueFillBuffer");
        jcl::record(timeline, filled, what);
        support::check_cl(gate.setStatus(CL_COMPLETE), "clSetUserEventStatus");
        support::check_cl(queue.finish(), "clFinish");
    };
    run("first");
    (void)data_of(timeline);  // by now the clocks are known, or known to be of no use
    run("second");
    return data_of(timeline);
}

}  // namespace

TEST_CASE("under faults, a command is shown where it was, whatever the driver says of times") {
    const support::Device device;
    for (const Lie& lie : lies) {
        INFO(lie.what);
        const cl::CommandQueue queue = device.queue(CL_QUEUE_PROFILING_ENABLE);
        const Faults faults;
        faults.forge_times(lie.forge);
        const TimelineData data = run_command(device, queue);
        const TimelineLane* shown = find_lane(data, "queue");
        REQUIRE(shown != nullptr);
        CHECK(shown->device_time == lie.device_time);
        REQUIRE(shown->bars.size() == 2);
        CHECK(data.lost == 0);
        for (const auto& bar : shown->bars) {
            INFO(bar.what);
            const TimelineLane* host = find_lane(data, bar.what);
            REQUIRE(host != nullptr);
            constexpr std::int64_t busy_machine = 1'000'000'000;  // the lies are greater
            CHECK(bar.begin <= bar.end);
            CHECK(bar.begin >= host->bars.at(0).begin - busy_machine);
            CHECK(bar.begin <= host->bars.at(0).end + busy_machine);
            CHECK((!lie.device_time || bar.end <= host->bars.at(0).end + busy_machine));
        }
    }
}

TEST_CASE(
    "under faults, a driver whose commands have other times than its markers is not believed") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue(CL_QUEUE_PROFILING_ENABLE);
    const cl::Buffer buffer = device.buffer(64);
    Timeline timeline;
    const Faults faults;
    const auto run = [&] {
        cl::UserEvent gate = device.gate();
        const std::vector<cl::Event> after_gate{gate};
        cl::Event filled;
        support::check_cl(queue.enqueueFillBuffer(buffer, cl_uint{7}, 0, 64, &after_gate, &filled),
                          "clEnqueueFillBuffer");
        jcl::record(timeline, filled);
        support::check_cl(gate.setStatus(CL_COMPLETE), "clSetUserEventStatus");
        support::check_cl(queue.finish(), "clFinish");
        return data_of(timeline);
    };
    const TimelineData before = run();
    const TimelineBar first = before.lanes.at(0).bars.at(0);
    CHECK(before.lanes.at(0).device_time);
    for (const juggle_cl_faults_time_fn forge : {
             juggle_cl_faults_time_fn{
                 [](unsigned, unsigned long long time) { return time + 3'600'000'000'000; }},
             juggle_cl_faults_time_fn{
                 [](unsigned, unsigned long long time) { return time - 3'600'000'000; }},
         }) {
        faults.forge_times(forge);
        (void)run();
    }
    { const auto after = timeline.span("after"); }
    const TimelineData data = data_of(timeline);
    const TimelineLane* after = find_lane(data, "after");
    const TimelineLane* shown = find_lane(data, "queue 1");
    REQUIRE(after != nullptr);
    REQUIRE(shown != nullptr);
    REQUIRE(shown->bars.size() == 3);
    for (const auto& bar : shown->bars) {
        CHECK(bar.begin >= first.begin);
        CHECK(bar.end <= after->bars.at(0).end);
    }
}

TEST_CASE("under faults, a command that failed is not shown, whatever its status says") {
    const support::Device device;
    for (const bool profiled : {true, false}) {
        for (const char* rules : {"", "clGetEventInfo=forge:0"}) {
            INFO((profiled ? "profiled, " : "not profiled, ") << rules);
            const cl::CommandQueue queue =
                device.queue(profiled ? CL_QUEUE_PROFILING_ENABLE : cl_bitfield{0});
            const cl::Buffer buffer = device.buffer(64);
            cl::UserEvent gate = device.gate();
            const std::vector<cl::Event> after_gate{gate};
            Timeline timeline;
            cl::Event never;
            support::check_cl(
                queue.enqueueFillBuffer(buffer, cl_uint{7}, 0, 64, &after_gate, &never),
                "clEnqueueFillBuffer");
            jcl::record(timeline, never);
            support::check_cl(queue.flush(), "clFlush");
            support::check_cl(gate.setStatus(-7), "clSetUserEventStatus");
            CHECK(clWaitForEvents(1, &never()) == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
            const Faults faults{rules};
            const TimelineData data = data_of(timeline);
            const TimelineLane* shown = find_lane(data, "queue 1");
            CHECK((shown == nullptr || shown->bars.empty()));
            CHECK(data.lost == 0);
        }
    }
}

TEST_CASE("under faults, a command of which nobody says whether it ran is lost") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer buffer = device.buffer(64);
    Timeline timeline;
    cl::Event filled;
    support::check_cl(queue.enqueueFillBuffer(buffer, cl_uint{7}, 0, 64, nullptr, &filled),
                      "clEnqueueFillBuffer");
    jcl::record(timeline, filled);
    support::check_cl(queue.finish(), "clFinish");
    const Faults faults{"clWaitForEvents=-5"};
    const TimelineData data = data_of(timeline);
    CHECK(find_lane(data, "queue 1") == nullptr);
    CHECK(data.lost == 1);
}

// By then nothing may be left of the queue but the handle that the event names.
TEST_CASE("the queue of a command that has ended is asked nothing by a timeline") {
    const support::Device device;
    for (const bool named : {false, true}) {
        Timeline timeline;
        const cl::CommandQueue queue = device.queue(CL_QUEUE_PROFILING_ENABLE);
        if (named) {
            jcl::name_queue(timeline, queue, "queue 1");
        }
        cl::Event filled;
        const cl::Buffer buffer = device.buffer(64);
        support::check_cl(queue.enqueueFillBuffer(buffer, cl_uint{7}, 0, 64, nullptr, &filled),
                          "clEnqueueFillBuffer");
        support::check_cl(queue.finish(), "clFinish");
        const Faults faults;
        jcl::record(timeline, filled);
        const TimelineData data = data_of(timeline);
        CHECK(faults.calls("clGetCommandQueueInfo") == 0);
        const TimelineLane* shown = find_lane(data, "queue 1");
        REQUIRE(shown != nullptr);
        CHECK(shown->device_time);
        CHECK(shown->bars.size() == 1);
    }
}
