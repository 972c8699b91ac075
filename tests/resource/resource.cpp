// A resource as a whole: order, poison, lifetime. What its allocations do: resource_allocation.cpp.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/resources.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>
#include <juggle/when_any.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
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
using support::Ticket;
using support::yield_times;

namespace {

/// Holds the resource for a turn and writes down when that was.
Task<> take_turn(Ticket ticket, int name, std::vector<int>& order) {
    co_await ticket.wait();
    order.push_back(name);
    co_await juggle::yield();
    ticket.ready();
}

}  // namespace

// ---- order --------------------------------------------------------------------------------------

CO_TEST_CASE("tasks get the resource in the order of acquire") {
    Resource<int> resource{0};
    std::vector<int> order;
    std::vector<JoinHandle<>> handles;
    for (int name = 0; name < 5; ++name) {
        handles.push_back(executor.spawn(take_turn(resource.acquire(), name, order)));
    }
    for (const JoinHandle<>& handle : handles) {
        co_await handle;
    }
    CHECK(order == std::vector{0, 1, 2, 3, 4});
}

CO_TEST_CASE("the order is that of acquire even when the second waits first and the first late") {
    Resource<int> resource{0};
    std::vector<int> order;
    Ticket first = resource.acquire();
    Ticket second = resource.acquire();
    const JoinHandle<> late_in_line = executor.spawn(take_turn(std::move(second), 2, order));
    co_await yield_times(5);
    CHECK(order.empty());
    const JoinHandle<> first_in_line = executor.spawn(take_turn(std::move(first), 1, order));
    co_await late_in_line;
    co_await first_in_line;
    CHECK(order == std::vector{1, 2});
}

CO_TEST_CASE("an idle resource is not given out of turn") {
    Resource<int> resource{0};
    Ticket first = resource.acquire();
    Ticket second = resource.acquire();
    CHECK(first.granted());
    CHECK_FALSE(second.granted());
    CHECK_FALSE(second.try_wait().has_value());
    co_await first.wait();
    first.ready();
    CHECK(second.granted());
}

CO_TEST_CASE("co_await acquire gives the allocation, held") {
    Resource<std::string> resource{"value"};
    ResourceAllocation<std::string> mine = co_await resource.acquire();
    CHECK(mine.held());
    CHECK(*mine == "value");
    mine->append("!");
    CHECK(mine.value() == "value!");
    mine.ready();
}

TEST_CASE("a resource is idle while nobody has a ticket") {
    Resource<int> resource{0};
    CHECK(resource.idle());
    {
        const Ticket ticket = resource.acquire();
        CHECK_FALSE(resource.idle());
    }
    CHECK(resource.idle());
}

CO_TEST_CASE("a million tickets may be in line") {
    Resource<int> resource{0};
    std::vector<Ticket> tickets;
    tickets.reserve(1'000'000);
    for (int index = 0; index < 1'000'000; ++index) {
        tickets.push_back(resource.acquire());
    }
    for (Ticket& ticket : tickets) {
        ++co_await ticket.wait_events();
        ticket.ready();
    }
    Ticket last = co_await resource.acquire();
    CHECK(*last == 1'000'000);
    last.ready();
}

CO_TEST_CASE("a million tickets may be dropped from either end of the line") {
    Resource<int> resource{0};
    for (const bool newest_first : {false, true}) {
        Ticket holder = co_await resource.acquire();
        std::vector<std::optional<Ticket>> tickets;
        tickets.reserve(1'000'000);
        for (int index = 0; index < 1'000'000; ++index) {
            tickets.emplace_back(resource.acquire());
        }
        Ticket last = resource.acquire();
        if (newest_first) {
            while (!tickets.empty()) {
                tickets.pop_back();
            }
            holder.ready();
        } else {
            holder.ready();
            for (std::optional<Ticket>& ticket : tickets) {
                ticket.reset();
            }
        }
        CHECK(last.granted());
        co_await last.wait();
        last.ready();
    }
}

// ---- names --------------------------------------------------------------------------------------

