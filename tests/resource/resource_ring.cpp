// Buffers that are used in turn.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::JoinHandle;
using juggle::ResourceRing;
using juggle::Task;
using support::ManualEvent;

namespace {

/// Holds a slot for some turns, and notes when.
Task<> use(ResourceRing<int>::Allocation ticket, std::string name, std::vector<std::string>& log) {
    const int slot = co_await ticket.wait_events();
    log.push_back(name + " in " + std::to_string(slot));
    for (int turn = 0; turn < 3; ++turn) {
        co_await juggle::yield();
    }
    log.push_back(name + " done");
    ticket.ready();
}

int number(std::size_t index) { return static_cast<int>(index); }

}  // namespace

static_assert(!std::is_copy_constructible_v<ResourceRing<int>>);
static_assert(std::is_nothrow_move_constructible_v<ResourceRing<int>>);

CO_TEST_CASE("the slots are given in turn") {
    ResourceRing<int> ring{3, number};
    CHECK(ring.size() == 3);
    for (int round = 0; round < 7; ++round) {
        auto mine = co_await ring.acquire();
        CHECK(*mine == round % 3);
        mine.ready();
    }
}

CO_TEST_CASE("several tickets of one slot are taken at one moment") {
    ResourceRing<int> ring{2, number};
    std::vector<std::string> log;
    const auto write = [&](ResourceRing<int>::Allocation ticket, int value) -> Task<> {
        co_await ticket.wait_events() = value;
        log.push_back("write " + std::to_string(value));
        co_await juggle::yield();
        ticket.ready();
    };
    const auto read = [&](ResourceRing<int>::Slot::SharedAllocation ticket) -> Task<> {
        log.push_back("read " + std::to_string(co_await ticket.wait_events()));
        co_await juggle::yield();
        ticket.ready();
    };
    std::vector<JoinHandle<>> tasks;
    for (int value = 10; value < 13; ++value) {
        auto& slot = ring.next();
        CHECK(&slot == &ring[static_cast<std::size_t>(value % 2)]);
        tasks.push_back(executor.spawn(write(slot.acquire(), value)));
        tasks.push_back(executor.spawn(read(slot.acquire_shared())));
        tasks.push_back(executor.spawn(read(slot.acquire_shared())));
    }
    for (const JoinHandle<>& task : tasks) {
        co_await task;
    }
    CHECK(log == std::vector<std::string>{"write 10", "write 11", "read 10", "read 10", "read 11",
                                          "read 11", "write 12", "read 12", "read 12"});
    CHECK(&ring[1] == &ring.next());
}

CO_TEST_CASE("as many hold a slot at once as there are, and the next waits for the oldest") {
    ResourceRing<int> ring{2, number};
    std::vector<std::string> log;
    std::vector<JoinHandle<>> tasks;
    for (const char* name : {"a", "b", "c"}) {
        tasks.push_back(executor.spawn(use(ring.acquire(), name, log)));
    }
    for (const JoinHandle<>& task : tasks) {
        co_await task;
    }
    CHECK(log ==
          std::vector<std::string>{"a in 0", "b in 1", "a done", "b done", "c in 0", "c done"});
}

CO_TEST_CASE("a slot that is free is not given out of turn") {
    ResourceRing<int> ring{2, number};
    auto first = co_await ring.acquire();
    auto second = co_await ring.acquire();
    second.ready();
    const auto third = ring.acquire();
    CHECK_FALSE(third.granted());
    CHECK(ring[1].idle());
    first.ready();
    CHECK(third.granted());
}

CO_TEST_CASE("events stay with their slot") {
    ResourceRing<int, ManualEvent> ring{2, number};
    ManualEvent event;
    auto first = co_await ring.acquire();
    first.ready(event);
    auto second = ring.acquire();
    const std::span<const ManualEvent> none = co_await second.wait();
    CHECK(none.empty());
    second.ready();
    auto third = ring.acquire();
    const std::span<const ManualEvent> events = co_await third.wait();
    CHECK(events.size() == 1);
    third.ready(event);
    event.complete();
}

