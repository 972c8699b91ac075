// Several resources at once.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/resources.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>
#include <juggle/when_any.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::acquire_all;
using juggle::AllocationSet;
using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Resource;
using juggle::ResourceAllocation;
using juggle::ResourcePoisoned;
using juggle::Task;
using support::complete_later;
using support::DeviceResource;
using support::DeviceTicket;
using support::exception_of;
using support::is;
using support::leave_behind;
using support::ManualEvent;
using support::ManualQueue;
using support::note;
using support::Ticket;
using support::yield_times;

namespace {

using DeviceSet = AllocationSet<DeviceTicket, DeviceTicket>;

Task<> wait_events(DeviceSet& set) { co_await set.wait_events(); }
Task<> wait_device(DeviceSet& set, ManualQueue& queue) { co_await set.wait_device(queue); }

/// Takes both, for a turn.
template <class A, class B>
Task<> use_both(A& first, B& second) {
    auto [mine_first, mine_second] = co_await acquire_all(first, second);
    co_await juggle::yield();
    mine_first.ready();
    mine_second.ready();
}

void release(DeviceSet& set) {
    std::get<0>(set).ready();
    std::get<1>(set).ready();
}

}  // namespace

using TwoInts =
    decltype(acquire_all(std::declval<Resource<int>&>(), std::declval<Resource<int>&>()));
static_assert(std::derived_from<TwoInts, AllocationSet<Ticket, Ticket>>);
static_assert(!std::is_copy_constructible_v<TwoInts>);
static_assert(std::is_nothrow_move_constructible_v<AllocationSet<Ticket, Ticket>>);
static_assert(std::tuple_size_v<TwoInts> == 2);
static_assert(std::is_same_v<std::tuple_element_t<1, TwoInts>, Ticket>);

// ---- taking -------------------------------------------------------------------------------------

CO_TEST_CASE("acquire_all gives all allocations, held") {
    Resource<int> number{1};
    Resource<std::string> text{"one"};
    auto [mine, other] = co_await acquire_all(number, text);
    CHECK(mine.held());
    CHECK(other.held());
    CHECK(*mine == 1);
    CHECK(*other == "one");
    mine.ready();
    other.ready();
    CHECK(number.idle());
    CHECK(text.idle());
}

CO_TEST_CASE("it takes its places by the call, and is a tuple of tickets until it is awaited") {
    Resource<int> a{1};
    Resource<int> b{2};
    AllocationSet set = acquire_all(a, b);
    const Ticket behind = a.acquire();
    CHECK(std::get<0>(set).granted());
    CHECK_FALSE(std::get<0>(set).held());
    CHECK_FALSE(behind.granted());
    auto [value_a, value_b] = co_await set.wait_events();
    CHECK(value_a == 1);
    CHECK(value_b == 2);
    auto& [ticket_a, ticket_b] = set;
    CHECK(&ticket_a.value() == &value_a);
    ticket_a.ready();
    ticket_b.ready();
    CHECK(behind.granted());
}

CO_TEST_CASE("resources of any kind may be mixed, and looked at together with others") {
    Resource<int> number{1};
    DeviceResource buffer{2};
    Resource<void> lock{"lock"};
    DeviceResource::SharedAllocation reader = co_await buffer.acquire_shared();
    const auto wanted = juggle::shared(buffer);
    auto [mine, shared, locked] = co_await acquire_all(number, wanted, lock);
    static_assert(std::is_same_v<decltype(*shared), const int&>);
    CHECK(*shared == 2);
    CHECK(reader.held());
    auto again = acquire_all(juggle::shared(buffer));
    co_await again.wait_events();
    mine.ready();
    shared.ready();
    locked.ready();
    reader.ready();
    std::get<0>(again).ready();
}

CO_TEST_CASE("tasks that name the same resources in another order do not wait for each other") {
    Resource<int> a{0};
    Resource<int> b{0};
    Resource<int> c{0};
    std::vector<JoinHandle<>> tasks;
    for (int round = 0; round < 10; ++round) {
        tasks.push_back(executor.spawn(use_both(a, b)));
        tasks.push_back(executor.spawn(use_both(b, c)));
        tasks.push_back(executor.spawn(use_both(c, a)));
        tasks.push_back(executor.spawn(use_both(b, a)));
    }
    for (const JoinHandle<>& task : tasks) {
        co_await task;
    }
    CHECK(a.idle());
    CHECK(b.idle());
    CHECK(c.idle());
}