TEST_CASE("a resource is named as given, or after the place where it was made") {
    const Resource<int> named{"frame buffer", 0};
    CHECK(named.name() == "'frame buffer'");
    const std::string line = std::to_string(__LINE__ + 1);
    const Resource<int> nameless{0};
    CHECK_THAT(nameless.name(), Catch::Contains("resource.cpp:" + line));
}

// ---- use ----------------------------------------------------------------------------------------

CO_TEST_CASE("use calls a function with the value and gives what it returns") {
    Resource<int> resource{5};
    const int doubled = co_await resource.use([](int& value) { return 2 * value++; });
    CHECK(doubled == 10);
    const int& reference = co_await resource.use([](int& value) -> int& { return value; });
    CHECK(reference == 6);
    co_await resource.use([](int& value) { value = 0; });
    CHECK(reference == 0);
    CHECK(resource.idle());
}

CO_TEST_CASE("use awaits a function that is a coroutine, and holds the resource meanwhile") {
    Resource<int> resource{5};
    const auto slow = [&resource](int& value) -> Task<int> {
        co_await juggle::yield();
        CHECK_FALSE(resource.idle());
        co_return value + 1;
    };
    const int result = co_await resource.use(slow);
    CHECK(result == 6);
    const auto nothing = [](int& value) -> Task<> {
        co_await juggle::yield();
        value = 7;
    };
    co_await resource.use(nothing);
    const auto refer = [](int& value) -> Task<int&> { co_return value; };
    const int& value = co_await resource.use(refer);
    CHECK(value == 7);
    const auto pointer = [](int& source) -> Task<std::unique_ptr<int>> {
        co_return std::make_unique<int>(source);
    };
    const std::unique_ptr<int> copy = co_await resource.use(pointer);
    CHECK(*copy == 7);
    CHECK(resource.idle());
}

CO_TEST_CASE("use takes its place in the line when it is called, not when it starts") {
    Resource<int> resource{1};
    Task<int> first = resource.use([](int& value) { return std::exchange(value, 2); });
    Task<int> second = resource.use([](int& value) { return std::exchange(value, 3); });
    const JoinHandle<int> later = executor.spawn(std::move(second));
    co_await yield_times(3);
    CHECK_FALSE(later.done());
    const int seen_first = co_await std::move(first);
    const int seen_second = co_await later;
    CHECK(seen_first == 1);
    CHECK(seen_second == 2);
}

CO_TEST_CASE("a use that is never awaited passes its turn on") {
    Resource<int> resource{0};
    Task<> dropped = resource.use([](int&) {});
    dropped.discard();
    CHECK(resource.idle());
    co_return;
}

CO_TEST_CASE("use that throws poisons the resource and nests the exception") {
    Resource<int> resource{"weights", 0};
    const auto fail = [](int&) { throw std::runtime_error{"not converged"}; };
    const std::exception_ptr error = co_await exception_of(resource.use(fail));
    CHECK(support::text_of(error) == "not converged");
    CHECK(resource.poisoned());

    const auto slow_fail = [](int&) -> Task<> {
        co_await juggle::yield();
        throw std::runtime_error{"not converged later"};
    };
    resource.clear_poison();
    const std::exception_ptr later = co_await exception_of(resource.use(slow_fail));
    CHECK(support::text_of(later) == "not converged later");
    CHECK(resource.poisoned());

    const std::exception_ptr next = co_await exception_of(resource.use([](int&) {}));
    REQUIRE(is<ResourcePoisoned>(next));
    try {
        std::rethrow_exception(next);
    } catch (const ResourcePoisoned& poisoned) {
        CHECK_THAT(poisoned.what(), Catch::Contains("weights"));
        CHECK(support::text_of(poisoned.cause()) == "not converged later");
        CHECK_THROWS_WITH(std::rethrow_if_nested(poisoned), "not converged later");
    }
}

