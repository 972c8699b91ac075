#include JUGGLE_TEST_KIT

#include <juggle/cancelled.hpp>

#include <latch>
#include <span>
#include <stdexcept>
#include <thread>

using support::exception_of;

namespace {

juggle::Task<> hold_for_host(kit::bridge::ResourceAllocation<int> ticket) {
    co_await ticket.wait_events();
    ticket.ready();
}

juggle::Task<> hold_for_device(kit::bridge::ResourceAllocation<int> ticket, kit::Queue queue) {
    co_await ticket.wait_device(queue);
    ticket.ready();
}

}  // namespace

KIT_TEST_CASE("wait_events goes on when the events of the holder before have ended") {
    kit::bridge::Resource<int> resource{0};
    const kit::Gate gate{device};
    auto first = co_await resource.acquire();
    const auto second = executor.spawn(hold_for_host(resource.acquire()));
    first.ready(gate.event);
    co_await support::a_few_turns();
    CHECK_FALSE(second.done());
    gate.open();
    co_await second;
}

KIT_TEST_CASE("wait hands the events over without waiting for them") {
    kit::bridge::Resource<int> resource{0};
    const kit::Gate gate{device};
    auto first = co_await resource.acquire();
    first.ready(gate.event);
    auto second = resource.acquire();
    const std::span<const kit::Event> events = co_await second.wait();
    REQUIRE(events.size() == 1);
    CHECK(events.front() == gate.event);
    CHECK(kit::status(gate.event) == juggle::EventStatus::pending);
    second.ready();
    gate.open();
}

KIT_TEST_CASE("wait_device makes the queue wait, and the host goes on") {
    kit::bridge::Resource<int> resource{0};
    const kit::Gate gate{device};
    const kit::Queue queue = device.queue();
    auto first = co_await resource.acquire();
    first.ready(gate.event);
    auto second = resource.acquire();
    co_await second.wait_device(queue);
    const kit::Event after = kit::record(queue);
    second.ready(after);
    co_await support::a_few_turns();
    CHECK(kit::status(after) == juggle::EventStatus::pending);
    gate.open();
    co_await after;
}

KIT_TEST_CASE("a failed event throws in every holder until somebody clears it") {
    kit::bridge::Resource<int> resource{0};
    const kit::FailingGate gate{device};
    const kit::Queue queue = device.queue();
    auto first = co_await resource.acquire();
    const auto host = executor.spawn(hold_for_host(resource.acquire()));
    const auto on_device = executor.spawn(hold_for_device(resource.acquire(), queue));
    first.ready(gate.event);
    co_await support::a_few_turns();
    gate.fail();
    const std::exception_ptr host_error = co_await exception_of(host);
    const std::exception_ptr device_error = co_await exception_of(on_device);
    CHECK(kit::code_of(host_error) == kit::failure);
    CHECK(kit::code_of(device_error) == kit::failure);
    resource.clear_poison();
    co_await hold_for_host(resource.acquire());
    co_await kit::bridge::finish(queue);
}

KIT_TEST_CASE("a null event is refused where it is given, and nothing has changed") {
    kit::bridge::Resource<int> resource{"counter", 0};
    auto holder = co_await resource.acquire();
    CHECK_THROWS_WITH(holder.track(kit::Event{}),
                      Catch::Contains("null event") && Catch::Contains("'counter'"));
    CHECK_THROWS_AS(holder.ready(kit::record(device.queue()), kit::Event{}), std::invalid_argument);
    CHECK(holder.held());
    holder.ready();
    auto next = resource.acquire();
    const std::span<const kit::Event> events = co_await next.wait();
    CHECK(events.empty());
    next.ready();
}

KIT_TEST_CASE("a stop request while waiting for events passes them on") {
    kit::bridge::Resource<int> resource{0};
    const kit::Gate gate{device};
    auto first = co_await resource.acquire();
    first.ready(gate.event);
    const auto second = executor.spawn(hold_for_host(resource.acquire()));
    co_await support::a_few_turns();
    second.request_stop();
    const std::exception_ptr error = co_await exception_of(second);
    CHECK(support::is<juggle::Cancelled>(error));
    auto third = resource.acquire();
    const std::span<const kit::Event> events = co_await third.wait();
    CHECK(events.size() == 1);
    third.ready();
    gate.open();
}

TEST_CASE("host memory of a resource outlives the commands that touch it") {
    kit::Device device;
    const kit::Queue queue = device.queue();
    const kit::DeviceBuffer buffer = kit::device_buffer(device, 1 << 16);
    const kit::Gate gate{device};
    std::latch holding{1};
    std::jthread opener{[&] {
        holding.wait();
        gate.open();
    }};
    support::Reports reports;
    juggle::Executor executor{reports.options()};
    const auto read_into = [&](bool throws) -> juggle::Task<> {
        kit::bridge::Resource<kit::HostBuffer> memory{kit::host_buffer(1 << 16)};
        auto ticket = memory.acquire();
        kit::HostBuffer& host = co_await ticket.wait_events();
        const kit::Event read = kit::read(queue, buffer, host, gate.event);
        if (throws) {
            ticket.track(read);
            holding.count_down();
            throw std::runtime_error{"the holder failed"};
        }
        ticket.ready(read);
        holding.count_down();
    };
    SECTION("when it was released") { executor.run(read_into(false)); }
    SECTION("when its holder throws") {
        CHECK_THROWS_WITH(executor.run(read_into(true)), "the holder failed");
    }
    CHECK(gate.is_open());
    CHECK(reports.empty());
}
