// Orders in which tasks could come to wait for each other are found, in debug builds, in runs in
// which they did not.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/resources.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using juggle::AsyncEvent;
using juggle::Executor;
using juggle::JobQueue;
using juggle::JoinHandle;
using juggle::Resource;
using juggle::ResourceAllocation;
using juggle::ResourceRing;
using juggle::Task;
using support::contains;
using support::take_both;
using support::TestExecutor;

namespace {

using Ticket = ResourceAllocation<int>;
using SharedTicket = ResourceAllocation<const int>;

constexpr bool looks_at_orders = juggle::detail::has_checks;

/// What was found while the task ran.
std::vector<std::string> found_in(Task<> task) {
    TestExecutor test;
    test.executor.run(std::move(task));
    CHECK(test.reports.unhandled.empty());
    return test.reports.diagnostics;
}

void check_nothing_found(Task<> task) { CHECK(found_in(std::move(task)).empty()); }

/// In builds that look for it.
void check_found_once(Task<> task) {
    const std::vector<std::string> texts = found_in(std::move(task));
    CHECK(texts.size() == (looks_at_orders ? 1 : 0));
}

std::string here(unsigned lines_below,
                 std::source_location where = std::source_location::current()) {
    return std::string{where.file_name()} + ":" + std::to_string(where.line() + lines_below);
}

/// One task after the other, each on its own.
Task<> one_by_one(std::vector<Task<>> tasks) {
    for (Task<>& task : tasks) {
        co_await Executor::current()->spawn(std::move(task));
    }
}

template <class... Tasks>
std::vector<Task<>> list(Tasks... tasks) {
    std::vector<Task<>> result;
    (result.push_back(std::move(tasks)), ...);
    return result;
}

Task<> look_at_both(Resource<int>& first, Resource<int>& second) {
    auto one = co_await first.acquire_shared();
    co_await juggle::yield();
    auto two = co_await second.acquire_shared();
    one.ready();
    two.ready();
}

Task<> take_at_once(Resource<int>& first, Resource<int>& second) {
    auto one = first.acquire();
    auto two = second.acquire();
    co_await two.wait();
    co_await juggle::yield();
    co_await one.wait();
    one.ready();
    two.ready();
}

Task<> take_as_set(Resource<int>& first, Resource<int>& second) {
    auto [one, two] = co_await juggle::acquire_all(first, second);
    co_await juggle::yield();
    one.ready();
    two.ready();
}

}  // namespace

// ---- what is found ------------------------------------------------------------------------------

TEST_CASE("opposite orders are told of once, with both lines of each, though nobody had to wait") {
    std::string first_line, second_line, third_line, fourth_line;
    const auto main = [&]() -> Task<> {
        Resource<int> left{"left", 1};
        Resource<int> right{"right", 2};
        const auto left_first = [&]() -> Task<> {
            first_line = here(1);
            auto one = co_await left.acquire();
            co_await juggle::yield();
            second_line = here(1);
            auto other = co_await right.acquire();
            one.ready();
            other.ready();
        };
        const auto right_first = [&]() -> Task<> {
            third_line = here(1);
            auto one = co_await right.acquire();
            co_await juggle::yield();
            fourth_line = here(1);
            auto other = co_await left.acquire();
            one.ready();
            other.ready();
        };
        for (int round = 0; round < 3; ++round) {
            co_await Executor::current()->spawn(left_first());
            co_await Executor::current()->spawn(right_first());
        }
    };
    const std::vector<std::string> texts = found_in(main());
    REQUIRE(texts.size() == (looks_at_orders ? 1 : 0));
    if (looks_at_orders) {
        CHECK(texts.front() ==
              "juggle: possible deadlock: tasks that do this can wait for each other\n"
              "  has resource 'right', acquired at " +
                  third_line + ", and waits for 'left', acquired at " + fourth_line +
                  "\n"
                  "  has resource 'left', acquired at " +
                  first_line + ", and waits for 'right', acquired at " + second_line);
    }
}

TEST_CASE("the same lines are told of once, whatever the resources") {
    const auto main = []() -> Task<> {
        for (int round = 0; round < 3; ++round) {
            Resource<int> left{1};
            Resource<int> right{2};
            co_await one_by_one(list(take_both(left, right), take_both(right, left)));
        }
    };
    check_found_once(main());
}

TEST_CASE("an await counts that did not have to suspend") {
    const auto take = [](Resource<int>& first, Resource<int>& second) -> Task<> {
        auto one = co_await first.acquire();
        auto two = co_await second.acquire();
        co_await juggle::yield();
        one.ready();
        two.ready();
    };
    const auto main = [&]() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        co_await one_by_one(list(take(left, right), take(right, left)));
    };
    check_found_once(main());
}