TEST_CASE("a resource that is named twice is an invalid argument, and nothing was taken") {
    Resource<int> a{"a", 0};
    Resource<int> b{"b", 0};
    CHECK_THROWS_AS(acquire_all(a, b, a), std::invalid_argument);
    CHECK_THROWS_WITH(acquire_all(a, b, juggle::shared(b)),
                      Catch::Contains("acquire_all") && Catch::Contains("'b'"));
    CHECK(a.idle());
    CHECK(b.idle());
}

CO_TEST_CASE("messages name the line that called it") {
    Resource<int> a{"a", 0};
    Resource<int> b{"b", 0};
    const std::string line = std::to_string(__LINE__ + 1);
    auto [mine, other] = co_await acquire_all(a, b);
    mine.fail(nullptr);
    other.ready();
    const std::exception_ptr error = co_await exception_of(use_both(a, b));
    CHECK_THAT(support::text_of(error), Catch::Contains("acquire_all.cpp:" + line));
}

// ---- waiting ------------------------------------------------------------------------------------

CO_TEST_CASE("what has nothing to wait for does not suspend") {
    DeviceResource a{0};
    DeviceResource b{0};
    ManualEvent complete;
    complete.complete();
    co_await leave_behind(a, complete);
    bool other_ran = false;
    executor.spawn(note(other_ran)).detach();
    ManualQueue queue;
    AllocationSet set = acquire_all(a, b);
    co_await set.wait_events();
    co_await set.wait_device(queue);
    release(set);
    auto [mine, other] = co_await acquire_all(b, a);
    mine.ready();
    other.ready();
    CHECK_FALSE(other_ran);
}

CO_TEST_CASE("none is held until all can be") {
    DeviceResource a{0};
    DeviceResource b{0};
    ManualEvent event;
    co_await leave_behind(a, event);
    DeviceTicket holds_b = co_await b.acquire();
    AllocationSet set = acquire_all(a, b);
    const JoinHandle<> waiting = executor.spawn(wait_events(set));
    co_await yield_times(5);
    CHECK(std::get<0>(set).granted());
    CHECK_FALSE(std::get<0>(set).held());
    event.complete();
    co_await yield_times(5);
    CHECK_FALSE(std::get<0>(set).held());
    ManualEvent last;
    holds_b.ready(last);
    co_await yield_times(5);
    CHECK(std::get<1>(set).granted());
    CHECK_FALSE(std::get<0>(set).held());
    CHECK_FALSE(std::get<1>(set).held());
    last.complete();
    co_await waiting;
    CHECK(std::get<0>(set).held());
    CHECK(std::get<1>(set).held());
    release(set);
}

CO_TEST_CASE("wait_device tells the queue of the events of all, when all have their turn") {
    DeviceResource a{1};
    DeviceResource b{2};
    Resource<int> host{3};
    ManualEvent event_a;
    ManualEvent event_b;
    co_await leave_behind(a, event_a);
    DeviceTicket holds_b = co_await b.acquire();
    ManualQueue queue;
    AllocationSet set = acquire_all(a, b);
    const JoinHandle<> waiting = executor.spawn(wait_device(set, queue));
    co_await yield_times(3);
    CHECK(queue.wait_lists.empty());
    holds_b.ready(event_b);
    co_await waiting;
    CHECK(queue.wait_lists == std::vector{std::vector{event_a}, std::vector{event_b}});
    release(set);

    AllocationSet mixed = acquire_all(a, host);
    auto [value, host_value] = co_await mixed.wait_device(queue);
    CHECK(value == 1);
    CHECK(host_value == 3);
    std::get<0>(mixed).ready();
    std::get<1>(mixed).ready();
}

// ---- what goes wrong ----------------------------------------------------------------------------

CO_TEST_CASE("if one is poisoned none is held, and the tickets keep their places") {
    DeviceResource a{0};
    DeviceResource b{"broken", 0};
    DeviceTicket breaks = co_await b.acquire();
    for (const bool poisoned_at_once : {false, true}) {
        AllocationSet set = acquire_all(a, b);
        const DeviceTicket behind = a.acquire();
        const JoinHandle<> waiting = executor.spawn(wait_events(set));
        co_await yield_times(3);
        if (!poisoned_at_once) {
            breaks.fail(nullptr);
        }
        const std::exception_ptr error = co_await exception_of(waiting);
        CHECK(is<ResourcePoisoned>(error));
        CHECK_THAT(support::text_of(error), Catch::Contains("'broken'"));
        CHECK(std::get<0>(set).granted());
        CHECK_FALSE(std::get<0>(set).held());
        CHECK_FALSE(std::get<1>(set).held());
        CHECK_FALSE(behind.granted());
    }
    const std::exception_ptr error = co_await exception_of(use_both(b, a));
    CHECK(is<ResourcePoisoned>(error));
    CHECK(a.idle());
    CHECK(b.idle());
    b.clear_poison();
    co_await use_both(a, b);
}

