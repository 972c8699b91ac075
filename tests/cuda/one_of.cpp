// OneOf with CUDA's events: memory of the host that a device and something else use in turn.

#include "support/cuda_device.hpp"
#include "support/manual_event.hpp"

#include <juggle/one_of.hpp>
#include <juggle/resource.hpp>

#include <exception>
#include <span>

namespace jcu = juggle::cuda;
using juggle::OneOf;
using support::ForeignEvent;

namespace {

using Event = OneOf<jcu::Event, ForeignEvent>;
using Buffer = juggle::Resource<int, Event>;
using Ticket = juggle::ResourceAllocation<int, Event>;

juggle::Task<> hold_for_host(Ticket ticket) {
    co_await ticket.wait_events();
    ticket.ready();
}

}  // namespace

CUDA_TEST_CASE("one of: a value goes from the device to something else, and back") {
    Buffer buffer{0};
    const support::Gate gate = device.gate();
    ForeignEvent foreign;
    Ticket first = co_await buffer.acquire();
    const auto on_host = executor.spawn(hold_for_host(buffer.acquire()));
    const auto last = executor.spawn(hold_for_host(buffer.acquire()));
    first.track(foreign);
    first.ready(gate.event);
    co_await support::a_few_turns();
    CHECK_FALSE(on_host.done());
    gate.open();
    co_await gate.event;
    co_await support::a_few_turns();
    CHECK_FALSE(on_host.done());
    foreign.complete();
    co_await on_host;
    co_await last;
}

CUDA_TEST_CASE("one of: a stream cannot wait for what is of another kind") {
    Buffer buffer{0};
    ForeignEvent foreign;
    Ticket first = co_await buffer.acquire();
    first.ready(foreign);
    Ticket second = buffer.acquire();
    const std::span<const Event> events = co_await second.wait();
    REQUIRE(events.size() == 1);
    CHECK(std::get_if<jcu::Event>(&events.front()) == nullptr);
    second.ready();
    foreign.complete();
}