TEST_CASE("a cycle of three resources is found") {
    const auto main = []() -> Task<> {
        Resource<int> a{"a", 1};
        Resource<int> b{"b", 2};
        Resource<int> c{"c", 3};
        co_await one_by_one(list(take_both(a, b), take_both(b, c), take_both(c, a)));
    };
    const std::vector<std::string> texts = found_in(main());
    REQUIRE(texts.size() == (looks_at_orders ? 1 : 0));
    if (looks_at_orders) {
        CAPTURE(texts.front());
        CHECK(contains(texts.front(), "\n  has resource 'a', "));
        CHECK(contains(texts.front(), "\n  has resource 'b', "));
        CHECK(contains(texts.front(), "\n  has resource 'c', "));
    }
}

TEST_CASE("it is found where a task has a ticket that it has not waited for yet") {
    const auto main = []() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        const auto left_ticket_first = [&]() -> Task<> {
            auto one = left.acquire();
            co_await juggle::yield();
            auto other = co_await right.acquire();
            other.ready();
            co_await one.wait();
            one.ready();
        };
        co_await one_by_one(list(left_ticket_first(), take_both(right, left)));
    };
    check_found_once(main());
}

TEST_CASE("one who takes both at once can be in the way of one who does not") {
    const auto with = [](Task<> (*at_once)(Resource<int>&, Resource<int>&)) -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        co_await one_by_one(list(at_once(left, right), take_both(left, right)));
    };
    check_found_once(with(&take_at_once));
    check_found_once(with(&take_as_set));
}

TEST_CASE("what was taken together is had while the next is waited for") {
    const auto main = []() -> Task<> {
        Resource<int> a{1};
        Resource<int> b{2};
        Resource<int> c{3};
        const auto set_first = [&]() -> Task<> {
            auto [one, two] = co_await juggle::acquire_all(a, b);
            co_await juggle::yield();
            auto three = co_await c.acquire();
            one.ready();
            two.ready();
            three.ready();
        };
        co_await one_by_one(list(set_first(), take_both(c, b)));
    };
    check_found_once(main());
}

TEST_CASE("a reader and a writer can be in each other's way") {
    const auto main = []() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        co_await one_by_one(list(look_at_both(left, right), take_both(right, left)));
    };
    check_found_once(main());
}

TEST_CASE("an allocation that another task has waited for is that one's") {
    const auto main = []() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        const auto use = [&](Ticket one) -> Task<> {
            co_await one.wait();
            co_await juggle::yield();
            auto other = co_await right.acquire();
            one.ready();
            other.ready();
        };
        co_await one_by_one(list(use(left.acquire()), take_both(right, left)));
    };
    check_found_once(main());
}

TEST_CASE("of two ways that lead to one cycle only that of several tasks counts") {
    const auto main = []() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        const auto both_ways = [&]() -> Task<> {
            co_await take_both(left, right);
            co_await take_both(right, left);
        };
        co_await one_by_one(list(both_ways()));
        co_await one_by_one(list(take_both(left, right)));  // and now it is another's, too
    };
    check_found_once(main());
}

// ---- what is no deadlock ------------------------------------------------------------------------

TEST_CASE("one order is no danger, however often it is used") {
    const auto main = []() -> Task<> {
        Resource<int> a{1};
        Resource<int> b{2};
        Resource<int> c{3};
        for (int round = 0; round < 3; ++round) {
            co_await one_by_one(list(take_both(a, b), take_both(b, c), take_both(a, c)));
        }
    };
    check_nothing_found(main());
}

TEST_CASE("tickets that are taken in one turn are in the same order in all lines") {
    const auto main = []() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        co_await one_by_one(list(take_at_once(left, right), take_at_once(right, left),
                                 take_as_set(left, right), take_as_set(right, left)));
    };
    check_nothing_found(main());
}

TEST_CASE("those who only look are in nobody's way") {
    const auto main = []() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        co_await one_by_one(list(look_at_both(left, right), look_at_both(right, left)));
    };
    check_nothing_found(main());
}

TEST_CASE("two who only look at one of the two resources are not in each other's way there") {
    const auto look_then_take = [](Resource<int>& looked_at, Resource<int>& taken) -> Task<> {
        auto one = co_await looked_at.acquire_shared();
        co_await juggle::yield();
        auto other = co_await taken.acquire();
        one.ready();
        other.ready();
    };
    const auto take_then_look = [](Resource<int>& taken, Resource<int>& looked_at) -> Task<> {
        auto one = co_await taken.acquire();
        co_await juggle::yield();
        auto other = co_await looked_at.acquire_shared();
        one.ready();
        other.ready();
    };
    const auto main = [&](bool look_first) -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        if (look_first) {
            co_await one_by_one(list(look_then_take(left, right), take_then_look(right, left)));
        } else {
            co_await one_by_one(list(take_then_look(right, left), look_then_take(left, right)));
        }
    };
    check_nothing_found(main(true));
    check_nothing_found(main(false));
}

