#include "support/catch.hpp"
#include "support/opencl_device.hpp"
#include "support/steady_state.hpp"

#include <juggle/acquire_all.hpp>
#include <juggle/opencl.hpp>
#include <juggle/resource_poisoned.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jcl = juggle::opencl;
using support::error_status;
using support::exception_of;

namespace {

/// Of a command that does nothing but come behind others.
void enqueue_marker(const cl::CommandQueue& queue, jcl::Commands& commands) {
    support::check_cl(queue.enqueueMarkerWithWaitList(commands.wait_list(), commands.event()),
                      "clEnqueueMarkerWithWaitList");
}

/// A function that enqueues one.
auto marks(const cl::CommandQueue& queue) {
    return [&queue](jcl::Commands& commands) {
        return queue.enqueueMarkerWithWaitList(commands.wait_list(), commands.event());
    };
}

juggle::Task<> enqueue_in_turn(jcl::ResourceAllocation<int> ticket, cl::CommandQueue queue) {
    co_await jcl::enqueue(queue, ticket, marks(queue));
    ticket.ready();
}

juggle::Task<> enqueue_in_turn_of_two(jcl::ResourceAllocation<int> in,
                                      jcl::ResourceAllocation<cl::Buffer> out,
                                      cl::CommandQueue queue, cl::Event plain, cl::Event& command) {
    command = co_await jcl::enqueue(queue, in, plain, out, [&](jcl::Commands& commands) {
        const std::vector<cl::Event>* const waits = commands.wait_list();
        CHECK((waits != nullptr && waits->size() == 3));
        CHECK((*out)() != nullptr);
        return queue.enqueueMarkerWithWaitList(waits, commands.event());
    });
    in.ready();
    out.ready();
}

juggle::Task<> enqueue_nothing(jcl::ResourceAllocation<int> fine,
                               jcl::ResourceAllocation<int> ticket, cl::CommandQueue queue) {
    co_await jcl::enqueue(queue, fine, ticket, [](jcl::Commands&) { FAIL("it has no turn"); });
}

bool is_pending(const cl::Event& event) { return support::status_of(event) > CL_COMPLETE; }

}  // namespace

DEVICE_TEST_CASE("a command that is enqueued through a ticket stands between the holders") {
    jcl::Resource<int> resource{0};
    const cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto first = co_await resource.acquire();
    first.ready(gate);
    auto second = resource.acquire();
    auto third = resource.acquire();
    const cl::Event command = co_await jcl::enqueue(queue, second, marks(queue));
    CHECK(second.held());
    CHECK(is_pending(command));
    second.ready();
    const std::span<const cl::Event> inherited = co_await third.wait();
    REQUIRE(inherited.size() == 1);
    CHECK(inherited.front()() == command());
    CHECK(is_pending(command));
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await command;
    third.ready();
}

DEVICE_TEST_CASE("a command waits for its turn, for all tickets, and for plain events") {
    jcl::Resource<int> in{0};
    jcl::Resource<cl::Buffer> out{device.buffer(64)};
    const cl::CommandQueue queue = device.queue();
    cl::UserEvent in_gate = device.gate();
    cl::UserEvent out_gate = device.gate();
    cl::UserEvent plain = device.gate();
    auto [before, before_out] = co_await juggle::acquire_all(in, out);
    before_out.ready(out_gate);
    cl::Event command;
    const auto task =
        executor.spawn(enqueue_in_turn_of_two(in.acquire(), out.acquire(), queue, plain, command));
    co_await support::a_few_turns();
    CHECK_FALSE(task.done());
    before.ready(in_gate);
    co_await task;
    in_gate.setStatus(CL_COMPLETE);
    plain.setStatus(CL_COMPLETE);
    co_await support::a_few_turns();
    CHECK(is_pending(command));
    out_gate.setStatus(CL_COMPLETE);
    co_await command;
}

