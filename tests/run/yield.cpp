// Letting others run.

#include "support/catch.hpp"
#include "support/polled_executor.hpp"
#include "support/steady_state.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <vector>

using juggle::Cancelled;
using juggle::JoinHandle;
using juggle::Task;
using support::exception_of;

CO_TEST_CASE("yield lets everything run that is ready, and then goes on") {
    std::vector<int> list;
    const auto note = [&list](int value) -> Task<> {
        list.push_back(value);
        co_return;
    };
    executor.spawn(note(1)).detach();
    executor.spawn(note(2)).detach();
    co_await juggle::yield();
    list.push_back(3);
    CHECK(list == std::vector{1, 2, 3});
}

CO_TEST_CASE("yield throws Cancelled if the task was asked to stop before") {
    JoinHandle<> handle;
    bool reached = false;
    const auto body = [&]() -> Task<> {
        handle.request_stop();  // of this task itself
        co_await juggle::yield();
        reached = true;
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(support::is<Cancelled>(error));
    CHECK_FALSE(reached);
}

CO_TEST_CASE("yield throws Cancelled if the task is asked to stop meanwhile") {
    bool reached = false;
    const auto body = [&reached]() -> Task<> {
        co_await juggle::yield();
        reached = true;
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(support::is<Cancelled>(error));
    CHECK_FALSE(reached);
}

CO_TEST_CASE("a million yields need no stack") {
    for (int index = 0; index < 1'000'000; ++index) {
        co_await juggle::yield();
    }
}

namespace {

struct Yielding {
    explicit Yielding(juggle::Executor& executor) : victim{executor.spawn(yields())} {}
    Task<> yields() {
        for (; turns < 5; ++turns) {
            co_await juggle::yield();
        }
    }
    void check() const { CHECK(turns <= 5); }

    int turns = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that yields may be stopped at every turn") {
    support::stop_after_every_turn<Yielding>();
}

CO_TEST_CASE("yielding allocates nothing") {
    const auto cycle = []() -> Task<> { co_await juggle::yield(); };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