TEST_CASE("whoever releases the one before it waits for the other is in nobody's way") {
    const auto main = []() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        const auto one_then_other = [&](Resource<int>& first, Resource<int>& second) -> Task<> {
            auto one = co_await first.acquire();
            one.ready();
            co_await juggle::yield();
            auto other = co_await second.acquire();
            other.ready();
        };
        const auto ticket_before = [&](Resource<int>& first, Resource<int>& second) -> Task<> {
            auto one = co_await first.acquire();
            co_await juggle::yield();
            auto other = second.acquire();
            one.ready();
            co_await other.wait();
            other.ready();
        };
        const auto dropped = [&](Resource<int>& first, Resource<int>& second) -> Task<> {
            {
                const auto passed_on = first.acquire();
                co_await juggle::yield();
            }
            auto other = co_await second.acquire();
            other.ready();
        };
        co_await one_by_one(list(one_then_other(left, right), one_then_other(right, left),
                                 ticket_before(left, right), ticket_before(right, left),
                                 dropped(left, right), dropped(right, left)));
    };
    check_nothing_found(main());
}

TEST_CASE("what is had only if it is free is not waited for") {
    const auto main = []() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        const auto try_both = [&](Resource<int>& first, Resource<int>& second) -> Task<> {
            auto one = co_await first.acquire();
            co_await juggle::yield();
            auto other = second.try_acquire();
            REQUIRE(other);
            auto third = Ticket{};
            one.ready();
            other->ready();
        };
        const auto try_to_wait = [&](Resource<int>& first, Resource<int>& second) -> Task<> {
            auto one = co_await first.acquire();
            co_await juggle::yield();
            auto other = second.acquire();
            REQUIRE(other.try_wait());
            co_await other.wait();  // for nothing: it is held
            one.ready();
            other.ready();
        };
        co_await one_by_one(list(try_both(left, right), try_both(right, left),
                                 try_to_wait(left, right), try_to_wait(right, left)));
    };
    check_nothing_found(main());
}

TEST_CASE("a task is not in its own way") {
    const auto main = []() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        co_await take_both(left, right);
        co_await take_both(right, left);
    };
    check_nothing_found(main());
}

TEST_CASE("an allocation that was given to another task is not had any more") {
    const auto main = []() -> Task<> {
        Resource<int> left{1};
        Resource<int> right{2};
        const auto finish = [](Ticket ticket) -> Task<> {
            co_await juggle::yield();
            ticket.ready();
        };
        const auto hand_on = [&](Resource<int>& first, Resource<int>& second) -> Task<> {
            auto one = co_await first.acquire();
            co_await juggle::yield();
            const JoinHandle<> finished = Executor::current()->spawn(finish(std::move(one)));
            auto other = co_await second.acquire();
            other.ready();
            co_await finished;
        };
        co_await one_by_one(list(hand_on(left, right), hand_on(right, left)));
    };
    check_nothing_found(main());
}

TEST_CASE(
    "a pipeline of jobs with rings of buffers, each with its tickets from one turn, is fine") {
    const auto main = []() -> Task<> {
        const auto make = [](std::size_t) { return 0; };
        ResourceRing<int> in{"in", 2, make};
        ResourceRing<int> out{"out", 3, make};
        ResourceRing<int> device{"device", 2, make};
        const auto process = [](Ticket from, Ticket to, Ticket there) -> Task<> {
            co_await from.wait();
            co_await juggle::yield();
            co_await there.wait();
            from.ready();
            co_await juggle::yield();
            co_await to.wait();
            there.ready();
            co_await juggle::yield();
            to.ready();
        };
        JobQueue jobs{4};
        for (int chunk = 0; chunk < 30; ++chunk) {
            co_await jobs.push(process(in.acquire(), out.acquire(), device.acquire()));
        }
        co_await jobs.finish();
    };
    check_nothing_found(main());
}

TEST_CASE("a task that goes round a ring, with the buffer before in its hands, is fine") {
    const auto main = []() -> Task<> {
        ResourceRing<int> ring{3, [](std::size_t) { return 0; }};
        auto before = co_await ring.acquire();
        for (int step = 0; step < 10; ++step) {
            auto next = co_await ring.acquire();
            before.ready();
            before = std::move(next);
        }
        before.ready();
    };
    check_nothing_found(main());
}

// ---- resources come and go ----------------------------------------------------------------------

TEST_CASE("a resource that is made where another was has no part in its orders") {
    const auto main = []() -> Task<> {
        std::optional<Resource<int>> left{1};
        std::optional<Resource<int>> right{2};
        for (int round = 0; round < 3; ++round) {
            co_await one_by_one(list(take_both(*left, *right)));
            left.emplace(1);
            right.emplace(2);
            co_await one_by_one(list(take_both(*right, *left)));
            right.emplace(2);
            left.emplace(1);
        }
    };
    check_nothing_found(main());
}

