// What the handle of a spawned task promises.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using support::exception_of;
using support::is;
using support::ManualEvent;
using support::Reports;
using support::TestExecutor;

namespace {

Task<> nothing() { co_return; }

Task<int> number(int value) { co_return value; }

Task<int> number_after(ManualEvent event, int value) {
    co_await event;
    co_return value;
}

Task<> fail_after(ManualEvent event, std::string text) {
    co_await event;
    throw std::runtime_error{text};
}

Task<> join(const JoinHandle<>& handle) { co_await handle; }

Task<int> join(const JoinHandle<int>& handle) {
    const int result = co_await handle;
    co_return result;
}

}  // namespace

static_assert(!std::is_copy_constructible_v<JoinHandle<>>);
static_assert(std::is_nothrow_move_constructible_v<JoinHandle<int>>);

CO_TEST_CASE("awaiting a handle gives the result of a task that has not ended yet") {
    ManualEvent go;
    const JoinHandle<int> handle = executor.spawn(number_after(go, 4));
    const JoinHandle<int> joiner = executor.spawn(join(handle));
    co_await juggle::yield();
    CHECK_FALSE(handle.done());
    go.complete();
    const int result = co_await joiner;
    CHECK(result == 4);
}

CO_TEST_CASE("awaiting a handle gives the result of a task that has ended") {
    const JoinHandle<int> handle = executor.spawn(number(4));
    co_await juggle::yield();
    CHECK(handle.done());
    const int result = co_await handle;
    CHECK(result == 4);
}

CO_TEST_CASE("awaiting the handle of a task that has ended does not suspend") {
    const JoinHandle<> handle = executor.spawn(nothing());
    co_await juggle::yield();
    bool other_ran = false;
    const auto other = [&other_ran]() -> Task<> {
        other_ran = true;
        co_return;
    };
    executor.spawn(other()).detach();
    co_await handle;
    CHECK_FALSE(other_ran);
}

CO_TEST_CASE("a handle may give a reference or something that can only be moved") {
    int target = 0;
    const auto refer = [&target]() -> Task<int&> { co_return target; };
    const JoinHandle<int&> reference = executor.spawn(refer());
    int& result = co_await reference;
    CHECK(&result == &target);

    const auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); };
    const JoinHandle<std::unique_ptr<int>> pointer = executor.spawn(make());
    const std::unique_ptr<int> value = co_await pointer;
    CHECK(*value == 3);
}

CO_TEST_CASE("awaiting a handle rethrows the exception of its task") {
    ManualEvent go;
    const JoinHandle<> handle = executor.spawn(fail_after(go, "broken"));
    go.complete();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(support::text_of(error) == "broken");
}

CO_TEST_CASE("awaiting the handle of a task that was cancelled throws Cancelled") {
    const JoinHandle<> handle = executor.spawn(fail_after(ManualEvent{}, "not reached"));
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("variables of a task are destroyed before its joiner goes on") {
    const auto shared = std::make_shared<int>(0);
    const auto keeps = [](std::shared_ptr<int>) -> Task<> { co_await juggle::yield(); };
    const JoinHandle<> handle = executor.spawn(keeps(shared));
    co_await handle;
    CHECK(shared.use_count() == 1);
}

CO_TEST_CASE("awaiting a handle a second time is a logic error") {
    const JoinHandle<int> handle = executor.spawn(number(1));
    const int result = co_await handle;
    CHECK(result == 1);
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<std::logic_error>(error));
}

CO_TEST_CASE("awaiting a handle that somebody awaits already is a logic error") {
    ManualEvent go;
    const JoinHandle<int> handle = executor.spawn(number_after(go, 1));
    const JoinHandle<int> first = executor.spawn(join(handle));
    co_await juggle::yield();
    co_await juggle::yield();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<std::logic_error>(error));
    go.complete();
    const int result = co_await first;
    CHECK(result == 1);
}