DEVICE_TEST_CASE("the commands of an exclusive ticket come one behind the other, in any queue") {
    jcl::Resource<int> resource{0};
    cl::UserEvent gate = device.gate();
    const cl::CommandQueue upload = device.queue();
    const cl::CommandQueue compute = device.queue();
    auto ticket = resource.acquire();
    co_await jcl::enqueue(upload, gate, ticket, marks(upload));
    const cl::Event second = co_await jcl::enqueue(compute, ticket, marks(compute));
    co_await support::a_few_turns();
    CHECK(is_pending(second));
    gate.setStatus(CL_COMPLETE);
    co_await second;
    ticket.ready();
}

DEVICE_TEST_CASE("the commands of those who share a value do not wait for each other") {
    jcl::Resource<int> resource{0};
    const cl::UserEvent gate = device.gate();
    const cl::CommandQueue first_queue = device.queue();
    const cl::CommandQueue second_queue = device.queue();
    auto first = resource.acquire_shared();
    auto second = resource.acquire_shared();
    auto writer = resource.acquire();
    const cl::Event held_up = co_await jcl::enqueue(first_queue, first, gate, marks(first_queue));
    co_await co_await jcl::enqueue(second_queue, second, marks(second_queue));
    CHECK(is_pending(held_up));
    first.ready();
    second.ready();
    const std::span<const cl::Event> inherited = co_await writer.wait();
    CHECK(inherited.size() == 2);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await writer.wait_events();
    writer.ready();
}