TEST_CASE("resources that are destroyed are forgotten") {
    std::int64_t before = 0;
    std::int64_t after = 0;
    const auto main = [&]() -> Task<> {
        Resource<int> stays{1};
        for (int round = 0; round < 2'000; ++round) {
            if (round == 1'000) {
                before = support::living_allocations();
            }
            Resource<int> goes{2};
            co_await one_by_one(list(take_both(stays, goes)));
            Resource<int> inner{3};
            co_await one_by_one(list(take_both(inner, stays)));
        }
        after = support::living_allocations();
    };
    check_nothing_found(main());
    CHECK(after == before);
}

TEST_CASE("of very many resources the newest orders are known") {
    const auto main = []() -> Task<> {
        std::vector<Resource<int>> resources;
        for (int made = 0; made < 12'000; ++made) {
            resources.emplace_back(made);
        }
        for (std::size_t other = 1; other < resources.size(); ++other) {
            co_await take_both(resources.front(), resources[other]);
        }
        co_await one_by_one(list(take_both(resources[11'000], resources[11'001]),
                                 take_both(resources[11'001], resources[11'000])));
    };
    check_found_once(main());
}

TEST_CASE("allocations that are dropped while the executor does not run are nobody's") {
    TestExecutor test;
    Resource<int> left{1};
    Resource<int> right{2};
    std::vector<Ticket> kept;
    kept.reserve(3'000);
    const auto keep = [&]() -> Task<> {
        kept.push_back(left.acquire());
        co_return;
    };
    for (int task = 0; task < 3'000; ++task) {
        test.executor.run(keep());
    }
    kept.clear();
    test.executor.run(one_by_one(list(take_both(left, right), take_both(right, left))));
    CHECK(test.reports.diagnostics.size() == (looks_at_orders ? 1 : 0));
}

TEST_CASE("what memory runs out for is learnt another time") {
    if (!support::sees_allocations()) {
        return;
    }
    constexpr std::size_t count = 24;
    const auto take = [](Resource<int>& resource) -> Task<> {
        auto one = co_await resource.acquire();
        co_await juggle::yield();
        one.ready();
    };
    const auto take_pairs_in_order = [](std::span<Resource<int>> resources) -> Task<> {
        for (Resource<int>& first : resources) {
            for (Resource<int>& second : resources) {
                if (&first < &second) {
                    co_await Executor::current()->spawn(take_both(first, second));
                }
            }
        }
    };
    const auto take_both_twice = [](Resource<int>& first, Resource<int>& second) -> Task<> {
        co_await take_both(first, second);
        co_await take_both(first, second);
    };
    const auto take_in_both_orders = [&](Resource<int>& first, Resource<int>& second) -> Task<> {
        co_await Executor::current()->spawn(take_both_twice(first, second));
        co_await Executor::current()->spawn(take_both_twice(second, first));
    };
    const auto program = [&](std::vector<Resource<int>>& resources) -> Task<> {
        co_await take(resources[0]);  // and has it no more when it waits for the other
        co_await take(resources[1]);
        co_await Executor::current()->spawn(take_both(resources[1], resources[0]));
        co_await take_pairs_in_order(std::span{resources}.subspan(2));
        co_await take_in_both_orders(resources[2], resources[3]);
    };
    for (std::uint64_t number = 1;; ++number) {
        INFO("allocation " << number);
        int told = 0;
        bool told_of_others = false;
        juggle::ExecutorOptions options;
        options.on_diagnostic = [&](std::string_view text) {
            ++told;
            told_of_others = told_of_others || text.find("'wanted'") == std::string_view::npos;
        };
        Executor executor{options};
        std::vector<Resource<int>> resources;
        for (std::size_t made = 0; made < count; ++made) {
            const bool wanted = made == 2 || made == 3;
            resources.push_back(wanted ? Resource<int>{"wanted", 0} : Resource<int>{"other", 0});
        }
        bool reached = false;
        bool out_of_memory = false;
        {
            const support::FailingAllocations failing{number,
                                                      support::FailingAllocations::Which::one};
            try {
                executor.run(program(resources));
            } catch (const std::bad_alloc&) {
                out_of_memory = true;
            }
            reached = support::FailingAllocations::reached();
        }
        CHECK((reached || !out_of_memory));
        CHECK((out_of_memory || told == (looks_at_orders ? 1 : 0)));
        for (Resource<int>& resource : resources) {
            resource.clear_poison();
        }
        executor.run(take_in_both_orders(resources[2], resources[3]));
        CHECK(told == (looks_at_orders ? 1 : 0));
        CHECK_FALSE(told_of_others);
        if (!reached) {
            CHECK(number > (looks_at_orders ? 10 : 1));
            break;
        }
    }
}