CO_TEST_CASE("of two who await a handle in the turn of the end one gets a logic error") {
    ManualEvent go;
    const JoinHandle<int> handle = executor.spawn(number_after(go, 1));
    const JoinHandle<int> first = executor.spawn(join(handle));
    co_await juggle::yield();
    go.complete();
    while (!handle.done()) {
        co_await juggle::yield();
    }
    const std::exception_ptr second = co_await exception_of(handle);
    const std::exception_ptr other = co_await exception_of(first);
    CHECK(is<std::logic_error>(second) != is<std::logic_error>(other));
}

CO_TEST_CASE("a handle that belongs to no task is false and its await is a logic error") {
    const JoinHandle<> none;
    CHECK_FALSE(none);
    CHECK_FALSE(none.done());
    CHECK(none.id() == juggle::TaskId{});
    none.request_stop();
    const std::exception_ptr error = co_await exception_of(none);
    CHECK(is<std::logic_error>(error));
}

CO_TEST_CASE("moving a handle leaves the other one without a task") {
    JoinHandle<int> handle = executor.spawn(number(1));
    const juggle::TaskId id = handle.id();
    const JoinHandle<int> moved = std::move(handle);
    CHECK_FALSE(handle);  // NOLINT(bugprone-use-after-move)
    CHECK(moved.id() == id);
    const int result = co_await moved;
    CHECK(result == 1);
}

TEST_CASE("assigning to a handle detaches the task that it had") {
    TestExecutor test;
    const auto main = [&test]() -> Task<> {
        ManualEvent go;
        JoinHandle<> handle = test.executor.spawn(fail_after(go, "detached"));
        handle = test.executor.spawn(nothing());
        go.complete();
        co_await handle;
        co_await juggle::yield();
        co_await juggle::yield();
    };
    test.executor.run(main());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(support::text_of(test.reports.unhandled.front().exception) == "detached");
}

CO_TEST_CASE("a detached task goes on") {
    ManualEvent go;
    bool ended = false;
    const auto body = [](ManualEvent event, bool& flag) -> Task<> {
        co_await event;
        flag = true;
    };
    {
        JoinHandle<> handle = executor.spawn(body(go, ended));
        handle.detach();
        CHECK_FALSE(handle);
    }
    co_await juggle::yield();
    go.complete();
    while (!ended) {
        co_await juggle::yield();
    }
}

TEST_CASE("a handle may outlive the executor and still tell of the exception") {
    Reports reports;
    ManualEvent go;
    std::optional<Executor> executor{std::in_place, reports.options()};
    JoinHandle<> handle = executor->spawn(fail_after(go, "outlived"));
    (void)executor->poll();
    go.complete();
    while (!handle.done()) {
        (void)executor->poll();
    }
    executor.reset();
    CHECK(handle.done());
    handle.request_stop();
    CHECK(reports.empty());

    Executor other;
    CHECK_THROWS_WITH(other.run(join(handle)), "outlived");
}

TEST_CASE("an exception in a handle that outlives the executor is printed when that is dropped") {
    if (!support::can_fork) {
        return;
    }
    const support::ProcessEnd end = support::run_in_child([] {
        std::optional<Executor> executor{std::in_place};
        ManualEvent go;
        JoinHandle<> handle = executor->spawn(fail_after(go, "never retrieved"));
        (void)executor->poll();
        go.complete();
        while (!handle.done()) {
            (void)executor->poll();
        }
        executor.reset();
    });
    CHECK_FALSE(end.aborted);
    CHECK(support::contains(end.errors, "never retrieved"));
}

TEST_CASE("the handle of a task that its executor destroyed says that it was cancelled") {
    std::optional<Executor> executor{std::in_place};
    const auto refuse_to_stop = []() -> Task<> {
        for (;;) {
            try {
                co_await ManualEvent{};
            } catch (const Cancelled&) {}
        }
    };
    const JoinHandle<> handle = executor->spawn(refuse_to_stop());
    (void)executor->poll();
    executor.reset();
    CHECK(handle.done());
    Executor other;
    CHECK_THROWS_AS(other.run(join(handle)), Cancelled);
}

