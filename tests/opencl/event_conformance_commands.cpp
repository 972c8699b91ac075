// What OpenCL's conformance suite checks of callbacks, for awaits: every kind of command, behind a
// gate. After test_conformance/events of OpenCL-CTS.

#include "support/catch.hpp"
#include "support/opencl_commands.hpp"
#include "support/opencl_waits.hpp"
#include "support/torture.hpp"

#include <juggle/opencl.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace jcl = juggle::opencl;
using support::CommandKind;
using support::Way;

namespace {

void open(const cl::UserEvent& gate) {
    support::check_cl(cl::UserEvent{gate}.setStatus(CL_COMPLETE), "clSetUserEventStatus");
}

juggle::Task<> open_gate_and_wait(support::Device& device, juggle::Executor& executor,
                                  const support::Commands& commands, CommandKind kind, Way way,
                                  cl_command_queue_properties properties, bool from_other_thread) {
    INFO(name_of(kind) << " awaited by " << name_of(way)
                       << (properties == 0 ? ", in order" : ", out of order"));
    const cl::CommandQueue queue = device.queue(properties);
    const cl::CommandQueue other = device.queue(properties);
    const cl::UserEvent gate = device.gate();
    const std::unique_ptr<support::Command> command = commands.make(kind);
    const cl::Event event = command->enqueue(queue, {gate});
    const auto waiting = executor.spawn(support::wait_by(way, event, queue, other));
    co_await support::a_few_turns();
    CHECK_FALSE(waiting.done());
    CHECK(support::status_of(event) > CL_COMPLETE);
    std::jthread opener;
    if (from_other_thread) {
        opener = std::jthread{[&gate] { open(gate); }};
    } else {
        open(gate);
    }
    co_await waiting;
    CHECK(support::status_of(event) == CL_COMPLETE);
    CHECK(command->took_effect());
    ++support::cases;
}

juggle::Task<> wait_in_every_way(support::Device& device, juggle::Executor& executor,
                                 cl_command_queue_properties properties) {
    const support::Commands commands{device};
    bool from_other_thread = false;
    for (int round = 0; round < support::rounds(1, 30); ++round) {
        for (const CommandKind kind : commands.kinds()) {
            for (int way = 0; way < support::ways; ++way) {
                co_await open_gate_and_wait(device, executor, commands, kind, Way(way), properties,
                                            from_other_thread);
                from_other_thread = !from_other_thread;
            }
            from_other_thread = !from_other_thread;
        }
    }
}

}  // namespace

DEVICE_TEST_CASE("a wait of any kind for a gated command of any kind ends when that has, in order",
                 "[conformance]") {
    co_await wait_in_every_way(device, executor, 0);
}

DEVICE_TEST_CASE(
    "a wait of any kind for a gated command of any kind ends when that has, out of order",
    "[conformance]") {
    co_await wait_in_every_way(device, executor, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
}

DEVICE_TEST_CASE(
    "a command that is awaited leaves the state of being queued, though nobody flushed",
    "[conformance]") {
    const support::Commands commands{device};
    for (const CommandKind kind : commands.kinds()) {
        INFO(name_of(kind));
        const cl::CommandQueue queue = device.queue();
        const std::unique_ptr<support::Command> command = commands.make(kind);
        const cl::Event event = command->enqueue(queue);
        const auto waiting = executor.spawn(support::await_event(event));
        co_await juggle::yield();
        while (support::status_of(event) == CL_QUEUED) {
            co_await juggle::yield();
        }
        co_await waiting;
        CHECK(command->took_effect());
    }
}

DEVICE_TEST_CASE("the events that a program releases while their command runs can still be awaited",
                 "[conformance]") {
    struct Running {
        std::atomic<bool> begun{false};
        std::atomic<bool> may_end{false};
        static void CL_CALLBACK run(void* argument) {
            Running& self = **static_cast<Running**>(argument);
            self.begun = true;
            self.begun.notify_all();
            self.may_end.wait(false);
        }
    };
    if (!device.has_native_kernels()) {
        co_return;  // no command that the test can hold up while it runs
    }
    for (const bool cancelled : {false, true}) {
        const cl::CommandQueue queue = device.queue();
        Running running;
        juggle::JoinHandle<> waiting;
        cl_event handle = nullptr;
        {
            Running* argument = &running;
            cl::Event event;
            support::check_cl(
                support::enqueue_native_kernel(queue, &Running::run, argument, nullptr, &event),
                "clEnqueueNativeKernel");
            handle = event();
            waiting = executor.spawn(support::await_event(event));
            co_await juggle::yield();
            running.begun.wait(false);
        }
        if (cancelled) {
            waiting.request_stop();
            const std::exception_ptr error = co_await support::exception_of(waiting);
            CHECK(support::is<juggle::Cancelled>(error));
        }
        // Only the executor, and the driver, know of the event now.
        CHECK(juggle::opencl::detail::execution_status(handle) > CL_COMPLETE);
        CHECK(waiting.done() == cancelled);
        running.may_end = true;
        running.may_end.notify_all();
        if (!cancelled) {
            co_await waiting;
        }
        co_await jcl::finish(queue);
    }
}