CO_TEST_CASE("a ring is made of values, or of what a function makes") {
    ResourceRing<int> values{std::vector{5, 6}};
    CHECK(values.size() == 2);
    ResourceRing<int> listed{{7, 8, 9}};
    CHECK(listed.size() == 3);
    ResourceRing<std::unique_ptr<int>> made{
        2, [](std::size_t index) { return std::make_unique<int>(number(index)); }};
    auto first = co_await made.acquire();
    auto second = co_await made.acquire();
    CHECK(**first == 0);
    CHECK(**second == 1);
    first.ready();
    second.ready();
    std::vector<int> seen;
    for (ResourceRing<int>::Slot& slot : listed) {
        seen.push_back(co_await slot.use([](int& value) { return value; }));
    }
    CHECK(seen == std::vector{7, 8, 9});
    auto next = co_await listed.acquire();  // what was acquired from a slot was no turn
    CHECK(*next == 7);
    next.ready();
}

CO_TEST_CASE("a slot that is poisoned is cleared by itself") {
    ResourceRing<int> ring{2, number};
    auto first = co_await ring.acquire();
    first.fail(nullptr);
    CHECK(ring[0].poisoned());
    CHECK_FALSE(ring[1].poisoned());
    ring[0].clear_poison();
    auto second = co_await ring.acquire();
    auto third = co_await ring.acquire();
    CHECK(*third == 0);
    second.ready();
    third.ready();
}

TEST_CASE("the slots have names") {
    const ResourceRing<int> made{"frame", 2, number};
    CHECK(made[0].name() == "'frame[0]'");
    CHECK(made[1].name() == "'frame[1]'");
    const ResourceRing<int> values{"frame", {1, 2}};
    CHECK(values[1].name() == "'frame[1]'");
    const std::string line = std::to_string(__LINE__ + 1);
    const ResourceRing<int> nameless{2, number};
    CHECK_THAT(nameless[1].name(), Catch::Contains("resource_ring.cpp:" + line));
    CHECK(nameless.begin()->name() == nameless[0].name());
    CHECK(nameless.end() - nameless.begin() == 2);
}

TEST_CASE("a ring without slots is an invalid argument, and so is a slot that is not there") {
    CHECK_THROWS_AS(ResourceRing<int>(std::vector<int>{}), std::invalid_argument);
    CHECK_THROWS_WITH(ResourceRing<int>("frame", std::vector<int>{}), Catch::Contains("'values'"));
    CHECK_THROWS_WITH(ResourceRing<int>(0, number),
                      Catch::Contains("'count'") && Catch::Contains("0"));
    ResourceRing<int> ring{2, number};
    CHECK_THROWS_AS(ring[2], std::out_of_range);
    CHECK_THROWS_WITH(std::as_const(ring)[7], Catch::Contains("'index' is 7, of 2 slots"));
    ResourceRing<int> one{1, number};
    CHECK_THROWS_WITH(one[1], "juggle: ResourceRing: argument 'index' is 1, of 1 slot");
}

TEST_CASE("what the function throws leaves nothing behind") {
    const auto fails = [](std::size_t index) -> int {
        if (index == 1) {
            throw std::runtime_error{"no memory on the device"};
        }
        return 0;
    };
    CHECK_THROWS_WITH((ResourceRing<int>{3, fails}), "no memory on the device");
}

CO_TEST_CASE("a ring can be moved while there are allocations") {
    ResourceRing<int> ring{2, number};
    auto first = co_await ring.acquire();
    ResourceRing<int> moved = std::move(ring);
    auto second = co_await moved.acquire();
    CHECK(*second == 1);
    auto third = moved.acquire();
    CHECK_FALSE(third.granted());
    first.ready();
    second.ready();
    CHECK(third.granted());
    ResourceRing<int> assigned{1, number};
    assigned = std::move(moved);
    CHECK(assigned.size() == 2);
}

TEST_CASE("a debug build aborts with a word about it when a ring is used after a move") {
    support::check_aborts("moved from", [] {
        ResourceRing<int> ring{2, number};
        const ResourceRing<int> moved = std::move(ring);
        const auto mine = ring.acquire();  // NOLINT(bugprone-use-after-move)
    });
}

CO_TEST_CASE("going round allocates nothing") {
    ResourceRing<int> ring{3, number};
    const auto cycle = [&ring]() -> Task<> {
        auto mine = co_await ring.acquire();
        mine.ready();
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