TEST_CASE("a debug build aborts with a word about it when a handle is awaited on another thread") {
    support::check_aborts("juggle: JoinHandle::operator co_await was called by a thread", [] {
        Executor executor;
        const JoinHandle<> handle = executor.spawn(nothing());
        std::thread{[&handle] {
            Executor other;
            other.run(join(handle));
        }}.join();
    });
}

// ---- stop requests to the waiting task ----------------------------------------------------------

CO_TEST_CASE(
    "a stop request to a joiner ends its wait alone, and the handle can be awaited again") {
    ManualEvent go;
    const JoinHandle<int> handle = executor.spawn(number_after(go, 8));
    const JoinHandle<int> joiner = executor.spawn(join(handle));
    co_await juggle::yield();
    joiner.request_stop();
    const std::exception_ptr error = co_await exception_of(joiner);
    CHECK(is<Cancelled>(error));
    CHECK_FALSE(handle.done());

    go.complete();
    const int result = co_await handle;
    CHECK(result == 8);
}

TEST_CASE("the exception of a task whose joiner was cancelled and its handle dropped is reported") {
    TestExecutor test;
    const auto main = [&test]() -> Task<> {
        ManualEvent go;
        JoinHandle<> handle = test.executor.spawn(fail_after(go, "lost"));
        const JoinHandle<> joiner = test.executor.spawn(join(handle));
        co_await juggle::yield();
        go.complete();
        joiner.request_stop();
        handle.detach();
        const std::exception_ptr error = co_await exception_of(joiner);
        CHECK(is<Cancelled>(error));
    };
    test.executor.run(main());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(support::text_of(test.reports.unhandled.front().exception) == "lost");
}

TEST_CASE("the exception of a task is rethrown once or reported once, whenever things happen") {
    // A joiner is stopped after `stop_turn` turns and the handle dropped after `drop_turn`.
    for (int stop_turn = 0; stop_turn < 8; ++stop_turn) {
        for (int drop_turn = 0; drop_turn < 8; ++drop_turn) {
            INFO("stopped after " << stop_turn << " turns, dropped after " << drop_turn);
            TestExecutor test;
            int rethrown = 0;
            JoinHandle<> handle;
            const auto joins = [&]() -> Task<> {
                try {
                    co_await handle;
                } catch (const std::runtime_error&) {
                    ++rethrown;
                }
            };
            const auto main = [&]() -> Task<> {
                ManualEvent go;
                handle = test.executor.spawn(fail_after(go, "once"));
                const JoinHandle<> joiner = test.executor.spawn(joins());
                co_await juggle::yield();
                for (int turn = 0; turn < 10; ++turn) {
                    if (turn == 1) {
                        go.complete();
                    }
                    if (turn == stop_turn) {
                        joiner.request_stop();
                    }
                    if (turn == drop_turn) {
                        handle.detach();
                    }
                    co_await juggle::yield();
                }
            };
            test.executor.run(main());
            CHECK(static_cast<std::size_t>(rethrown) + test.reports.unhandled.size() == 1);
        }
    }
}

namespace {

/// A task that waits for another; both are stopped together.
struct Joining {
    explicit Joining(Executor& executor) : worker{executor.spawn(work())} {
        victim = executor.spawn(wait());
    }

    Task<> work() {
        co_await juggle::yield();
        co_await juggle::yield();
        worked = true;
    }
    Task<> wait() {
        co_await worker;
        joined = true;
    }
    void check() const {
        CHECK(worked);
        CHECK((joined || worker.done()));
    }

    bool worked = false;
    bool joined = false;
    JoinHandle<> worker;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a joiner may be stopped at every turn") { support::stop_after_every_turn<Joining>(); }

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("spawning and joining allocates nothing in the steady state") {
    const auto cycle = [&executor]() -> Task<> {
        const JoinHandle<int> handle = executor.spawn(number(1));
        const int result = co_await handle;
        CHECK(result == 1);
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
