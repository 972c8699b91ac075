// What OpenCL's conformance suite leaves out: what may be called right after a wait. That it ends
// once: tests/bridges/event_races.cpp.

#include "support/catch.hpp"
#include "support/opencl_commands.hpp"
#include "support/torture.hpp"

#include <juggle/opencl.hpp>

#include <thread>

using support::CommandKind;

DEVICE_TEST_CASE("right after an await every OpenCL call may be made, blocking ones too",
                 "[conformance]") {
    const support::Commands commands{device};
    for (int round = 0; round < support::rounds(50, 2000); ++round) {
        cl::CommandQueue queue = device.queue();
        cl::UserEvent gate = device.gate();
        auto command = commands.make(CommandKind::kernel);
        cl::Event event = command->enqueue(queue, {gate});
        std::jthread opener{[gate]() mutable { gate.setStatus(CL_COMPLETE); }};
        co_await event;
        CHECK(event.wait() == CL_SUCCESS);
        CHECK(command->took_effect());  // a blocking read
        CHECK(queue.finish() == CL_SUCCESS);
        event = cl::Event{};
        CHECK(commands.make(CommandKind::map)->enqueue(queue).wait() == CL_SUCCESS);
        const cl::CommandQueue another = device.queue();
        const auto next = commands.make(CommandKind::read);
        const cl::Event next_event = next->enqueue(another);
        queue = cl::CommandQueue{};
        co_await next_event;
        CHECK(next->took_effect());
        const cl::Context context = device.make_context();
        CHECK(context() != nullptr);
        ++support::cases;
    }
}
