// OneOf with OpenCL's events: a buffer of the host that a device and something else use in turn.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/opencl_device.hpp"

#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <cstddef>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace jcl = juggle::opencl;
using juggle::OneOf;
using support::ForeignEvent;

namespace {

using Event = OneOf<cl::Event, ForeignEvent>;
using Buffer = juggle::Resource<std::vector<int>, Event>;
using Ticket = juggle::ResourceAllocation<std::vector<int>, Event>;

bool is_pending(const cl::Event& event) { return support::status_of(event) > CL_COMPLETE; }

auto download(const cl::CommandQueue& queue, const cl::Buffer& from, Ticket& to) {
    return [&](jcl::Commands& commands) {
        return queue.enqueueReadBuffer(from, CL_FALSE, 0, to->size() * sizeof(int), to->data(),
                                       commands.wait_list(), commands.event());
    };
}

juggle::Task<> download_in_turn(Ticket to, cl::CommandQueue queue, cl::Buffer from) {
    co_await jcl::enqueue(queue, to, download(queue, from, to));
    to.ready();
}

}  // namespace

DEVICE_TEST_CASE("one of: a buffer goes from the device to something else, and back") {
    constexpr std::size_t count = 16;
    const cl::CommandQueue queue = device.queue();
    cl::Buffer source = device.buffer(count * sizeof(int));
    const std::vector<int> numbers(count, 7);
    support::check_cl(
        queue.enqueueWriteBuffer(source, CL_TRUE, 0, count * sizeof(int), numbers.data()),
        "clEnqueueWriteBuffer");
    Buffer buffer{std::vector<int>(count)};
    cl::UserEvent gate = device.gate();
    Ticket first = buffer.acquire();
    Ticket sender = buffer.acquire();
    Ticket second = buffer.acquire();
    const cl::Event downloaded =
        co_await jcl::enqueue(queue, first, gate, download(queue, source, first));
    first.ready();

    // The other library's turn: it waits for the device on the host, and is not done at once.
    const ForeignEvent sent;
    auto sends = executor.spawn([](Ticket ticket, ForeignEvent event) -> juggle::Task<> {
        const std::vector<int>& message = co_await ticket.wait_events();
        CHECK(message.at(3) == 7);
        ticket.ready(event);
    }(std::move(sender), sent));
    co_await support::a_few_turns();
    CHECK_FALSE(sends.done());
    CHECK(is_pending(downloaded));
    gate.setStatus(CL_COMPLETE);
    co_await sends;

    // The device's turn again, which is over when both are.
    auto downloads = executor.spawn(download_in_turn(std::move(second), queue, source));
    co_await support::a_few_turns();
    CHECK_FALSE(downloads.done());
    sent.complete();
    co_await downloads;
    Ticket last = buffer.acquire();
    const std::vector<int>& numbers_again = co_await last.wait_events();
    CHECK(numbers_again == numbers);
    last.ready();
}

DEVICE_TEST_CASE("one of: a command through a ticket comes when other kinds have settled") {
    constexpr std::size_t count = 4;
    const cl::CommandQueue queue = device.queue();
    const cl::Buffer source = device.buffer(count * sizeof(int));
    Buffer buffer{std::vector<int>(count)};
    const ForeignEvent sent;
    cl::UserEvent gate = device.gate();
    Ticket first = co_await buffer.acquire();
    first.ready(sent, gate);
    auto task = executor.spawn(download_in_turn(buffer.acquire(), queue, source));
    co_await support::a_few_turns();
    CHECK_FALSE(task.done());
    sent.complete();
    co_await task;  // the gate is the queue's to wait for
    Ticket next = buffer.acquire();
    const std::span<const Event> events = co_await next.wait();
    REQUIRE(events.size() == 1);
    REQUIRE(std::holds_alternative<cl::Event>(events[0]));
    const cl::Event downloaded = std::get<cl::Event>(events[0]);
    CHECK(is_pending(downloaded));
    next.ready(downloaded);
    gate.setStatus(CL_COMPLETE);
    auto last = co_await buffer.acquire();
    (void)co_await last.wait_events();
    last.ready();
}