CO_TEST_CASE(
    "use whose result cannot be moved out has released the resource, and poisons nothing") {
    struct Stubborn {
        Stubborn() = default;
        Stubborn(const Stubborn&) { throw std::runtime_error{"no room"}; }
        Stubborn& operator=(const Stubborn&) = default;
    };
    Resource<int> resource{0};
    const auto make = [](int&) { return Stubborn{}; };
    const std::exception_ptr error = co_await exception_of(resource.use(make));
    CHECK(support::text_of(error) == "no room");
    CHECK_FALSE(resource.poisoned());
    CHECK(resource.idle());
}

CO_TEST_CASE("use of a poisoned resource throws without calling the function") {
    Resource<int> resource{0};
    Ticket holder = co_await resource.acquire();
    holder.fail(nullptr);
    bool called = false;
    const std::exception_ptr error =
        co_await exception_of(resource.use([&called](int&) { called = true; }));
    CHECK(is<ResourcePoisoned>(error));
    CHECK_FALSE(called);
}

// ---- trying -------------------------------------------------------------------------------------

CO_TEST_CASE("try_acquire gives the resource, held, if it is free right now") {
    DeviceResource resource{5};
    std::optional<DeviceTicket> mine = resource.try_acquire();
    REQUIRE(mine.has_value());
    CHECK(mine->held());
    CHECK(**mine == 5);
    CHECK_FALSE(resource.try_acquire().has_value());
    ManualEvent event;
    mine->ready(event);
    CHECK_FALSE(resource.try_acquire().has_value());  // a command may still use it
    CHECK(resource.idle());
    event.complete();
    mine = resource.try_acquire();
    REQUIRE(mine.has_value());
    mine->ready();
    co_return;
}

CO_TEST_CASE("try_acquire overtakes nobody") {
    Resource<int> resource{0};
    {
        const Ticket granted = resource.acquire();
        CHECK_FALSE(resource.try_acquire().has_value());
        CHECK(granted.granted());
    }
    CHECK(resource.idle());
    co_return;
}

CO_TEST_CASE("try_acquire of a poisoned resource throws") {
    Resource<int> resource{"weights", 0};
    const std::string line = std::to_string(__LINE__ + 1);
    std::optional<Ticket> mine = resource.try_acquire();
    mine->fail(nullptr);
    try {
        (void)resource.try_acquire();
        FAIL("poisoned");
    } catch (const ResourcePoisoned& poisoned) {
        CHECK_THAT(poisoned.what(), Catch::Contains("resource.cpp:" + line));
    }
    CHECK(resource.idle());
    co_return;
}

CO_TEST_CASE("try_acquire gives nothing while an event has failed, until clear_poison") {
    DeviceResource resource{0};
    ManualEvent event;
    event.fail();
    resource.try_acquire()->ready(event);
    CHECK_FALSE(resource.try_acquire().has_value());
    resource.clear_poison();
    std::optional<DeviceTicket> mine = resource.try_acquire();
    REQUIRE(mine.has_value());
    mine->ready();
    co_return;
}

// ---- without a value ----------------------------------------------------------------------------

CO_TEST_CASE("a resource of void is a lock, held by one or by several that share it") {
    Resource<void> lock{"lock"};
    CHECK(lock.name() == "'lock'");
    auto mine = co_await lock.acquire();
    auto next = lock.acquire_shared();
    CHECK_FALSE(next.granted());
    CHECK_FALSE(lock.try_acquire().has_value());
    mine.ready();
    co_await next.wait();
    next.ready();
    CHECK(lock.idle());
    Resource<void> moved = std::move(lock);
    CHECK(moved.name() == "'lock'");
}

CO_TEST_CASE("a lock hands on events, too") {
    Resource<void, ManualEvent> lock;
    CHECK_THAT(lock.name(), Catch::Contains("resource.cpp:"));
    ManualEvent event;
    auto mine = co_await lock.acquire();
    mine.ready(event);
    auto next = lock.acquire();
    support::ManualQueue queue;
    co_await next.wait_device(queue);
    CHECK(queue.wait_lists.at(0) == std::vector{event});
    next.ready();
    event.complete();
}

