// What happens to a resource whose holder failed.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/resources.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

using juggle::JoinHandle;
using juggle::Resource;
using juggle::ResourceAllocation;
using juggle::ResourcePoisoned;
using juggle::Task;
using support::DeviceResource;
using support::DeviceTicket;
using support::exception_of;
using support::is;
using support::ManualEvent;
using support::ManualQueue;
using support::TestExecutor;
using support::Ticket;
using support::wait;

namespace {

/// Fails while it holds the resource: in a variable, in a parameter, or below an await.
Task<> fail_with_variable(Resource<int>& resource) {
    const Ticket mine = co_await resource.acquire();
    throw std::runtime_error{"the kernel failed"};
}

Task<> fail_with_parameter(Ticket ticket) {
    co_await ticket.wait();
    throw std::runtime_error{"the kernel failed"};
}

Task<> fail_after_suspension(Resource<int>& resource) {
    const Ticket mine = co_await resource.acquire();
    co_await juggle::yield();
    throw std::runtime_error{"the kernel failed"};
}

Task<> throw_after_a_turn() {
    co_await juggle::yield();
    throw std::runtime_error{"the kernel failed"};
}

Task<> fail_below(Resource<int>& resource) {
    const Ticket mine = co_await resource.acquire();
    co_await throw_after_a_turn();
}

/// The exception that is nested in one, in words.
std::string nested_text(const std::exception_ptr& outer) {
    try {
        std::rethrow_exception(outer);
    } catch (const std::exception& error) {
        try {
            std::rethrow_if_nested(error);
        } catch (...) {
            return support::text_of(std::current_exception());
        }
    } catch (...) {}
    return {};
}

}  // namespace

CO_TEST_CASE("an exception in a holder reaches the next holder, nested in ResourcePoisoned") {
    for (const int way : {0, 1, 2, 3}) {
        INFO("way " << way);
        Resource<int> resource{"weights", 0};
        Task<> failing = way == 0   ? fail_with_variable(resource)
                         : way == 1 ? fail_with_parameter(resource.acquire())
                         : way == 2 ? fail_after_suspension(resource)
                                    : fail_below(resource);
        const std::exception_ptr first = co_await exception_of(std::move(failing));
        CHECK(support::text_of(first) == "the kernel failed");
        CHECK(resource.poisoned());

        Ticket next = resource.acquire();
        const std::exception_ptr second = co_await exception_of(wait(next));
        CHECK(is<ResourcePoisoned>(second));
        CHECK(nested_text(second) == "the kernel failed");
        CHECK_FALSE(next.held());
    }
}

CO_TEST_CASE("a spawned holder that fails poisons the resource as well") {
    Resource<int> resource{0};
    const JoinHandle<> parameter = executor.spawn(fail_with_parameter(resource.acquire()));
    const JoinHandle<> variable = executor.spawn(fail_with_variable(resource));
    const std::exception_ptr first = co_await exception_of(parameter);
    CHECK(support::text_of(first) == "the kernel failed");
    const std::exception_ptr second = co_await exception_of(variable);
    CHECK(is<ResourcePoisoned>(second));
    CHECK(nested_text(second) == "the kernel failed");

    resource.clear_poison();
    const JoinHandle<> again = executor.spawn(fail_with_variable(resource));
    const std::exception_ptr third = co_await exception_of(again);
    CHECK(support::text_of(third) == "the kernel failed");
    CHECK(resource.poisoned());
}

CO_TEST_CASE("a holder that is cancelled poisons the resource") {
    Resource<int> resource{0};
    const auto holds = [&resource]() -> Task<> {
        const Ticket mine = co_await resource.acquire();
        co_await ManualEvent{};
    };
    const JoinHandle<> handle = executor.spawn(holds());
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<juggle::Cancelled>(error));
    CHECK(resource.poisoned());
    Ticket next = resource.acquire();
    const std::exception_ptr poisoned = co_await exception_of(wait(next));
    REQUIRE(is<ResourcePoisoned>(poisoned));
    try {
        std::rethrow_exception(poisoned);
    } catch (const ResourcePoisoned& what) {
        CHECK(is<juggle::Cancelled>(what.cause()));
    }
}

CO_TEST_CASE("the text names the resource and the line that acquired it") {
    Resource<int> resource{"frame buffer", 0};
    const std::string line = std::to_string(__LINE__ + 1);
    Ticket mine = resource.acquire();
    co_await mine.wait();
    mine.fail(nullptr);
    Ticket next = resource.acquire();
    const std::exception_ptr error = co_await exception_of(wait(next));
    CHECK_THAT(support::text_of(error), Catch::Contains("'frame buffer'"));
    CHECK_THAT(support::text_of(error), Catch::Contains("resource_poisoned.cpp:" + line));
}

