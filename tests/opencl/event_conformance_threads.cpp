// Awaits beside threads that wait, open gates and finish queues by OpenCL's own calls. After
// test_conformance/events (test_userevents_multithreaded) of OpenCL-CTS.

#include "support/catch.hpp"
#include "support/opencl_commands.hpp"
#include "support/torture.hpp"

#include <juggle/opencl.hpp>

#include <memory>
#include <thread>
#include <vector>

namespace jcl = juggle::opencl;
using support::CommandKind;

DEVICE_TEST_CASE("one thread waits for an event while a task awaits it and opens the gate",
                 "[conformance]") {
    const support::Commands commands{device};
    for (int round = 0; round < support::rounds(50, 2000); ++round) {
        const cl::CommandQueue queue = device.queue();
        cl::UserEvent gate = device.gate();
        const auto command = commands.make(CommandKind::kernel);
        cl::Event event = command->enqueue(queue, {gate});
        std::jthread waits{[event]() mutable { event.wait(); }};
        const auto waiting = executor.spawn(support::await_event(event));
        co_await support::a_few_turns();
        CHECK_FALSE(waiting.done());
        gate.setStatus(CL_COMPLETE);
        co_await waiting;
        CHECK(command->took_effect());
        ++support::cases;
    }
}

DEVICE_TEST_CASE("a task awaits an event while another thread opens the gate and waits for it",
                 "[conformance]") {
    const support::Commands commands{device};
    for (int round = 0; round < support::rounds(50, 2000); ++round) {
        const cl::CommandQueue queue = device.queue();
        cl::UserEvent gate = device.gate();
        const auto command = commands.make(CommandKind::kernel);
        cl::Event event = command->enqueue(queue, {gate});
        std::jthread opens{[event, gate]() mutable {
            gate.setStatus(CL_COMPLETE);
            event.wait();
        }};
        co_await event;
        CHECK(command->took_effect());
        ++support::cases;
    }
}

DEVICE_TEST_CASE("clFinish on the executor's thread disturbs no await, although it returns first",
                 "[conformance]") {
    const support::Commands commands{device};
    for (int round = 0; round < support::rounds(100, 5000); ++round) {
        const cl::CommandQueue queue =
            device.queue(round % 2 == 0 ? 0 : CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
        cl::UserEvent gate = device.gate();
        std::vector<std::unique_ptr<support::Command>> some;
        std::vector<juggle::JoinHandle<>> waiting;
        for (int index = 0; index < 4; ++index) {
            some.push_back(commands.make(CommandKind::fill));
            waiting.push_back(
                executor.spawn(support::await_event(some.back()->enqueue(queue, {gate}))));
        }
        co_await support::a_few_turns();
        gate.setStatus(CL_COMPLETE);
        queue.finish();
        for (const auto& task : waiting) {
            CHECK_FALSE(task.done());  // resuming is always posted
        }
        for (const auto& task : waiting) {
            co_await task;
        }
        for (const auto& command : some) {
            CHECK(command->took_effect());
        }
        ++support::cases;
    }
}

DEVICE_TEST_CASE("clFinish on another thread disturbs no await", "[conformance]") {
    const support::Commands commands{device};
    for (int round = 0; round < support::rounds(50, 2000); ++round) {
        const cl::CommandQueue queue = device.queue();
        cl::UserEvent gate = device.gate();
        const auto command = commands.make(CommandKind::copy);
        const cl::Event event = command->enqueue(queue, {gate});
        std::jthread finishes{[queue] { queue.finish(); }};
        const auto waiting = executor.spawn(support::await_event(event));
        const auto finishing = executor.spawn(
            [](cl::CommandQueue all) -> juggle::Task<> { co_await jcl::finish(all); }(queue));
        co_await support::a_few_turns();
        CHECK_FALSE(waiting.done());
        CHECK_FALSE(finishing.done());
        gate.setStatus(CL_COMPLETE);
        co_await waiting;
        co_await finishing;
        CHECK(command->took_effect());
        ++support::cases;
    }
}