CO_TEST_CASE("use of a lock calls a function without arguments") {
    Resource<void> lock;
    const int result = co_await lock.use([] { return 3; });
    CHECK(result == 3);
    const auto slow = [&lock]() -> Task<int> {
        co_await juggle::yield();
        CHECK_FALSE(lock.idle());
        co_return 4;
    };
    const int later = co_await lock.use(slow);
    CHECK(later == 4);
    const auto fail = [] { throw std::runtime_error{"locked"}; };
    const std::exception_ptr error = co_await exception_of(lock.use(fail));
    CHECK(support::text_of(error) == "locked");
    CHECK(lock.poisoned());
}

// ---- races --------------------------------------------------------------------------------------

CO_TEST_CASE("of tickets in a race only the winner takes the value, in every kind of wait") {
    DeviceResource first{1};
    DeviceResource second{2};
    support::ManualQueue queue;
    for (int kind = 0; kind < 4; ++kind) {
        for (const bool second_comes_first : {false, true}) {
            DeviceTicket holds_first = co_await first.acquire();
            DeviceTicket holds_second = co_await second.acquire();
            DeviceTicket a = first.acquire();
            DeviceTicket b = second.acquire();
            const auto races = [&]() -> Task<std::size_t> {
                if (kind == 0) {
                    co_return (co_await juggle::when_any(a.wait(), b.wait())).index();
                }
                if (kind == 1) {
                    co_return (co_await juggle::when_any(a.wait_events(), b.wait_events())).index();
                }
                if (kind == 2) {
                    co_return (
                        co_await juggle::when_any(a.wait_device(queue), b.wait_device(queue)))
                        .index();
                }
                co_return (co_await juggle::when_any(a.wait_events(), b.wait_device(queue)))
                    .index();
            };
            const JoinHandle<std::size_t> race = executor.spawn(races());
            co_await yield_times(2);
            (second_comes_first ? holds_second : holds_first).ready();
            (second_comes_first ? holds_first : holds_second).ready();  // in the same turn
            const std::size_t winner = co_await race;
            CHECK(a.held() == (winner == 0));
            CHECK(b.held() == (winner == 1));
            CHECK(a.granted());
            CHECK(b.granted());  // the loser's ticket is still in its place
            (winner == 0 ? a : b).ready();
            co_await (winner == 0 ? b : a).wait();
            (winner == 0 ? b : a).ready();
        }
    }
}

// ---- lifetime -----------------------------------------------------------------------------------

namespace {

/// Tells in a log when it is destroyed.
class Value {
public:
    explicit Value(std::vector<std::string>& log) : log_{&log} {}
    Value(Value&& other) noexcept : log_{std::exchange(other.log_, nullptr)} {}
    Value& operator=(Value&&) = delete;
    ~Value() {
        if (log_ != nullptr) {
            log_->emplace_back("value destroyed");
        }
    }

private:
    std::vector<std::string>* log_;
};

}  // namespace

CO_TEST_CASE("the value outlives the resource as long as there are allocations") {
    std::vector<std::string> log;
    std::optional<Resource<Value>> resource{std::in_place, Value{log}};
    ResourceAllocation<Value> first = resource->acquire();
    std::optional<ResourceAllocation<Value>> second{resource->acquire()};
    resource.reset();
    co_await first.wait();
    first.ready();
    first = {};
    co_await second->wait();
    CHECK(log.empty());
    second->ready();
    CHECK(log.empty());
    second.reset();
    CHECK(log == std::vector<std::string>{"value destroyed"});
}

CO_TEST_CASE("whoever goes last waits on the host for the last events before the value dies") {
    for (const bool resource_goes_last : {false, true}) {
        std::vector<std::string> log;
        ManualEvent event;
        std::optional<Resource<Value, ManualEvent>> resource{std::in_place, Value{log}};
        {
            ResourceAllocation<Value, ManualEvent> mine = co_await resource->acquire();
            if (!resource_goes_last) {
                resource.reset();
            }
            mine.ready(event);
            CHECK(event.host_waits() == 0);
        }
        resource.reset();
        CHECK(event.host_waits() == 1);
        CHECK(log == std::vector<std::string>{"value destroyed"});
    }
}

