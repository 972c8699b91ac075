// OneOf with a device's events: a value that the device and something else use in turn.

#include JUGGLE_TEST_KIT

#include "support/manual_event.hpp"

#include <juggle/one_of.hpp>
#include <juggle/resource.hpp>

#include <exception>
#include <stdexcept>

using juggle::OneOf;
using support::exception_of;
using support::ForeignEvent;

namespace {

using Resource = juggle::Resource<int, OneOf<kit::Event, ForeignEvent>>;
using Ticket = juggle::ResourceAllocation<int, OneOf<kit::Event, ForeignEvent>>;

juggle::Task<> hold_for_host(Ticket ticket) {
    (void)co_await ticket.wait_events();
    ticket.ready();
}

}  // namespace

KIT_TEST_CASE("one of: a value goes from the device to something else, and back") {
    Resource resource{0};
    const kit::Gate gate{device};
    const ForeignEvent foreign;
    Ticket first = co_await resource.acquire();
    const auto on_host = executor.spawn(hold_for_host(resource.acquire()));
    const auto last = executor.spawn(hold_for_host(resource.acquire()));
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

KIT_TEST_CASE("one of: wait_device tells the queue of the device's events only") {
    const kit::Queue queue = device.queue();
    Resource resource{1};
    const ForeignEvent sent;
    const kit::Gate gate{device};
    auto first = co_await resource.acquire();
    first.ready(gate.event, sent);
    auto second = resource.acquire();
    const auto waits = executor.spawn([](Ticket& ticket, const kit::Queue& on) -> juggle::Task<> {
        (void)co_await ticket.wait_device(on);
    }(second, queue));
    co_await support::a_few_turns();
    CHECK_FALSE(waits.done());
    sent.complete();
    co_await waits;
    const kit::Event behind = kit::record(queue);
    co_await support::a_few_turns();
    CHECK(kit::status(behind) == juggle::EventStatus::pending);
    second.ready(behind);
    gate.open();
    co_await behind;
}

KIT_TEST_CASE("one of: work that fails is an error of the bridge's, whoever waits for it") {
    Resource resource{1};
    const kit::FailingGate gate{device};
    const ForeignEvent sent;
    auto first = co_await resource.acquire();
    first.ready(gate.event, sent);
    gate.fail();
    sent.complete();
    const std::exception_ptr error = co_await exception_of(hold_for_host(resource.acquire()));
    CHECK(kit::code_of(error) == kit::failure);
}

KIT_TEST_CASE("one of: a null event of any kind is refused, with nothing changed") {
    Resource resource{1};
    auto ticket = co_await resource.acquire();
    CHECK_THROWS_AS(ticket.ready(kit::Event{}), std::invalid_argument);
    CHECK_THROWS_AS(ticket.track(kit::Event{}), std::invalid_argument);
    CHECK_THROWS_AS(ticket.ready(OneOf<kit::Event, ForeignEvent>{kit::Event{}}),
                    std::invalid_argument);
    CHECK(ticket.held());
    ticket.ready();
}
