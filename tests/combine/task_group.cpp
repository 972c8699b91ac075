// Tasks that belong together.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using support::clean_up_slowly;
using support::exception_of;
using support::fail_after;
using support::fail_when_stopped;
using support::is;
using support::MoveOnly;
using support::text_of;
using support::value_after;
using support::yield_times;
using namespace std::chrono_literals;

using juggle::TaskGroup;
using juggle::with_task_group;
using support::TestExecutor;

// ---- spawning and joining -----------------------------------------------------------------------

CO_TEST_CASE("join waits for all tasks") {
    TaskGroup group;
    int ended = 0;
    const auto work = [&ended](int count) -> Task<> {
        co_await yield_times(count);
        ++ended;
    };
    for (int count = 0; count < 5; ++count) {
        group.spawn(work(count));
    }
    CHECK(group.size() == 5);
    CHECK(ended == 0);
    co_await group.join();
    CHECK(ended == 5);
    CHECK(group.empty());
}

CO_TEST_CASE("join of an empty group does not suspend") {
    TaskGroup group;
    for (int round = 0; round < 1'000'000; ++round) {
        co_await group.join();
    }
    CHECK(group.empty());
}

CO_TEST_CASE("results are dropped") {
    TaskGroup group;
    group.spawn(value_after(1, MoveOnly{1}));
    group.spawn(value_after(0, std::make_unique<int>(3)));
    co_await group.join();
}

CO_TEST_CASE("tasks may spawn into their own group, and are waited for") {
    TaskGroup group;
    int ended = 0;
    const std::function<Task<>(int)> work = [&](int depth) -> Task<> {
        co_await juggle::yield();
        if (depth > 0) {
            group.spawn(work(depth - 1));
            group.spawn(work(depth - 1));
        }
        ++ended;
    };
    group.spawn(work(5));
    co_await group.join();
    CHECK(ended == 63);
}

CO_TEST_CASE("a group may be used again after join") {
    TaskGroup group;
    group.spawn(fail_after(1, "broken"));
    const std::exception_ptr error = co_await exception_of(group.join());
    CHECK(text_of(error) == "broken");
    bool ran = false;
    const auto work = [&ran]() -> Task<> {
        co_await juggle::yield();
        ran = true;
    };
    group.spawn(work());
    co_await group.join();
    CHECK(ran);
}

CO_TEST_CASE("spawn of an empty task is a logic error, and changes nothing") {
    TaskGroup group;
    CHECK_THROWS_AS(group.spawn(Task<>{}), std::logic_error);
    CHECK(group.empty());
    co_await group.join();
}

TEST_CASE("spawn outside of an executor is a logic error") {
    TaskGroup group;
    CHECK_THROWS_AS(group.spawn(yield_times(1)), std::logic_error);
}

CO_TEST_CASE("only one task may join at a time") {
    TaskGroup group;
    group.spawn(yield_times(5));
    const auto join = [&group]() -> Task<> { co_await group.join(); };
    const JoinHandle<> first = executor.spawn(join());
    co_await yield_times(2);
    const std::exception_ptr error = co_await exception_of(group.join());
    CHECK(is<std::logic_error>(error));
    co_await first;
}

// ---- failures -----------------------------------------------------------------------------------

CO_TEST_CASE("the first failure stops the others and is rethrown when they have ended") {
    TaskGroup group;
    int cleaned = 0;
    group.spawn(clean_up_slowly(5, cleaned));
    group.spawn(fail_after(2, "first"));
    group.spawn(fail_after(9, "second"));
    const std::exception_ptr error = co_await exception_of(group.join());
    CHECK(text_of(error) == "first");
    CHECK(cleaned == 1);
    CHECK(group.empty());
}

CO_TEST_CASE("what is spawned after a failure does not run") {
    TaskGroup group;
    bool ran = false;
    const auto work = [&ran]() -> Task<> {
        ran = true;
        co_return;
    };
    group.spawn(fail_after(0, "broken"));
    co_await yield_times(2);
    group.spawn(work());
    const std::exception_ptr error = co_await exception_of(group.join());
    CHECK(text_of(error) == "broken");
    CHECK(!ran);
}

CO_TEST_CASE("a task that ends with Cancelled by itself has failed") {
    TaskGroup group;
    const auto cancelled = []() -> Task<> {
        throw Cancelled{};
        co_return;
    };
    int cleaned = 0;
    group.spawn(cancelled());
    group.spawn(clean_up_slowly(1, cleaned));
    const std::exception_ptr error = co_await exception_of(group.join());
    CHECK(is<Cancelled>(error));
    CHECK(cleaned == 0);  // it was stopped before it began, or cleaned up
}

// ---- stop requests ------------------------------------------------------------------------------

