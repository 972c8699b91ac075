// Markers, barriers and wait lists, for awaits. After test_conformance/events (test_waitlists,
// test_event_dependencies) of OpenCL-CTS.

#include "support/catch.hpp"
#include "support/opencl_commands.hpp"
#include "support/torture.hpp"

#include <juggle/opencl.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace jcl = juggle::opencl;
using support::CommandKind;

namespace {

constexpr cl_command_queue_properties in_order = 0;
constexpr cl_command_queue_properties out_of_order = CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE;

/// How one command is made to come after another.
enum class Link : std::uint8_t { wait_list, wait_on, marker_with_list, barrier_with_list };

/// Two commands, the first behind a gate, the second made to come after it; both are awaited.
juggle::Task<> check_order(support::Device& device, juggle::Executor& executor,
                           const support::Commands& commands, Link link,
                           const cl::CommandQueue& first_queue,
                           const cl::CommandQueue& second_queue) {
    const cl::UserEvent gate = device.gate();
    const auto first = commands.make(CommandKind::fill);
    const auto second = commands.make(CommandKind::kernel);
    const cl::Event first_event = first->enqueue(first_queue, {gate});
    first_queue.flush();
    std::vector<cl::Event> after{first_event};
    switch (link) {
        case Link::wait_list:
            break;
        case Link::wait_on:
            jcl::wait_on(second_queue, first_event);
            after.clear();
            break;
        case Link::marker_with_list: {
            cl::Event marker;
            second_queue.enqueueMarkerWithWaitList(&after, &marker);
            after = {marker};
            break;
        }
        case Link::barrier_with_list:
            second_queue.enqueueBarrierWithWaitList(&after);
            after.clear();
            break;
    }
    const cl::Event second_event = second->enqueue(second_queue, after);
    const auto waiting = executor.spawn([](cl::Event before, cl::Event event) -> juggle::Task<> {
        co_await event;
        CHECK(support::status_of(before) == CL_COMPLETE);
    }(first_event, second_event));
    co_await support::a_few_turns();
    CHECK_FALSE(waiting.done());
    CHECK(support::status_of(second_event) > CL_COMPLETE);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await first_event;
    co_await waiting;
    CHECK(first->took_effect());
    CHECK(second->took_effect());
    ++support::cases;
}

}  // namespace

DEVICE_TEST_CASE("a wait list holds a command back across one queue and two, whatever their order",
                 "[conformance]") {
    const support::Commands commands{device};
    for (int round = 0; round < support::rounds(3, 300); ++round) {
        for (const cl_command_queue_properties properties : {in_order, out_of_order}) {
            for (const Link link : {Link::wait_list, Link::wait_on, Link::marker_with_list,
                                    Link::barrier_with_list}) {
                const cl::CommandQueue first = device.queue(properties);
                co_await check_order(device, executor, commands, link, first, first);
                for (const cl_command_queue_properties others : {in_order, out_of_order}) {
                    const cl::CommandQueue second = device.queue(others);
                    co_await check_order(device, executor, commands, link, first, second);
                }
            }
        }
    }
}

DEVICE_TEST_CASE(
    "a marker or barrier without a list is awaited for everything, one with a list for that",
    "[conformance]") {
    const support::Commands commands{device};
    for (const CommandKind kind : {CommandKind::marker, CommandKind::barrier}) {
        for (const bool with_list : {false, true}) {
            INFO(name_of(kind) << (with_list ? " with a list" : " without one"));
            const cl::CommandQueue queue = device.queue(out_of_order);
            const cl::UserEvent gate = device.gate();
            const cl::UserEvent other_gate = device.gate();
            const auto listed = commands.make(CommandKind::fill);
            const auto not_listed = commands.make(CommandKind::fill);
            const cl::Event listed_event = listed->enqueue(queue, {gate});
            const cl::Event not_listed_event = not_listed->enqueue(queue, {other_gate});
            const auto last = commands.make(kind);
            const cl::Event event =
                with_list ? last->enqueue(queue, {listed_event}) : last->enqueue(queue);
            const auto waiting = executor.spawn(support::await_event(event));
            co_await support::a_few_turns();
            CHECK_FALSE(waiting.done());
            cl::UserEvent{gate}.setStatus(CL_COMPLETE);
            co_await listed_event;
            if (with_list && kind == CommandKind::barrier && device.overtakes()) {
                co_await event;
                CHECK(support::status_of(not_listed_event) > CL_COMPLETE);
            } else if (!with_list) {
                co_await support::a_few_turns();
                CHECK_FALSE(waiting.done());
            }  // PoCL 3.1 takes a marker's list for everything so far
            cl::UserEvent{other_gate}.setStatus(CL_COMPLETE);
            co_await not_listed_event;
            co_await waiting;
        }
    }
}

DEVICE_TEST_CASE("what comes behind a barrier waits for it, what comes behind a marker does not",
                 "[conformance]") {
    const support::Commands commands{device};
    for (const CommandKind kind : {CommandKind::marker, CommandKind::barrier}) {
        for (const bool with_list : {false, true}) {
            INFO(name_of(kind) << (with_list ? " with a list" : " without one"));
            const cl::CommandQueue queue = device.queue(out_of_order);
            const cl::UserEvent gate = device.gate();
            const auto gated = commands.make(CommandKind::fill);
            const cl::Event gated_event = gated->enqueue(queue, {gate});
            const auto between = commands.make(kind);
            const cl::Event between_event =
                with_list ? between->enqueue(queue, {gated_event}) : between->enqueue(queue);
            const auto behind = commands.make(CommandKind::kernel);
            const cl::Event event = behind->enqueue(queue);
            const auto waiting = executor.spawn(support::await_event(event));
            if (kind == CommandKind::barrier) {
                co_await support::a_few_turns();
                CHECK_FALSE(waiting.done());
            } else if (device.overtakes()) {
                co_await event;
                CHECK(behind->took_effect());
                CHECK(support::status_of(gated_event) > CL_COMPLETE);
            }
            cl::UserEvent{gate}.setStatus(CL_COMPLETE);
            co_await jcl::wait_for_events(gated_event, between_event);
            co_await waiting;
        }
    }
}

DEVICE_TEST_CASE("one command waits for many of several queues by one list, and is awaited",
                 "[conformance]") {
    const support::Commands commands{device};
    for (const bool by_wait_on : {false, true}) {
        std::vector<cl::CommandQueue> queues;
        std::vector<cl::UserEvent> gates;
        std::vector<std::unique_ptr<support::Command>> many;
        std::vector<cl::Event> events;
        for (int index = 0; index < 18; ++index) {
            queues.push_back(device.queue(index % 2 == 0 ? in_order : out_of_order));
            gates.push_back(device.gate());
            many.push_back(commands.make(CommandKind::copy));
            events.push_back(many.back()->enqueue(queues.back(), {gates.back()}));
            queues.back().flush();
        }
        const cl::CommandQueue queue = device.queue();
        const auto last = commands.make(CommandKind::read);
        if (by_wait_on) {
            jcl::wait_on(queue, events);
        }
        const cl::Event event = by_wait_on ? last->enqueue(queue) : last->enqueue(queue, events);
        const auto waiting = executor.spawn(support::await_event(event));
        for (cl::UserEvent& gate : gates) {
            co_await support::a_few_turns();
            CHECK_FALSE(waiting.done());
            gate.setStatus(CL_COMPLETE);
        }
        co_await waiting;
        co_await jcl::wait_for_events(events);
        CHECK(last->took_effect());
    }
}