CO_TEST_CASE("the tracked events of a holder that never released are waited for, too") {
    ManualEvent inherited;
    ManualEvent tracked;
    auto resource = std::make_unique<DeviceResource>(0);
    {
        DeviceTicket before = co_await resource->acquire();
        before.ready(inherited);
    }
    const auto fail = [&]() -> Task<> {
        DeviceTicket mine = resource->acquire();
        co_await mine.wait();
        mine.track(tracked);
        throw std::runtime_error{"failed while holding"};
    };
    const std::exception_ptr error = co_await exception_of(fail());
    CHECK(error);
    resource.reset();
    CHECK(inherited.host_waits() == 1);
    CHECK(tracked.host_waits() == 1);
}

CO_TEST_CASE("a resource can be moved while there are allocations") {
    Resource<int> resource{1};
    Ticket holder = co_await resource.acquire();
    Resource<int> moved = std::move(resource);
    Ticket next = moved.acquire();
    CHECK_FALSE(next.granted());
    holder.ready();
    CHECK(next.granted());
    Resource<int> assigned{2};
    assigned = std::move(moved);
    CHECK_FALSE(assigned.idle());
    co_await next.wait();
    CHECK(*next == 1);
    next.ready();
}

CO_TEST_CASE("a value that can only be moved is fine, and need not be default-constructible") {
    Resource<std::unique_ptr<int>> resource{std::make_unique<int>(4)};
    ResourceAllocation<std::unique_ptr<int>> mine = co_await resource.acquire();
    CHECK(**mine == 4);
    mine.ready();
}

TEST_CASE("a debug build aborts with a word about it when two threads share a resource",
          "[threads]") {
    struct Use {
        const char* function;
        void (*call)(Resource<int>&, Ticket&);
    };
    const Use uses[] = {
        {"Resource::acquire",
         [](Resource<int>& resource, Ticket&) { const Ticket other = resource.acquire(); }},
        {"Resource::acquire_shared",
         [](Resource<int>& resource, Ticket&) { const auto other = resource.acquire_shared(); }},
        {"Resource::try_acquire",
         [](Resource<int>& resource, Ticket&) { (void)resource.try_acquire(); }},
        {"Resource::try_acquire_shared",
         [](Resource<int>& resource, Ticket&) { (void)resource.try_acquire_shared(); }},
        {"ResourceAllocation::ready", [](Resource<int>&, Ticket& mine) { mine.ready(); }},
        {"ResourceAllocation::fail", [](Resource<int>&, Ticket& mine) { mine.fail({}); }},
        {"the end of a ResourceAllocation",
         [](Resource<int>&, Ticket& mine) { const Ticket dropped = std::move(mine); }},
    };
    for (const auto& [function, call] : uses) {
        INFO(function);
        support::check_aborts(
            "juggle: resource 'frame' was used from two threads, on the second by " +
                std::string{function} + "; other threads use a juggle::Poster\n",
            [use = call] {
                Resource<int> resource{"frame", 0};
                Ticket mine = resource.acquire();
                (void)mine.try_wait();
                std::thread{[&] { use(resource, mine); }}.join();
            });
    }
    support::check_aborts("juggle: resource made at " __FILE__ ":", [] {
        Resource<int> resource{0};
        const Ticket mine = resource.acquire();
        std::thread{[&resource] { const Ticket other = resource.acquire(); }}.join();
    });
}

TEST_CASE("a resource that nobody uses may be handed to another thread", "[threads]") {
    Resource<int> resource{3};
    juggle::Executor first;
    CHECK(first.run(resource.use([](int& value) { return ++value; })) == 4);
    int result = 0;
    std::thread{[&] {
        juggle::Executor second;
        result = second.run(resource.use([](int& value) { return ++value; }));
    }}.join();
    CHECK(result == 5);
}

TEST_CASE("a debug build aborts with a word about it when a resource is used after a move") {
    support::check_aborts("moved from", [] {
        Resource<int> resource{0};
        const Resource<int> moved = std::move(resource);
        const Ticket mine = resource.acquire();  // NOLINT(bugprone-use-after-move)
    });
}