CO_TEST_CASE("poison that is cleared while another is waited for lets nobody past pending events") {
    DeviceResource a{0};
    DeviceResource b{0};
    const ManualEvent pending;
    DeviceTicket fails = co_await a.acquire();
    fails.track(pending);
    fails.fail(nullptr);
    DeviceTicket ahead = co_await b.acquire();
    AllocationSet set = acquire_all(a, b);
    const JoinHandle<> waiting = executor.spawn(wait_events(set));
    co_await yield_times(3);
    a.clear_poison();
    ahead.ready();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<ResourcePoisoned>(error));
    CHECK_FALSE(std::get<0>(set).held());
    CHECK_FALSE(std::get<1>(set).held());
    pending.complete();
    co_await set.wait_events();
    release(set);
}

CO_TEST_CASE("if an event of one has failed none is held") {
    DeviceResource a{0};
    DeviceResource b{0};
    ManualEvent good;
    ManualEvent bad;
    co_await leave_behind(a, good);
    co_await leave_behind(b, bad);
    AllocationSet set = acquire_all(a, b);
    const JoinHandle<> waiting = executor.spawn(wait_events(set));
    co_await yield_times(3);
    bad.fail();
    good.complete();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<support::EventFailed>(error));
    ManualQueue queue;
    const std::exception_ptr on_device = co_await exception_of(wait_device(set, queue));
    CHECK(is<support::EventFailed>(on_device));
    CHECK_FALSE(std::get<0>(set).held());
    CHECK_FALSE(std::get<1>(set).held());
    b.clear_poison();
    co_await set.wait_events();
    release(set);
}

CO_TEST_CASE("a stop request in between poisons nothing, and the set can be awaited again") {
    DeviceResource a{0};
    DeviceResource b{0};
    ManualEvent event;
    co_await leave_behind(a, event);
    DeviceTicket holds_b = co_await b.acquire();
    AllocationSet set = acquire_all(a, b);
    for (int stage = 0; stage < 2; ++stage) {  // while it waits for events, and for a turn
        const JoinHandle<> waiting = executor.spawn(wait_events(set));
        co_await yield_times(4);
        waiting.request_stop();
        const std::exception_ptr error = co_await exception_of(waiting);
        CHECK(is<Cancelled>(error));
        if (stage == 0) {
            event.complete();
        }
    }
    CHECK_FALSE(a.poisoned());
    holds_b.ready();
    co_await set.wait_events();
    release(set);
}

CO_TEST_CASE("a set with an allocation that was released or moved from is a logic error") {
    DeviceResource a{0};
    DeviceResource b{0};
    AllocationSet set = acquire_all(a, b);
    const DeviceTicket taken = std::get<1>(std::move(set));
    CHECK_THROWS_AS(set.wait_events(), std::logic_error);
    ManualQueue queue;
    CHECK_THROWS_AS(set.wait_device(queue), std::logic_error);
    AllocationSet again = acquire_all(a);
    auto late = again.wait_events();
    const DeviceTicket gone = std::get<0>(std::move(again));
    bool refused = false;
    try {
        co_await late;
    } catch (const std::logic_error&) {
        refused = true;
    }
    CHECK(refused);
    DeviceSet nothing;
    CHECK_THROWS_AS(nothing.wait_events(), std::logic_error);
}

CO_TEST_CASE("a set that is moved or dropped while a task awaits it ends that with a logic error") {
    DeviceResource a{0};
    DeviceResource b{0};
    for (const bool moved : {false, true}) {
        DeviceTicket holds_a = co_await a.acquire();
        auto set = std::make_unique<DeviceSet>(acquire_all(a, b));
        const JoinHandle<> waiting = executor.spawn(wait_events(*set));
        co_await yield_times(3);
        std::optional<DeviceSet> elsewhere;
        if (moved) {
            elsewhere.emplace(std::move(*set));
        }
        set.reset();
        holds_a.ready();
        const std::exception_ptr error = co_await exception_of(waiting);
        CHECK(is<std::logic_error>(error));
        if (moved) {
            co_await elsewhere->wait_events();
            release(*elsewhere);
        }
        CHECK(a.idle());
        CHECK(b.idle());
    }
}

