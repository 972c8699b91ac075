// Plain memory whose commands end before it goes.

#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/opencl/finish_at_end.hpp>

#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

namespace jcl = juggle::opencl;

namespace {

/// A read that starts when a gate is opened.
void enqueue_gated_read(const support::Device& device, const cl::CommandQueue& queue,
                        const cl::UserEvent& gate, int value, int& out) {
    const cl::Buffer buffer = device.buffer(sizeof value);
    const std::vector<cl::Event> after_gate{gate};
    support::check_cl(queue.enqueueWriteBuffer(buffer, CL_TRUE, 0, sizeof value, &value),
                      "clEnqueueWriteBuffer");
    support::check_cl(
        queue.enqueueReadBuffer(buffer, CL_FALSE, 0, sizeof out, &out, &after_gate, nullptr),
        "clEnqueueReadBuffer");
}

/// Opens a gate, sooner or later.
std::jthread opener(const cl::UserEvent& gate) {
    return std::jthread{[gate = cl::UserEvent{gate}]() mutable { gate.setStatus(CL_COMPLETE); }};
}

}  // namespace

static_assert(!std::is_copy_constructible_v<jcl::FinishAtEnd<>>);
static_assert(std::is_nothrow_destructible_v<jcl::FinishAtEnd<std::vector<int>>>);

TEST_CASE("FinishAtEnd lets its scope end when all that was enqueued has ended") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue();
    const cl::UserEvent gate = device.gate();
    std::vector<int> out(1);
    std::jthread opens;
    {
        const jcl::FinishAtEnd commands_end{queue, out};
        enqueue_gated_read(device, queue, gate, 42, out.front());
        opens = opener(gate);
    }
    CHECK(out == std::vector<int>{42});
}

TEST_CASE("FinishAtEnd waits when an exception ends its scope") {
    const support::Device device;
    const cl::CommandQueue queue = device.queue();
    const cl::UserEvent gate = device.gate();
    int out = 0;
    std::jthread opens;
    const auto fail = [&] {
        const jcl::FinishAtEnd commands_end{queue};
        enqueue_gated_read(device, queue, gate, 7, out);
        opens = opener(gate);
        throw std::runtime_error{"between two commands"};
    };
    CHECK_THROWS_WITH(fail(), "between two commands");
    CHECK(out == 7);
}

TEST_CASE("FinishAtEnd keeps its queue") {
    const support::Device device;
    std::optional<cl::CommandQueue> queue{device.queue()};
    const cl::UserEvent gate = device.gate();
    int out = 0;
    std::jthread opens;
    {
        const jcl::FinishAtEnd commands_end{*queue};
        enqueue_gated_read(device, *queue, gate, 3, out);
        opens = opener(gate);
        queue.reset();
    }
    CHECK(out == 3);
}

TEST_CASE("FinishAtEnd of no queue is refused") {
    const cl::CommandQueue none;
    const auto make = [&] { const jcl::FinishAtEnd commands_end{none}; };
    CHECK_THROWS_AS(make(), jcl::Error);
    CHECK_THROWS_WITH(make(), Catch::Contains("FinishAtEnd: argument 'queue', is null"));
}

DEVICE_TEST_CASE("FinishAtEnd has nothing to wait for behind an awaited finish") {
    const cl::CommandQueue queue = device.queue();
    const cl::UserEvent gate = device.gate();
    int out = 0;
    {
        const jcl::FinishAtEnd commands_end{queue, out};
        enqueue_gated_read(device, queue, gate, 5, out);
        cl::UserEvent{gate}.setStatus(CL_COMPLETE);
        co_await jcl::finish(queue);
        CHECK(out == 5);
    }
    CHECK(out == 5);
}