CO_TEST_CASE("fail hands on the exception that it is given, or none") {
    Resource<int> resource{0};
    Ticket mine = co_await resource.acquire();
    mine.fail(std::make_exception_ptr(std::runtime_error{"checksum"}));
    CHECK_FALSE(mine);
    Ticket next = resource.acquire();
    const std::exception_ptr error = co_await exception_of(wait(next));
    CHECK(nested_text(error) == "checksum");

    resource.clear_poison();
    co_await next.wait();
    next.fail(nullptr);
    Ticket last = resource.acquire();
    const std::exception_ptr bare = co_await exception_of(wait(last));
    REQUIRE(is<ResourcePoisoned>(bare));
    CHECK(nested_text(bare).empty());
    try {
        std::rethrow_exception(bare);
    } catch (const ResourcePoisoned& poisoned) {
        CHECK_FALSE(poisoned.cause());
    }
}

CO_TEST_CASE("every kind of wait throws it") {
    DeviceResource resource{0};
    DeviceTicket mine = co_await resource.acquire();
    mine.fail(nullptr);

    DeviceTicket next = resource.acquire();
    ManualQueue queue;
    const auto wait_in_every_way = [&](int way) -> Task<> {
        switch (way) {
            case 0:
                co_await next.wait();
                break;
            case 1:
                co_await next.wait_events();
                break;
            case 2:
                co_await next.wait_device(queue);
                break;
            default:
                (void)next.try_wait();
        }
    };
    for (int way = 0; way < 4; ++way) {
        const std::exception_ptr error = co_await exception_of(wait_in_every_way(way));
        CHECK(is<ResourcePoisoned>(error));
        CHECK_FALSE(next.held());
    }
    const auto acquire = [&resource]() -> Task<> {
        const DeviceTicket unused = co_await resource.acquire();
    };
    next = {};
    const std::exception_ptr error = co_await exception_of(acquire());
    CHECK(is<ResourcePoisoned>(error));
}

CO_TEST_CASE("poison passes down the line until clear_poison") {
    Resource<int> resource{0};
    Ticket first = co_await resource.acquire();
    std::vector<JoinHandle<>> waiting;
    const auto waits = [](Ticket ticket) -> Task<> { co_await ticket.wait(); };
    for (int index = 0; index < 5; ++index) {
        waiting.push_back(executor.spawn(waits(resource.acquire())));
    }
    co_await juggle::yield();
    first.fail(nullptr);
    for (const JoinHandle<>& handle : waiting) {
        const std::exception_ptr error = co_await exception_of(handle);
        CHECK(is<ResourcePoisoned>(error));
    }
    CHECK(resource.poisoned());
    CHECK(resource.idle());

    resource.clear_poison();
    CHECK_FALSE(resource.poisoned());
    Ticket mine = co_await resource.acquire();
    CHECK(mine.held());
    mine.ready();
}

CO_TEST_CASE("a ticket whose wait threw ResourcePoisoned keeps its place") {
    Resource<int> resource{0};
    Ticket first = co_await resource.acquire();
    first.fail(nullptr);
    Ticket second = resource.acquire();
    Ticket third = resource.acquire();
    const std::exception_ptr error = co_await exception_of(wait(second));
    CHECK(is<ResourcePoisoned>(error));
    CHECK_FALSE(third.granted());
    resource.clear_poison();
    co_await second.wait();
    CHECK(second.held());
    second.ready();
    CHECK(third.granted());
}

CO_TEST_CASE("a poisoned resource keeps the events that were inherited and tracked") {
    DeviceResource resource{0};
    ManualEvent inherited;
    ManualEvent tracked;
    DeviceTicket first = co_await resource.acquire();
    first.ready(inherited);
    DeviceTicket second = resource.acquire();
    co_await second.wait();
    second.track(tracked);
    second.fail(nullptr);
    resource.clear_poison();
    DeviceTicket third = resource.acquire();
    const std::span<const ManualEvent> events = co_await third.wait();
    CHECK(std::vector<ManualEvent>(events.begin(), events.end()) ==
          std::vector{inherited, tracked});
    third.ready();
}

CO_TEST_CASE("an allocation dropped by an exception before it was held poisons nothing") {
    Resource<int> resource{0};
    const auto fail_before = [](Ticket) -> Task<> {
        throw std::runtime_error{"too early"};
        co_return;
    };
    const std::exception_ptr error = co_await exception_of(fail_before(resource.acquire()));
    CHECK(error);
    CHECK_FALSE(resource.poisoned());
    CHECK(resource.idle());
}

CO_TEST_CASE("an allocation that was released before the exception poisons nothing") {
    Resource<int> resource{0};
    const auto fail_after = [&resource]() -> Task<> {
        Ticket mine = co_await resource.acquire();
        mine.ready();
        throw std::runtime_error{"too late"};
    };
    const std::exception_ptr error = co_await exception_of(fail_after());
    CHECK(error);
    CHECK_FALSE(resource.poisoned());
}