TEST_CASE("an executor may be destroyed while a task waits for several") {
    DeviceResource a{0};
    DeviceResource b{0};
    ManualEvent event;
    {
        support::PolledExecutor polled;
        polled.executor.spawn(leave_behind(a, event)).detach();
        polled.settle();
        polled.executor.spawn(use_both(a, b)).detach();
        polled.executor.spawn(use_both(b, a)).detach();
        polled.settle();
        CHECK_FALSE(a.idle());
    }
    CHECK(a.idle());
    CHECK(b.idle());
    CHECK_FALSE(a.poisoned());
    event.complete();
}

// ---- cancellation -------------------------------------------------------------------------------

namespace {

/// Three tasks need two of three resources each, in turns; the second is stopped.
struct Triangle {
    explicit Triangle(Executor& executor)
        : before{executor.spawn(use(executor, resources[0], resources[1], used[0]))},
          victim{executor.spawn(use(executor, resources[1], resources[2], used[1]))},
          after{executor.spawn(use(executor, resources[2], resources[0], used[2]))},
          last{executor.spawn(use(executor, resources[2], resources[1], used[3]))} {}

    Task<> use(Executor& executor, DeviceResource& first, DeviceResource& second, bool& used_both) {
        AllocationSet set = acquire_all(first, second);
        for (bool waiting = true; waiting;) {
            try {
                co_await set.wait_events();
                waiting = false;
            } catch (const ResourcePoisoned&) {
                CHECK(stopped_while_held);
                first.clear_poison();
                second.clear_poison();
            }
        }
        try {
            co_await juggle::yield();
        } catch (const Cancelled&) {
            stopped_while_held = true;
            throw;
        }
        const ManualEvent event;
        complete.push_back(executor.spawn(complete_later(event)));
        used_both = true;
        std::get<0>(set).ready(event);
        std::get<1>(set).ready(event);
    }
    void check() const {
        CHECK(used[0]);
        CHECK((used[1] || victim.done()));
        CHECK(used[2]);
        CHECK(used[3]);
        for (const DeviceResource& resource : resources) {
            CHECK(resource.idle());
        }
    }

    std::array<DeviceResource, 3> resources{DeviceResource{0}, DeviceResource{0},
                                            DeviceResource{0}};
    std::array<bool, 4> used{};
    bool stopped_while_held = false;
    std::vector<JoinHandle<>> complete;
    JoinHandle<> before;
    JoinHandle<> victim;
    JoinHandle<> after;
    JoinHandle<> last;
};

}  // namespace

TEST_CASE("a task that waits for several may be stopped at every turn") {
    support::stop_after_every_turn<Triangle>();
}

CO_TEST_CASE("a set in a race that is lost takes nothing") {
    Resource<int> a{0};
    Resource<int> b{0};
    Resource<int> c{0};
    Ticket holds_a = co_await a.acquire();
    Ticket holds_c = co_await c.acquire();
    const auto races = [&]() -> Task<std::size_t> {
        auto taken = co_await juggle::when_any(c.acquire(), acquire_all(a, b));
        const std::size_t index = taken.index();
        if (index == 0) {
            std::get<0>(taken).ready();
        } else {
            std::get<0>(std::get<1>(taken)).ready();
            std::get<1>(std::get<1>(taken)).ready();
        }
        co_return index;
    };
    for (const std::size_t wanted : {std::size_t{0}, std::size_t{1}}) {
        const JoinHandle<std::size_t> race = executor.spawn(races());
        co_await yield_times(2);
        (wanted == 0 ? holds_c : holds_a).ready();
        (wanted == 0 ? holds_a : holds_c).ready();  // in the same turn
        const std::size_t winner = co_await race;
        CHECK(winner == wanted);
        CHECK(a.idle());
        CHECK(b.idle());
        CHECK(c.idle());
        CHECK_FALSE(a.poisoned());
        CHECK_FALSE(c.poisoned());
        holds_a = co_await a.acquire();
        holds_c = co_await c.acquire();
    }
    holds_a.ready();
    holds_c.ready();
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("taking several allocates nothing in the steady state, contended or not") {
    DeviceResource a{0};
    DeviceResource b{0};
    ManualEvent complete;
    complete.complete();
    ManualQueue queue;
    const auto cycle = [&]() -> Task<> {
        auto [mine, other] = co_await acquire_all(a, b);
        const JoinHandle<> waiting = executor.spawn(use_both(b, a));
        co_await juggle::yield();
        mine.ready(complete);
        co_await juggle::yield();
        other.ready(complete);
        co_await waiting;
        AllocationSet set = acquire_all(a, juggle::shared(b));
        co_await set.wait_events();
        std::get<0>(set).ready(complete);
        std::get<1>(set).ready();
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