DEVICE_TEST_CASE("what was enqueued before the function threw is tracked") {
    jcl::Resource<int> resource{0};
    const cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    cl_event first_command = nullptr;
    bool thrown = false;
    try {
        co_await jcl::enqueue(queue, ticket, gate, [&](jcl::Commands& commands) {
            cl::Event* const first = commands.event();
            support::check_cl(queue.enqueueMarkerWithWaitList(commands.wait_list(), first),
                              "clEnqueueMarkerWithWaitList");
            first_command = (*first)();
            (void)commands.event();
            throw std::runtime_error{"the second was refused"};
        });
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    CHECK(thrown);
    CHECK(ticket.held());
    ticket.ready();
    const std::span<const cl::Event> inherited = co_await next.wait();
    REQUIRE(inherited.size() == 1);
    CHECK(inherited.front()() == first_command);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await next.wait_events();
    next.ready();
}

DEVICE_TEST_CASE("a failed event is thrown before anything is held or enqueued") {
    jcl::Resource<int> resource{0};
    jcl::Resource<int> other{0};
    cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto before = co_await resource.acquire();
    before.ready(gate);
    gate.setStatus(-5);
    auto fine = other.acquire();
    auto ticket = resource.acquire();
    bool called = false;
    cl_int status = 0;
    try {
        co_await jcl::enqueue(queue, fine, ticket, [&](jcl::Commands&) { called = true; });
    } catch (const jcl::Error& error) {
        status = error.status();
    }
    CHECK(status == -5);
    CHECK_FALSE(called);
    CHECK_FALSE(ticket.held());
    CHECK_FALSE(fine.held());
    ticket = {};
    resource.clear_poison();
    co_await enqueue_in_turn(resource.acquire(), queue);
    co_await jcl::finish(queue);
}

DEVICE_TEST_CASE("a command behind a failed one is thrown, too, whatever is said of its status") {
    jcl::Resource<int> resource{0};
    cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    const cl::CommandQueue other = device.queue();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    const cl::Event failed = co_await jcl::enqueue(queue, ticket, gate, marks(queue));
    ticket.ready();
    gate.setStatus(-5);
    CHECK(error_status(co_await exception_of(failed)) < 0);
    bool called = false;
    cl_int status = 0;
    try {
        co_await jcl::enqueue(other, next, [&](jcl::Commands&) { called = true; });
    } catch (const jcl::Error& error) {
        status = error.status();
    }
    CHECK(status < 0);
    CHECK_FALSE(called);
    resource.clear_poison();
    next = {};
}

DEVICE_TEST_CASE("a function that throws at once leaves what was to be respected") {
    jcl::Resource<int> resource{0};
    cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto before = co_await resource.acquire();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    before.ready(gate);
    try {
        co_await jcl::enqueue(queue, ticket,
                              [](jcl::Commands&) { throw std::runtime_error{"no"}; });
    } catch (const std::runtime_error&) {
        ticket.ready();
    }
    const std::span<const cl::Event> inherited = co_await next.wait();
    CHECK(inherited.size() == 1);
    next.ready();
    gate.setStatus(CL_COMPLETE);
}

DEVICE_TEST_CASE("a set of tickets is enqueued through like each of them") {
    jcl::Resource<int> in{0};
    jcl::Resource<int> out{0};
    const cl::CommandQueue queue = device.queue();
    auto tickets = juggle::acquire_all(out, juggle::shared(in));
    co_await co_await jcl::enqueue(queue, tickets, marks(queue));
    CHECK(std::get<0>(tickets).held());
    std::get<0>(tickets).ready();
    std::get<1>(tickets).ready();
}

DEVICE_TEST_CASE("in the steady state enqueue allocates nothing") {
    jcl::Resource<int> in{0};
    jcl::Resource<int> out{0};
    const cl::CommandQueue queue = device.queue();
    const auto cycle = [&]() -> juggle::Task<> {
        auto from = in.acquire_shared();
        auto to = out.acquire();
        const cl::Event done = co_await jcl::enqueue(queue, from, to, marks(queue));
        co_await done;
        from.ready();
        to.ready();
    };
    CHECK(co_await support::allocations_in_steady_state(cycle) == 0);
}

DEVICE_TEST_CASE("a stop request while the turn is waited for leaves the tickets in their places") {
    jcl::Resource<int> resource{0};
    jcl::Resource<int> other{0};
    const cl::CommandQueue queue = device.queue();
    auto before = co_await resource.acquire();
    auto task = executor.spawn(enqueue_nothing(other.acquire(), resource.acquire(), queue));
    co_await support::a_few_turns();
    task.request_stop();
    const std::exception_ptr error = co_await exception_of(task);
    CHECK(support::is<juggle::Cancelled>(error));
    before.ready();
    co_await enqueue_in_turn(resource.acquire(), queue);
    co_await enqueue_in_turn(other.acquire(), queue);
    co_await jcl::finish(queue);
}

DEVICE_TEST_CASE("a function that uses its commands wrongly is told, and what it did is guarded") {
    jcl::Resource<int> resource{0};
    cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    const auto message_of = [&](auto function) -> juggle::Task<std::string> {
        auto ticket = resource.acquire();
        std::string message;
        try {
            co_await jcl::enqueue(queue, ticket, gate, function);
        } catch (const std::logic_error& error) {
            message = error.what();
        }
        CHECK(ticket.held() == (message.find("released") == std::string::npos));
        if (ticket.held()) {
            ticket.ready();
        }
        co_return message;
    };
    using Catch::Contains;
    CHECK_THAT(co_await message_of([](jcl::Commands& commands) { (void)commands.wait_list(); }),
               Contains("took a wait list for which there is no event"));
    CHECK_THAT(co_await message_of([&](jcl::Commands& commands) {
                   enqueue_marker(queue, commands);
                   (void)queue.enqueueMarkerWithWaitList(commands.wait_list());
               }),
               Contains("took a wait list for which there is no event"));
    CHECK_THAT(co_await message_of([&](jcl::Commands& commands) {
                   (void)queue.enqueueMarkerWithWaitList(nullptr, commands.event());
               }),
               Contains("took an event, but not the wait list"));
    CHECK_THAT(co_await message_of([&](jcl::Commands& commands) {
                   enqueue_marker(queue, commands);
                   (void)commands.wait_list();
                   (void)commands.event();
               }),
               Contains("command 2 of the function left no event"));
    CHECK(co_await message_of([](jcl::Commands&) {}) == "");
    gate.setStatus(CL_COMPLETE);
    co_await jcl::finish(queue);
}

DEVICE_TEST_CASE("a status that the function gives is an error if it is one") {
    jcl::Resource<int> resource{0};
    const cl::CommandQueue queue = device.queue();
    auto ticket = resource.acquire();
    co_await jcl::enqueue(queue, ticket, marks(queue));
    cl_int status = CL_SUCCESS;
    try {
        co_await jcl::enqueue(queue, ticket, [&](jcl::Commands& commands) {
            return cl::CommandQueue{}.enqueueMarkerWithWaitList(commands.wait_list(),
                                                                commands.event());
        });
    } catch (const jcl::Error& error) {
        status = error.status();
    }
    CHECK(status == CL_INVALID_COMMAND_QUEUE);
    co_await jcl::finish(queue);
    ticket.ready();
}

DEVICE_TEST_CASE("a command without the wait list does not end what is to be respected") {
    jcl::Resource<int> resource{0};
    cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto before = co_await resource.acquire();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    before.ready(gate);
    try {
        co_await jcl::enqueue(queue, ticket, [&](jcl::Commands& commands) {
            return queue.enqueueMarkerWithWaitList(nullptr, commands.event());
        });
    } catch (const std::logic_error&) {
        ticket.ready();
    }
    const std::span<const cl::Event> inherited = co_await next.wait();
    CHECK(inherited.size() == 2);
    CHECK(std::ranges::any_of(inherited, [&](const cl::Event& e) { return e() == gate(); }));
    next.ready();
    gate.setStatus(CL_COMPLETE);
}

DEVICE_TEST_CASE("a ticket that the function lets go of leaves its resource guarded") {
    for (const bool moves : {false, true}) {
        std::optional<jcl::Resource<int>> resource{std::in_place, "lamp", 0};
        cl::UserEvent gate = device.gate();
        const cl::CommandQueue queue = device.queue();
        auto ticket = resource->acquire();
        auto next = resource->acquire();
        decltype(ticket) elsewhere;
        cl_event command = nullptr;
        std::string message;
        try {
            co_await jcl::enqueue(queue, gate, ticket, [&](jcl::Commands& commands) {
                cl::Event* const event = commands.event();
                support::check_cl(queue.enqueueMarkerWithWaitList(commands.wait_list(), event),
                                  "clEnqueueMarkerWithWaitList");
                command = (*event)();
                if (moves) {
                    elsewhere = std::move(ticket);
                } else {
                    ticket.ready();
                }
            });
        } catch (const std::logic_error& error) {
            message = error.what();
        }
        CHECK_THAT(message, Catch::Contains("released or moved its ticket of resource 'lamp'"));
        if (moves) {
            elsewhere.ready();
        }
        const std::span<const cl::Event> inherited = co_await next.wait();
        REQUIRE(inherited.size() == 1);
        CHECK(inherited.front()() == command);
        next.ready();
        gate.setStatus(CL_COMPLETE);
    }
}

DEVICE_TEST_CASE("a resource that goes inside the function stays as long as the command") {
    std::optional<jcl::Resource<int>> resource{std::in_place, "lamp", 0};
    cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto ticket = resource->acquire();
    cl::Event command;
    std::thread opens;
    try {
        co_await jcl::enqueue(queue, gate, ticket, [&](jcl::Commands& commands) {
            cl::Event* const event = commands.event();
            support::check_cl(queue.enqueueMarkerWithWaitList(commands.wait_list(), event),
                              "clEnqueueMarkerWithWaitList");
            command = *event;
            ticket.ready();
            ticket = {};
            resource.reset();
            opens = std::thread{[&gate] { gate.setStatus(CL_COMPLETE); }};
        });
    } catch (const std::logic_error&) {
        CHECK(support::status_of(command) == CL_COMPLETE);  // its destructor has waited
    }
    opens.join();
}

DEVICE_TEST_CASE("a ticket that is held for long remembers what has not ended") {
    jcl::Resource<int> resource{0};
    const cl::CommandQueue queue = device.queue();
    auto ticket = resource.acquire();
    for (int step = 0; step < 300; ++step) {
        const cl::Event done = co_await jcl::enqueue(queue, ticket, marks(queue));
        co_await done;
    }
    CHECK(ticket.tracked().size() < 10);
    ticket.ready();
}

DEVICE_TEST_CASE("tickets of one resource track a command once, and one ticket is given once") {
    jcl::Resource<int> resource{0};
    const cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto first = resource.acquire_shared();
    auto second = resource.acquire_shared();
    auto next = resource.acquire();
    CHECK_THROWS_AS(jcl::enqueue(queue, first, first, marks(queue)), std::invalid_argument);
    co_await jcl::enqueue(queue, first, second, gate, marks(queue));
    first.ready();
    second.ready();
    const std::span<const cl::Event> inherited = co_await next.wait();
    CHECK(inherited.size() == 1);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await next.wait_events();
    next.ready();
}

DEVICE_TEST_CASE("a failure that the holder has dealt with is no obstacle") {
    jcl::Resource<int> resource{0};
    cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto before = co_await resource.acquire();
    before.ready(gate);
    gate.setStatus(-5);
    auto ticket = resource.acquire();
    co_await ticket.wait();
    const cl::Event done = co_await jcl::enqueue(queue, ticket, marks(queue));
    co_await done;
    ticket.ready();
    co_await enqueue_in_turn(resource.acquire(), queue);
    co_await jcl::finish(queue);
}

DEVICE_TEST_CASE("an enqueue, or a set's wait, may be awaited again") {
    jcl::Resource<int> resource{0};
    const cl::CommandQueue queue = device.queue();
    auto before = co_await resource.acquire();
    auto ticket = resource.acquire();
    auto later = executor.spawn([](auto first) -> juggle::Task<> {
        co_await juggle::yield();
        first.ready();
    }(std::move(before)));
    auto enqueueing = jcl::enqueue(queue, ticket, marks(queue));
    const cl::Event first_event = co_await enqueueing;
    const cl::Event second_event = co_await enqueueing;
    CHECK(first_event() != second_event());
    co_await second_event;
    co_await later;
    ticket.ready();
    auto other = co_await resource.acquire();
    juggle::AllocationSet set = juggle::acquire_all(resource);
    auto again = executor.spawn([](auto held) -> juggle::Task<> {
        co_await juggle::yield();
        held.ready();
    }(std::move(other)));
    auto waiting = set.wait_events();
    co_await waiting;
    co_await waiting;
    std::get<0>(set).ready();
    co_await again;
}

DEVICE_TEST_CASE("several commands in one go are all tracked, and the last is given") {
    jcl::Resource<int> resource{0};
    const cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    cl_event last = nullptr;
    const cl::Event given =
        co_await jcl::enqueue(queue, ticket, gate, [&](jcl::Commands& commands) {
            for (int command = 0; command < 100; ++command) {
                cl::Event* const event = commands.event("a step");
                support::check_cl(queue.enqueueMarkerWithWaitList(commands.wait_list(), event),
                                  "clEnqueueMarkerWithWaitList");
                last = (*event)();
            }
        });
    CHECK(given() == last);
    ticket.ready();
    const std::span<const cl::Event> inherited = co_await next.wait();
    CHECK(inherited.size() == 100);
    cl::UserEvent{gate}.setStatus(CL_COMPLETE);
    co_await next.wait_events();
    next.ready();
}

DEVICE_TEST_CASE("who enqueues nothing passes on what was to be respected, and gets a null event") {
    jcl::Resource<int> resource{0};
    cl::UserEvent gate = device.gate();
    const cl::CommandQueue queue = device.queue();
    auto before = co_await resource.acquire();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    before.ready(gate);
    for (int time = 0; time < 3; ++time) {
        const cl::Event none = co_await jcl::enqueue(queue, ticket, [](jcl::Commands&) {});
        CHECK(none() == nullptr);
        CHECK(ticket.held());
    }
    ticket.ready();
    const std::span<const cl::Event> inherited = co_await next.wait();
    REQUIRE(inherited.size() == 1);
    CHECK(inherited.front()() == gate());
    next.ready();
    gate.setStatus(CL_COMPLETE);
}