CO_TEST_CASE("an exception elsewhere does not poison what another task holds") {
    Resource<int> resource{0};
    Ticket mine = co_await resource.acquire();
    const JoinHandle<> other = executor.spawn(throw_after_a_turn());
    const std::exception_ptr error = co_await exception_of(other);
    CHECK(error);
    CHECK(mine.held());
    CHECK_FALSE(resource.poisoned());
    mine.ready();
}

TEST_CASE("a run inside of a destructor that an exception calls takes no poison from it") {
    TestExecutor test;
    Resource<int> resource{0};
    struct RunsInDestructor {
        TestExecutor& test;
        Resource<int>& resource;
        ~RunsInDestructor() {
            const auto forgets = [](Resource<int>& target) -> Task<> {
                const Ticket mine = co_await target.acquire();
            };
            test.executor.run(forgets(resource));
        }
    };
    try {
        const RunsInDestructor runs{test, resource};
        throw std::runtime_error{"outside"};
    } catch (const std::runtime_error&) {}
    CHECK_FALSE(resource.poisoned());
    CHECK(test.reports.diagnostics.size() == 1);
}

TEST_CASE("a holder that is destroyed with its executor poisons the resource") {
    Resource<int> resource{0};
    {
        TestExecutor test;
        const auto refuses_to_stop = [&resource]() -> Task<> {
            const Ticket mine = co_await resource.acquire();
            for (;;) {
                try {
                    co_await ManualEvent{};
                } catch (const juggle::Cancelled&) {}
            }
        };
        test.executor.spawn(refuses_to_stop()).detach();
        (void)test.executor.poll();
    }
    CHECK(resource.poisoned());
    CHECK(resource.idle());
}

TEST_CASE("a holder outside of all tasks that an exception ends poisons the resource") {
    Resource<int> resource{0};
    try {
        Ticket mine = resource.acquire();
        REQUIRE(mine.try_wait().has_value());
        throw std::runtime_error{"outside"};
    } catch (const std::runtime_error&) {}
    CHECK(resource.poisoned());
    CHECK(resource.idle());
}

TEST_CASE("where memory runs out a resource is poisoned all the same, for a reason unknown") {
    if (!support::sees_allocations()) {
        return;
    }
    // What fails is the record of the poison, then the note that its cause is to be added.
    for (const int number : {1, 2}) {
        INFO("allocation " << number);
        TestExecutor test;
        DeviceResource resource{0};
        const auto fail = [&]() -> Task<> {
            std::optional<support::FailingAllocations> failing;
            const DeviceTicket mine = co_await resource.acquire();
            failing.emplace(number, support::FailingAllocations::Which::one);
            throw number;
        };
        const auto main = [&]() -> Task<> {
            const std::exception_ptr error = co_await exception_of(fail());
            CHECK(is<int>(error));
            CHECK(support::FailingAllocations::reached());
            CHECK(resource.poisoned());
            const std::exception_ptr next = co_await exception_of(resource.acquire());
            CHECK_THROWS_AS(std::rethrow_exception(next), ResourcePoisoned);
            try {
                std::rethrow_exception(next);
            } catch (const ResourcePoisoned& poisoned) {
                CHECK(poisoned.cause() == nullptr);
            }
        };
        test.executor.run(main());
        CHECK(test.reports.empty());
    }
}

CO_TEST_CASE("in a race, a resource that was poisoned meanwhile fails its branch and no other") {
    ManualQueue queue;
    for (int kind = 0; kind < 4; ++kind) {
        INFO("kind of wait " << kind);
        DeviceResource broken{0};
        DeviceResource sound{0};
        DeviceTicket breaks = co_await broken.acquire();
        DeviceTicket holds = co_await sound.acquire();
        DeviceTicket first = broken.acquire();
        DeviceTicket second = sound.acquire();
        const auto races = [&]() -> Task<std::size_t> {
            if (kind == 0) {
                co_return (co_await juggle::when_any(first.wait(), second.wait())).index();
            }
            if (kind == 1) {
                co_return (co_await juggle::when_any(first.wait_events(), second.wait())).index();
            }
            if (kind == 2) {
                co_return (co_await juggle::when_any(first.wait_device(queue), second.wait()))
                    .index();
            }
            co_return (co_await juggle::when_any(wait(first), wait(second))).index();  // in tasks
        };
        const JoinHandle<std::size_t> race = executor.spawn(races());
        co_await support::yield_times(2);
        breaks.fail(nullptr);
        co_await support::yield_times(2);
        CHECK_FALSE(race.done());
        holds.ready();
        const std::size_t winner = co_await race;
        CHECK(winner == 1);
        CHECK_FALSE(first.held());
        REQUIRE(second.held());
        second.ready();
    }
}
