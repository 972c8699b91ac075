// Commands that fail, for awaits: a failed user event and what depends on it. After
// test_conformance/events (test_userevents) of OpenCL-CTS.
//
// PoCL 3.1 wants user events to be failed on the thread that enqueues, and the events of all that
// depends on them to be kept until it has settled, or it ends the process; it calls nobody back.

#include "support/catch.hpp"
#include "support/opencl_commands.hpp"
#include "support/opencl_waits.hpp"
#include "support/torture.hpp"

#include <juggle/opencl.hpp>

#include <array>
#include <memory>
#include <vector>

namespace jcl = juggle::opencl;
using support::CommandKind;
using support::error_status;
using support::exception_of;
using support::Way;

namespace {

// A command that maps would leave a mapping behind that never came to be.
constexpr std::array kinds_that_fail{CommandKind::kernel,
                                     CommandKind::native_kernel,
                                     CommandKind::read,
                                     CommandKind::write,
                                     CommandKind::copy,
                                     CommandKind::fill,
                                     CommandKind::read_image,
                                     CommandKind::write_image,
                                     CommandKind::copy_image,
                                     CommandKind::copy_image_to_buffer,
                                     CommandKind::copy_buffer_to_image,
                                     CommandKind::marker,
                                     CommandKind::barrier};

}  // namespace

DEVICE_TEST_CASE("a failed user event, and a command gated by it, end every wait with an error",
                 "[conformance]") {
    const support::Commands commands{device};
    for (int round = 0; round < support::rounds(1, 20); ++round) {
        for (const CommandKind kind : kinds_that_fail) {
            if (kind == CommandKind::native_kernel && !device.has_native_kernels()) {
                continue;
            }
            for (int way = 0; way < support::ways_on_host; ++way) {
                INFO(name_of(kind) << " awaited by " << name_of(Way(way)));
                const cl::CommandQueue queue = device.queue();
                const cl::CommandQueue other = device.queue();
                cl::UserEvent gate = device.gate();
                const std::unique_ptr<support::Command> command = commands.make(kind);
                const cl::Event event = command->enqueue(queue, {gate});
                const auto for_gate =
                    executor.spawn(support::wait_by(Way(way), gate, queue, other));
                const auto for_command =
                    executor.spawn(support::wait_by(Way(way), event, queue, other));
                co_await support::a_few_turns();
                CHECK_FALSE(for_gate.done());
                CHECK_FALSE(for_command.done());
                gate.setStatus(-5);
                const std::exception_ptr gate_error = co_await exception_of(for_gate);
                const std::exception_ptr command_error = co_await exception_of(for_command);
                CHECK(error_status(gate_error) == -5);
                CHECK(error_status(command_error) < 0);
                CHECK(support::has_failed(event));
                CHECK(support::status_of(gate) == -5);
                ++support::cases;
            }
        }
    }
}

DEVICE_TEST_CASE("the status that a user event failed with is the one that its awaits throw",
                 "[conformance]") {
    for (const cl_int status : {-1, -5, -14, -58, -70, -1000, -9999}) {
        cl::UserEvent before = device.gate();
        before.setStatus(status);
        const std::exception_ptr failed_before =
            co_await exception_of(support::await_event(before));
        CHECK(error_status(failed_before) == status);
        cl::UserEvent after = device.gate();
        const auto waiting = executor.spawn(support::await_event(after));
        co_await support::a_few_turns();
        after.setStatus(status);
        const std::exception_ptr failed_after = co_await exception_of(waiting);
        CHECK(error_status(failed_after) == status);
    }
}

DEVICE_TEST_CASE("what a user event tells of itself is the same while it is awaited",
                 "[conformance]") {
    cl::UserEvent gate = device.gate();
    const auto check_info = [&gate, &device](cl_int status) {
        CHECK(gate.getInfo<CL_EVENT_COMMAND_TYPE>() == CL_COMMAND_USER);
        CHECK(gate.getInfo<CL_EVENT_COMMAND_QUEUE>()() == nullptr);
        CHECK(gate.getInfo<CL_EVENT_CONTEXT>()() == device.context());
        CHECK(support::status_of(gate) == status);
    };
    check_info(CL_SUBMITTED);
    {
        const auto waiting = executor.spawn(support::await_event(gate));
        co_await support::a_few_turns();
        check_info(CL_SUBMITTED);
        CHECK(gate.setStatus(CL_COMPLETE) == CL_SUCCESS);
        check_info(CL_COMPLETE);
        co_await waiting;
    }
    check_info(CL_COMPLETE);
    CHECK(gate.setStatus(CL_COMPLETE) == CL_INVALID_OPERATION);
    CHECK(gate.setStatus(-1) == CL_INVALID_OPERATION);
}

DEVICE_TEST_CASE("of four tasks behind a gate that opens, or fails, none is left queued",
                 "[conformance]") {
    const support::Commands commands{device};
    for (const cl_command_queue_properties properties :
         {cl_command_queue_properties{0},
          cl_command_queue_properties{CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE}}) {
        for (const cl_int outcome : {CL_COMPLETE, -1}) {
            const cl::CommandQueue queue = device.queue(properties);
            cl::UserEvent gate = device.gate();
            std::array<std::unique_ptr<support::Command>, 4> tasks;
            std::vector<cl::Event> events;
            std::vector<juggle::JoinHandle<>> waiting;
            for (auto& task : tasks) {
                task = commands.make(CommandKind::kernel);
                events.push_back(task->enqueue(queue, {gate}));
            }
            for (const cl::Event& event : events) {
                waiting.push_back(executor.spawn(support::await_event(event)));
            }
            co_await support::a_few_turns();
            gate.setStatus(outcome);
            for (const auto& task : waiting) {
                const std::exception_ptr error = co_await exception_of(task);
                CHECK((error_status(error) < 0) == (outcome < 0));
            }
            for (const cl::Event& event : events) {
                CHECK(support::status_of(event) != CL_QUEUED);
                CHECK(support::status_of(event) <= CL_COMPLETE);
            }
        }
    }
}