CO_TEST_CASE("request_stop stops all, which is no failure") {
    TaskGroup group;
    int cleaned = 0;
    group.spawn(clean_up_slowly(5, cleaned));
    group.spawn(clean_up_slowly(3, cleaned));
    co_await yield_times(2);
    group.request_stop();
    co_await yield_times(2);
    group.request_stop();
    co_await group.join();
    CHECK(cleaned == 2);
}

CO_TEST_CASE("a stop request to the task that joins is passed on") {
    int cleaned = 0;
    const auto body = [&cleaned]() -> Task<> {
        TaskGroup group;
        group.spawn(clean_up_slowly(5, cleaned));
        group.spawn(clean_up_slowly(3, cleaned));
        co_await group.join();
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(3);
    handle.request_stop();
    co_await yield_times(2);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(cleaned == 2);
}

CO_TEST_CASE("a stop request after a failure is for the next await") {
    int cleaned = 0;
    std::string first;
    const auto body = [&]() -> Task<> {
        TaskGroup group;
        group.spawn(clean_up_slowly(9, cleaned));
        group.spawn(fail_after(2, "broken"));
        const std::exception_ptr error = co_await exception_of(group.join());
        first = text_of(error);
        co_await juggle::sleep_for(24h);
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(6);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(first == "broken");
    CHECK(cleaned == 1);
    CHECK(is<Cancelled>(error));
}

TEST_CASE("a task of a group that cleans up is not disturbed when all are stopped") {
    int cleaned = 0;
    TestExecutor test;
    TaskGroup group;
    const auto join = [&group]() -> Task<> { co_await group.join(); };
    const auto body = [&]() -> Task<> {
        group.spawn(clean_up_slowly(5, cleaned));
        test.executor.spawn(join()).detach();  // newer than what it waits for
        co_await yield_times(3);
    };
    test.executor.run(body());
    CHECK(cleaned == 1);
    CHECK(test.reports.empty());
}

// ---- unjoined -----------------------------------------------------------------------------------

TEST_CASE("a group that is not joined is diagnosed, and its tasks are stopped") {
    TestExecutor test;
    int cleaned = 0;
    const auto body = [&]() -> Task<> {
        {
            TaskGroup group;
            group.spawn(clean_up_slowly(3, cleaned));
            co_await yield_times(2);
        }
        co_await yield_times(9);
    };
    test.executor.run(body());
    CHECK(cleaned == 1);
    CHECK(test.reports.unhandled.empty());
    REQUIRE(test.reports.diagnostics.size() == 1);
    CHECK(support::contains(test.reports.diagnostics[0], "was not joined: 1 of its tasks was "));
    CHECK(support::contains(test.reports.diagnostics[0], "task_group.cpp"));
}

TEST_CASE("a group that is destroyed outside of its executor is diagnosed too") {
    support::PolledExecutor polled;
    std::optional<TaskGroup> group{std::in_place};
    int cleaned = 0;
    const auto body = [&]() -> Task<> {
        group->spawn(clean_up_slowly(3, cleaned));
        co_return;
    };
    const JoinHandle<> handle = polled.executor.spawn(body());
    polled.settle();
    group.reset();
    CHECK(polled.reports.diagnostics.size() == 1);
    polled.finish();
    CHECK(cleaned == 1);
}

TEST_CASE("the failure of a group that is not joined is reported") {
    TestExecutor test;
    const auto body = []() -> Task<> {
        TaskGroup group;
        group.spawn(fail_after(0, "broken"));
        co_await yield_times(3);
    };
    test.executor.run(body());
    CHECK(test.reports.diagnostics.empty());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(text_of(test.reports.unhandled[0].exception) == "broken");
}

TEST_CASE("a task of a group that was not joined may still fail, and is reported") {
    TestExecutor test;
    const auto fails_when_stopped = []() -> Task<> {
        bool stopped = false;
        try {
            co_await juggle::sleep_for(24h);
        } catch (const Cancelled&) {
            stopped = true;
        }
        if (stopped) {
            throw std::runtime_error{"cleaning up failed"};
        }
    };
    const auto body = [&]() -> Task<> {
        {
            TaskGroup group;
            group.spawn(fails_when_stopped());
            co_await yield_times(2);
        }
        co_await yield_times(3);
    };
    test.executor.run(body());
    CHECK(test.reports.diagnostics.size() == 1);
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(text_of(test.reports.unhandled[0].exception) == "cleaning up failed");
}

TEST_CASE("a group may be destroyed by its last task") {
    TestExecutor test;
    const auto work = [](std::shared_ptr<TaskGroup> mine) -> Task<> {
        co_await yield_times(2);
        CHECK(mine->size() == 1);
    };
    const auto body = [&work]() -> Task<> {
        auto group = std::make_shared<TaskGroup>();
        group->spawn(work(group));
        group.reset();
        co_await yield_times(9);
    };
    test.executor.run(body());
    CHECK(test.reports.diagnostics.size() == 1);
    CHECK(test.reports.unhandled.empty());
}

TEST_CASE("an executor may be destroyed while a group has tasks") {
    for (int turn = 0; turn < 4; ++turn) {
        support::Reports reports;
        std::optional<Executor> executor{std::in_place, reports.options()};
        TaskGroup outside;
        const auto alive = std::make_shared<int>();
        const auto body = [&]() -> Task<> {
            TaskGroup inside;
            inside.spawn(support::never_end(alive));
            outside.spawn(support::never_end(alive));
            outside.spawn(yield_times(100));
            co_await inside.join();
        };
        executor->spawn(body()).detach();
        for (int ran = 0; ran < turn; ++ran) {
            (void)executor->poll();
        }
        executor.reset();
        CHECK(outside.empty());
        CHECK(alive.use_count() == 1);
        CHECK(reports.empty());
    }
}

// ---- with_task_group ----------------------------------------------------------------------------

CO_TEST_CASE("with_task_group joins, and gives what its body gives") {
    int ended = 0;
    const auto work = [&ended]() -> Task<> {
        co_await yield_times(5);
        ++ended;
    };
    const auto body = [&work](TaskGroup& group) -> Task<int> {
        group.spawn(work());
        group.spawn(work());
        co_return 7;
    };
    const int result = co_await with_task_group(body);
    CHECK(result == 7);
    CHECK(ended == 2);
}

CO_TEST_CASE("a body that fails stops the tasks, and its exception is rethrown") {
    int cleaned = 0;
    const auto body = [&cleaned](TaskGroup& group) -> Task<> {
        group.spawn(clean_up_slowly(5, cleaned));
        co_await yield_times(2);
        throw std::runtime_error{"body"};
    };
    const std::exception_ptr error = co_await exception_of(with_task_group(body));
    CHECK(text_of(error) == "body");
    CHECK(cleaned == 1);
}

TEST_CASE("if the body fails, and a task too, one is rethrown and the other is unhandled") {
    support::TestExecutor test;
    const auto body = [](TaskGroup& group) -> Task<> {
        group.spawn(support::fail_when_stopped("task"));
        co_await yield_times(2);
        throw std::runtime_error{"body"};
    };
    CHECK_THROWS_WITH(test.executor.run(with_task_group(body)), "body");
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(text_of(test.reports.unhandled[0].exception) == "task");
}

CO_TEST_CASE("a task that fails stops the others, but not the body") {
    int cleaned = 0;
    bool body_ended = false;
    const auto body = [&](TaskGroup& group) -> Task<> {
        group.spawn(clean_up_slowly(2, cleaned));
        group.spawn(fail_after(1, "task"));
        co_await yield_times(20);
        body_ended = true;
    };
    const std::exception_ptr error = co_await exception_of(with_task_group(body));
    CHECK(text_of(error) == "task");
    CHECK(cleaned == 1);
    CHECK(body_ended);
}

namespace {

template <bool BodyWaits>
struct WithGroup {
    explicit WithGroup(Executor& executor) : victim{executor.spawn(run())} {}

    Task<> run() {
        const auto body = [this](TaskGroup& group) -> Task<> {
            for (int count = 0; count < 3; ++count) {
                group.spawn(part(count));
                if (BodyWaits) {
                    co_await juggle::yield();
                }
            }
        };
        co_await with_task_group(body);
    }
    Task<> part(int count) {
        ++begun;
        bool stopped = false;
        try {
            co_await yield_times(count + 1);
        } catch (const Cancelled&) {
            stopped = true;
        }
        if (stopped) {
            co_await yield_times(2);  // undisturbed
        }
        ++ended;
    }
    void check() const { CHECK(begun == ended); }

    int begun = 0;
    int ended = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that has a group may be stopped at every turn") {
    support::stop_after_every_turn<WithGroup<true>>();
    support::stop_after_every_turn<WithGroup<false>>();
}

CO_TEST_CASE("a group allocates nothing in the steady state") {
    TaskGroup group;
    const auto cycle = [&group]() -> Task<> {
        for (int task = 0; task < 10; ++task) {
            group.spawn(yield_times(1));
        }
        co_await group.join();
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}

TEST_CASE("a failure in a group behind the first is unhandled") {
    support::TestExecutor test;
    const auto fails = []() -> Task<> {
        TaskGroup group;
        group.spawn(fail_when_stopped("second"));
        group.spawn(fail_after(1, "first"));
        const std::exception_ptr error = co_await exception_of(group.join());
        CHECK(text_of(error) == "first");
    };
    test.executor.run(fails());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(text_of(test.reports.unhandled.front().exception) == "second");
}
