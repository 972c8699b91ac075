#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/opencl/wait_for_events.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <random>
#include <span>
#include <vector>

namespace jcl = juggle::opencl;

namespace {

juggle::Task<> await_all(std::span<const cl::Event> events) {
    co_await jcl::wait_for_events(events);
}

juggle::Task<> await_two(const cl::Event& first, const cl::Event& second) {
    co_await jcl::wait_for_events(first, second);
}

}  // namespace

DEVICE_TEST_CASE("waiting for no events goes on at once") {
    co_await jcl::wait_for_events();
    co_await jcl::wait_for_events(std::span<const cl::Event>{});
}

DEVICE_TEST_CASE("waiting for several events goes on when the last has ended, in any order") {
    std::mt19937 random{1};
    for (int round = 0; round < 20; ++round) {
        std::vector<cl::UserEvent> gates;
        for (int gate = 0; gate < 18; ++gate) {
            gates.push_back(device.gate());
        }
        const std::vector<cl::Event> events{gates.begin(), gates.end()};
        const auto waiting = executor.spawn(await_all(events));
        co_await juggle::yield();
        std::shuffle(gates.begin(), gates.end(), random);
        for (cl::UserEvent& gate : gates) {
            CHECK_FALSE(waiting.done());
            gate.setStatus(CL_COMPLETE);
            co_await juggle::yield();
        }
        co_await waiting;
    }
}

DEVICE_TEST_CASE("of several failures the first in the list is thrown") {
    cl::UserEvent first = device.gate();
    cl::UserEvent second = device.gate();
    second.setStatus(-6);
    first.setStatus(-5);
    const std::exception_ptr error = co_await support::exception_of(await_two(first, second));
    CHECK(support::error_status(error) == -5);
}

DEVICE_TEST_CASE("commands that depend on each other at random are all waited for") {
    std::mt19937 random{2};
    for (const cl_command_queue_properties properties :
         {cl_command_queue_properties{0},
          cl_command_queue_properties{CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE}}) {
        const cl::CommandQueue first = device.queue(properties);
        const cl::CommandQueue second = device.queue(properties);
        const cl::Buffer buffer = device.buffer(64);
        cl::UserEvent gate = device.gate();
        std::vector<cl::Event> events{gate};
        for (int command = 0; command < 18; ++command) {
            std::vector<cl::Event> depends_on;
            std::sample(events.begin(), events.end(), std::back_inserter(depends_on), 3, random);
            cl::Event event;
            const cl::CommandQueue& queue = command % 2 == 0 ? first : second;
            queue.enqueueFillBuffer(buffer, 1, 0, 64, &depends_on, &event);
            events.push_back(event);
        }
        const auto waiting = executor.spawn(await_all(events));
        co_await support::a_few_turns();
        CHECK_FALSE(waiting.done());
        gate.setStatus(CL_COMPLETE);
        co_await waiting;
        CHECK(std::ranges::all_of(events, [](const cl::Event& event) {
            return support::status_of(event) == CL_COMPLETE;
        }));
    }
}
