// Awaiting the tasks of a range, some at a time.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ranges>
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
using support::is;
using support::text_of;
using support::value_after;
using support::yield_times;
using namespace std::chrono_literals;

using juggle::when_all_windowed;

namespace {

/// Counts how many of its tasks run at a time.
struct Counted {
    Task<int> task(int index, int count) {
        ++running;
        most = std::max(most, running);
        ++begun;
        try {
            co_await yield_times(count);
        } catch (...) {
            --running;
            throw;
        }
        --running;
        co_return index;
    }

    int running = 0;
    int most = 0;
    int begun = 0;
};

}  // namespace

CO_TEST_CASE("no more tasks run than the window is wide, and the results are in order") {
    for (const std::size_t window : {1U, 2U, 3U, 10U, 1000U}) {
        Counted counted;
        const auto make = [&counted](int index) { return counted.task(index, 1 + index * 7 % 4); };
        auto made = std::views::iota(0, 20) | std::views::transform(make);
        const std::vector<int> results = co_await when_all_windowed(made, window);
        REQUIRE(results.size() == 20);
        CHECK(results[0] == 0);
        CHECK(results[19] == 19);
        CHECK(counted.most == static_cast<int>(std::min<std::size_t>(window, 20)));
        CHECK(counted.begun == 20);
    }
}

CO_TEST_CASE("a view makes the tasks no sooner than they start") {
    int made = 0;
    juggle::AsyncEvent event;
    const auto wait = [&event]() -> Task<> { co_await event.wait(); };
    const auto make = [&](int) {
        ++made;
        return wait();
    };
    const auto body = [&]() -> Task<> {
        auto tasks = std::views::iota(0, 5) | std::views::transform(make);
        co_await when_all_windowed(tasks, 2);
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(3);
    CHECK(made == 2);
    event.set();
    co_await handle;
    CHECK(made == 5);
}

CO_TEST_CASE("a hundred thousand ready tasks need no stack in a window of one") {
    const auto make = [](int index) { return value_after(index % 1000 == 0 ? 1 : 0, index); };
    auto made = std::views::iota(0, 100'000) | std::views::transform(make);
    const std::vector<int> results = co_await when_all_windowed(made, 1);
    REQUIRE(results.size() == 100'000);
    CHECK(results.back() == 99'999);
}

CO_TEST_CASE("after a failure no more are started, and those that run are stopped") {
    int cleaned = 0;
    int made = 0;
    const auto make = [&](int index) {
        ++made;
        return index == 1 ? fail_after(2, "broken") : clean_up_slowly(3, cleaned);
    };
    auto tasks = std::views::iota(0, 100) | std::views::transform(make);
    const std::exception_ptr error = co_await exception_of(when_all_windowed(tasks, 3));
    CHECK(text_of(error) == "broken");
    CHECK(made == 3);
    CHECK(cleaned == 2);
}

CO_TEST_CASE("a window of nothing is an invalid argument") {
    CHECK_THROWS_AS(when_all_windowed(std::vector<Task<>>{}, 0), std::invalid_argument);
    co_return;
}

CO_TEST_CASE("results are complete, or Cancelled is thrown, whatever the tasks make of a stop") {
    const auto stubborn = []() -> Task<int> {
        try {
            co_await juggle::sleep_for(24h);
        } catch (const Cancelled&) {}
        co_return 1;
    };
    std::size_t size = 0;
    const auto body = [&]() -> Task<> {
        const auto make = [&stubborn](int) { return stubborn(); };
        auto tasks = std::views::iota(0, 5) | std::views::transform(make);
        const std::vector<int> results = co_await when_all_windowed(tasks, 2);
        size = results.size();
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(2);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(size == 0);
}

namespace {

struct Windowed {
    explicit Windowed(Executor& executor) : victim{executor.spawn(run())} {}

    Task<> run() {
        const auto make = [this](int index) { return counted.task(index, index % 3); };
        auto tasks = std::views::iota(0, 8) | std::views::transform(make);
        results = co_await when_all_windowed(tasks, 3);
    }
    void check() const {
        CHECK(counted.running == 0);
        CHECK((results.empty() || results.size() == 8));
    }

    Counted counted;
    std::vector<int> results;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that waits for a window of tasks may be stopped at every turn") {
    support::stop_after_every_turn<Windowed>();
}
