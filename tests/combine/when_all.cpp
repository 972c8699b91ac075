// Awaiting several things at once, all of them.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <any>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using juggle::when_all;
using support::clean_up_slowly;
using support::exception_of;
using support::fail_after;
using support::fail_when_stopped;
using support::is;
using support::ManualEvent;
using support::MoveOnly;
using support::text_of;
using support::value_after;
using support::yield_times;
using namespace std::chrono_literals;

// ---- results ------------------------------------------------------------------------------------

CO_TEST_CASE("when_all gives the results in the order of its arguments") {
    const auto [a, b, c] =
        co_await when_all(value_after(3, 1), value_after(0, 2), value_after(1, 3));
    CHECK(a == 1);
    CHECK(b == 2);
    CHECK(c == 3);
}

CO_TEST_CASE("when_all gives values of all kinds") {
    int target = 0;
    auto result = co_await when_all(yield_times(1), value_after<int&>(1, target),
                                    value_after(0, std::make_unique<int>(3)),
                                    value_after(2, MoveOnly{4}), juggle::yield());
    using Expected = std::tuple<std::monostate, std::reference_wrapper<int>, std::unique_ptr<int>,
                                MoveOnly, std::monostate>;
    STATIC_REQUIRE(std::is_same_v<decltype(result), Expected>);
    CHECK(&std::get<1>(result).get() == &target);
    CHECK(*std::get<2>(result) == 3);
    CHECK(std::get<3>(result).number == 4);
}

CO_TEST_CASE("when_all does not wrap a list into a list of itself") {
    auto [list] = co_await when_all(value_after(0, std::vector<std::any>(3)));
    CHECK(list.size() == 3);
}

CO_TEST_CASE("when_all takes one argument") {
    const auto [value] = co_await when_all(value_after(1, 5));
    CHECK(value == 5);
}

CO_TEST_CASE("when_all begins its arguments at once, in order, each up to where it suspends") {
    std::string log;
    const auto note = [&log](char letter) -> Task<> {
        log += letter;
        co_await juggle::yield();
        log += static_cast<char>(letter - 'a' + 'A');
    };
    const auto all = [&]() -> Task<> { co_await when_all(note('a'), note('b'), note('c')); };
    co_await all();
    CHECK(log == "abcABC");
}

CO_TEST_CASE("when_all takes events, resources and other awaitables as well as tasks") {
    ManualEvent event;
    juggle::Resource<int> resource{7};
    event.complete();
    auto [nothing, allocation, slept] =
        co_await when_all(event, resource.acquire(), juggle::sleep_for(1h));
    CHECK(*allocation == 7);
    allocation.ready();
}

CO_TEST_CASE("when_all of a handle that is an rvalue waits for its task") {
    JoinHandle<int> handle = executor.spawn(value_after(3, 7));
    const auto [value, other] = co_await when_all(std::move(handle), value_after(1, 2));
    CHECK(value == 7);
    CHECK(other == 2);
}

CO_TEST_CASE("when_all of a handle that is an lvalue waits for its task") {
    const JoinHandle<int> handle = executor.spawn(value_after(3, 7));
    const auto [value, other] = co_await when_all(handle, value_after(1, 2));
    CHECK(value == 7);
}

// ---- nothing to wait for ------------------------------------------------------------------------

CO_TEST_CASE("when_all does not suspend if nothing has to wait") {
    bool others_ran = false;
    const auto other = [&others_ran]() -> Task<> {
        others_ran = true;
        co_return;
    };
    const JoinHandle<> handle = executor.spawn(other());
    (void)co_await when_all(value_after(0, 1), value_after(0, 2));
    CHECK(!others_ran);
    co_await handle;
}

CO_TEST_CASE("a million times when_all of ready tasks needs no stack") {
    std::int64_t sum = 0;
    for (int round = 0; round < 1'000'000; ++round) {
        const auto [one, two] = co_await when_all(value_after(0, 1), value_after(0, 2));
        sum += one + two;
    }
    CHECK(sum == 3'000'000);
}

// ---- failures -----------------------------------------------------------------------------------

CO_TEST_CASE("when_all stops the others when one fails, and waits for them") {
    int cleaned = 0;
    const std::exception_ptr error = co_await exception_of(when_all(
        clean_up_slowly(5, cleaned), fail_after(2, "broken"), clean_up_slowly(9, cleaned)));
    CHECK(text_of(error) == "broken");
    CHECK(cleaned == 2);
    CHECK(executor.running_tasks() == 1);
}

CO_TEST_CASE("the first failure counts") {
    const std::exception_ptr error = co_await exception_of(
        when_all(fail_after(3, "late"), fail_after(2, "early"), fail_after(2, "as early")));
    CHECK(text_of(error) == "early");
}

CO_TEST_CASE("what comes after a failure at once is not begun") {
    bool begun = false;
    int cleaned = 0;
    const auto begin = [&begun]() -> Task<> {
        begun = true;
        co_return;
    };
    Task<> last = begin();
    const std::exception_ptr error = co_await exception_of(
        when_all(clean_up_slowly(2, cleaned), fail_after(0, "broken"), std::move(last)));
    CHECK(text_of(error) == "broken");
    CHECK(!begun);
    CHECK(cleaned == 1);
}

CO_TEST_CASE("cleaning up after a failure is not disturbed by a stop request, which waits") {
    int cleaned = 0;
    std::string log;
    const auto body = [&]() -> Task<> {
        const std::exception_ptr error =
            co_await exception_of(when_all(clean_up_slowly(9, cleaned), fail_after(1, "broken")));
        log = text_of(error);
        co_await juggle::sleep_for(1h);
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(4);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(log == "broken");
    CHECK(cleaned == 1);
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("when_all of an empty task is a logic error, and the others are not begun") {
    bool begun = false;
    const auto begin = [&begun]() -> Task<> {
        begun = true;
        co_return;
    };
    const auto all = [&]() -> Task<> { co_await when_all(begin(), Task<>{}); };
    const std::exception_ptr error = co_await exception_of(all());
    CHECK(is<std::logic_error>(error));
    CHECK(support::contains(text_of(error), "when_all"));
    CHECK(!begun);
}

CO_TEST_CASE("when_all of a handle without a task is a logic error") {
    const std::exception_ptr given =
        co_await exception_of(when_all(JoinHandle<int>{}, yield_times(1)));
    CHECK(is<std::logic_error>(given));
    const JoinHandle<int> none;
    const std::exception_ptr referred = co_await exception_of(when_all(yield_times(1), none));
    CHECK(is<std::logic_error>(referred));
}

CO_TEST_CASE("when_all that is awaited twice is a logic error") {
    auto all = when_all(value_after(1, 1), value_after(0, 2));
    (void)co_await all;
    const std::exception_ptr error = co_await exception_of(all);
    CHECK(is<std::logic_error>(error));
    CHECK(support::contains(text_of(error), "when_all"));
}

CO_TEST_CASE("a part of when_all may fail with Cancelled by itself") {
    const auto cancelled = []() -> Task<> {
        throw Cancelled{};
        co_return;
    };
    const std::exception_ptr error = co_await exception_of(when_all(yield_times(3), cancelled()));
    CHECK(is<Cancelled>(error));
}

// ---- stop requests ------------------------------------------------------------------------------

CO_TEST_CASE("a stop request is passed on to all parts, once, and they are waited for") {
    int cleaned = 0;
    const auto body = [&cleaned]() -> Task<> {
        co_await when_all(clean_up_slowly(5, cleaned), clean_up_slowly(7, cleaned));
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(2);
    handle.request_stop();
    co_await yield_times(2);
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(cleaned == 2);
}

CO_TEST_CASE("a stop request that is pending before is passed on as soon as all have begun") {
    int cleaned = 0;
    JoinHandle<> handle;
    const auto body = [&]() -> Task<> {
        handle.request_stop();
        co_await when_all(clean_up_slowly(1, cleaned), clean_up_slowly(1, cleaned));
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(cleaned == 2);
}

CO_TEST_CASE("a stop request that no part has noticed is for the next await") {
    for (const int turns_before : {0, 1, 2, 3}) {
        bool all_done = false;
        bool passed_yield = false;
        juggle::AsyncEvent event;
        const auto body = [&]() -> Task<> {
            co_await when_all(event.wait(), event.wait());
            all_done = true;
            co_await juggle::sleep_for(24h);
            passed_yield = true;
        };
        const JoinHandle<> handle = executor.spawn(body());
        co_await juggle::yield();
        event.set();
        co_await yield_times(turns_before);
        handle.request_stop();
        const std::exception_ptr error = co_await exception_of(handle);
        CHECK(all_done);
        CHECK(is<Cancelled>(error));
        CHECK(!passed_yield);
    }
}

CO_TEST_CASE("a failure that has not noticed a stop request leaves it for the next await") {
    int cleaned = 0;
    std::string first;
    juggle::AsyncEvent event;
    const auto fail = [&event]() -> Task<> {
        co_await event.wait();
        throw std::runtime_error{"broken"};
    };
    const auto body = [&]() -> Task<> {
        const std::exception_ptr error =
            co_await exception_of(when_all(fail(), clean_up_slowly(3, cleaned)));
        first = text_of(error);
        co_await juggle::sleep_for(24h);
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(2);
    event.set();
    handle.request_stop();  // only the one that cleans up sees it
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(first == "broken");
    CHECK(is<Cancelled>(error));
    CHECK(cleaned == 1);
}

CO_TEST_CASE("a part may ask its own parent to stop, before or after it suspends") {
    for (const int when : {0, 1}) {
        int cleaned = 0;
        JoinHandle<> handle;
        const auto stop_parent = [&]() -> Task<> {
            co_await yield_times(when);
            handle.request_stop();
            co_await juggle::yield();
        };
        const auto body = [&]() -> Task<> {
            co_await when_all(stop_parent(), clean_up_slowly(3, cleaned));
        };
        handle = executor.spawn(body());
        const std::exception_ptr error = co_await exception_of(handle);
        CHECK(is<Cancelled>(error));
        CHECK(cleaned == 1);
    }
}

CO_TEST_CASE("a part knows whether a stop was requested") {
    bool before = true;
    bool after = false;
    const auto part = [&]() -> Task<> {
        const juggle::Environment environment = co_await juggle::current_environment();
        before = environment.stop_requested();
        try {
            co_await juggle::sleep_for(1h);
        } catch (const Cancelled&) {
            after = environment.stop_requested();
            throw;
        }
    };
    const auto body = [&]() -> Task<> { co_await when_all(part(), yield_times(1)); };
    const JoinHandle<> handle = executor.spawn(body());
    co_await yield_times(3);
    handle.request_stop();
    (void)co_await exception_of(handle);
    CHECK(!before);
    CHECK(after);
}

// ---- ranges -------------------------------------------------------------------------------------

CO_TEST_CASE("when_all of a vector of tasks gives a vector in its order") {
    std::vector<Task<MoveOnly>> tasks;
    for (int index = 0; index < 10; ++index) {
        tasks.push_back(value_after(10 - index, MoveOnly{index}));
    }
    const std::vector<MoveOnly> results = co_await when_all(std::move(tasks));
    REQUIRE(results.size() == 10);
    for (int index = 0; index < 10; ++index) {
        CHECK(results[static_cast<std::size_t>(index)].number == index);
    }
}

CO_TEST_CASE("when_all of a range of tasks that give nothing gives nothing") {
    std::vector<Task<>> tasks;
    tasks.push_back(yield_times(1));
    tasks.push_back(yield_times(0));
    STATIC_REQUIRE(std::is_void_v<decltype(when_all(std::move(tasks)).await_resume())>);
    co_await when_all(std::move(tasks));
}

CO_TEST_CASE("when_all of an empty range gives an empty vector at once") {
    const std::vector<int> results = co_await when_all(std::vector<Task<int>>{});
    CHECK(results.empty());
    co_await when_all(std::vector<Task<>>{});
}

CO_TEST_CASE("when_all takes a view that makes tasks") {
    const auto make = [](int value) { return value_after(value % 2, value); };
    auto made = std::views::iota(0, 5) | std::views::transform(make);
    const std::vector<int> results = co_await when_all(made);
    CHECK(results == std::vector<int>{0, 1, 2, 3, 4});
}

CO_TEST_CASE("when_all takes a view that makes awaiters, which cannot be moved") {
    const juggle::TimePoint start = executor.now();
    const auto make = [](int hours) { return juggle::sleep_for(std::chrono::hours{hours}); };
    auto made = std::views::iota(1, 5) | std::views::transform(make);
    co_await when_all(made);
    CHECK(executor.now() == start + 4h);
}

CO_TEST_CASE("when_all takes a range of handles, as an lvalue and as an rvalue") {
    std::vector<JoinHandle<int>> handles;
    for (int index = 0; index < 3; ++index) {
        handles.push_back(executor.spawn(value_after(3 - index, index)));
    }
    const std::vector<int> results = co_await when_all(handles);
    CHECK(results == std::vector<int>{0, 1, 2});

    for (JoinHandle<int>& handle : handles) {
        handle = executor.spawn(value_after(2, 5));
    }
    const std::vector<int> others = co_await when_all(std::move(handles));
    CHECK(others == std::vector<int>{5, 5, 5});
}

CO_TEST_CASE("when_all gives references from a range") {
    std::vector<int> targets{1, 2};
    std::vector<Task<int&>> tasks;
    for (int& target : targets) {
        tasks.push_back(value_after<int&>(1, target));
    }
    const std::vector<std::reference_wrapper<int>> results = co_await when_all(std::move(tasks));
    REQUIRE(results.size() == 2);
    CHECK(&results[1].get() == &targets[1]);
}

CO_TEST_CASE("a failure in a range stops the others and waits for them") {
    int cleaned = 0;
    std::vector<Task<int>> tasks;
    tasks.push_back(clean_up_slowly(4, cleaned));
    tasks.push_back(fail_after(1, "broken"));
    tasks.push_back(clean_up_slowly(2, cleaned));
    const std::exception_ptr error = co_await exception_of(when_all(std::move(tasks)));
    CHECK(text_of(error) == "broken");
    CHECK(cleaned == 2);
}

CO_TEST_CASE("what a range throws counts as a failure") {
    int cleaned = 0;
    auto made = support::tasks_that_run_out(2, cleaned);
    const std::exception_ptr error = co_await exception_of(when_all(made));
    CHECK(text_of(error) == "no more");
    CHECK(cleaned == 2);
}

CO_TEST_CASE("an empty task in a range is a failure") {
    int cleaned = 0;
    std::vector<Task<int>> tasks;
    tasks.push_back(clean_up_slowly(1, cleaned));
    tasks.emplace_back();
    const std::exception_ptr error = co_await exception_of(when_all(std::move(tasks)));
    CHECK(is<std::logic_error>(error));
    CHECK(cleaned == 1);
}

CO_TEST_CASE("a range that is awaited twice is a logic error") {
    auto all = when_all(std::vector<Task<int>>{});
    (void)co_await all;
    const std::exception_ptr error = co_await exception_of(all);
    CHECK(is<std::logic_error>(error));
}

CO_TEST_CASE("a hundred thousand tasks at once") {
    const auto make = [](int value) { return value_after(value % 3, value); };
    auto made = std::views::iota(0, 100'000) | std::views::transform(make);
    const std::vector<int> results = co_await when_all(made);
    REQUIRE(results.size() == 100'000);
    CHECK(results.back() == 99'999);
}

// ---- nesting ------------------------------------------------------------------------------------

namespace {

Task<int> nested(int depth, int turns_at_the_end) {
    if (depth == 0) {
        co_await yield_times(turns_at_the_end);
        co_return 1;
    }
    auto [left, right] = co_await when_all(nested(depth - 1, turns_at_the_end), value_after(1, 1));
    co_return left + right;
}

Task<int> child_of(Task<int> task) { co_return co_await std::move(task); }

/// Both parts are at the limit of what is begun on top of each other.
Task<int> nested_on_both_sides(int depth) {
    if (depth == 0) {
        const auto [left, right] = co_await when_all(child_of(child_of(value_after(0, 1))),
                                                     child_of(child_of(value_after(0, 1))));
        co_return left + right;
    }
    co_return co_await nested_on_both_sides(depth - 1);
}

}  // namespace

CO_TEST_CASE("when_all may be nested a thousand deep") {
    for (const int turns_at_the_end : {0, 1}) {
        const int sum = co_await nested(1000, turns_at_the_end);
        CHECK(sum == 1001);
    }
}

CO_TEST_CASE("parts that are begun at the deepest nesting all run") {
    for (int depth = 50; depth < 80; ++depth) {
        const int sum = co_await nested_on_both_sides(depth);
        CHECK(sum == 2);
    }
}

TEST_CASE("parts that are nested deep may be stopped") {
    for (const int depth : {10, 60, 64, 65, 70, 200}) {
        for (int turn = 0; turn < 4; ++turn) {
            support::PolledExecutor polled;
            const JoinHandle<int> handle = polled.executor.spawn(nested(depth, 1000));
            for (int ran = 0; ran < turn; ++ran) {
                polled.turn();
            }
            handle.request_stop();
            polled.finish();
            CHECK(handle.done());
        }
    }
}

// ---- every turn ---------------------------------------------------------------------------------

namespace {

template <bool Fails>
struct Several {
    explicit Several(Executor& executor) : victim{executor.spawn(run())} {}

    Task<> run() {
        bool failed = false;
        try {
            auto [one, other, value] =
                co_await when_all(semaphore.acquire(), semaphore.acquire(), part());
        } catch (const std::runtime_error&) {
            failed = true;
        }
        CHECK(semaphore.available() == 2);
        CHECK(failed == Fails);
        co_await juggle::yield();
    }
    Task<int> part() {
        const auto permit = co_await other_semaphore.acquire();
        ++begun;
        bool stopped = false;
        try {
            co_await yield_times(3);
        } catch (const Cancelled&) {
            stopped = true;
        }
        if (stopped) {
            co_await yield_times(2);  // undisturbed
        }
        ++ended;
        if (stopped) {
            throw Cancelled{};
        }
        if (Fails) {
            throw std::runtime_error{"broken"};
        }
        co_return 1;
    }
    void check() const {
        CHECK(begun == ended);
        CHECK(semaphore.available() == 2);
        CHECK(other_semaphore.available() == 1);
    }

    juggle::Semaphore semaphore{2};
    juggle::Semaphore other_semaphore{1};
    int begun = 0;
    int ended = 0;
    JoinHandle<> victim;
};

struct SeveralOfARange {
    explicit SeveralOfARange(Executor& executor) : victim{executor.spawn(run())} {}

    Task<> run() {
        const auto make = [this](int index) { return part(index); };
        auto made = std::views::iota(0, 5) | std::views::transform(make);
        results = co_await when_all(made);
    }
    Task<int> part(int index) {
        ++begun;
        try {
            co_await yield_times(index);
        } catch (...) {
            ++ended;
            throw;
        }
        ++ended;
        co_return index;
    }
    void check() const {
        CHECK(begun == ended);
        CHECK((results.empty() || results.size() == 5));
    }

    std::vector<int> results;
    int begun = 0;
    int ended = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that waits for several things may be stopped at every turn") {
    support::stop_after_every_turn<Several<false>>();
    support::stop_after_every_turn<Several<true>>();
    support::stop_after_every_turn<SeveralOfARange>();
}

TEST_CASE("an executor may be destroyed while a task waits for several things") {
    support::destroy_after_every_turn([](std::shared_ptr<int> alive) -> Task<> {
        juggle::Resource<int> resource{0};
        const auto held = resource.acquire();
        std::vector<Task<>> tasks;
        tasks.push_back(support::never_end(alive));
        tasks.push_back(support::never_end(alive));
        co_await juggle::when_all(juggle::when_all(std::move(tasks)), juggle::sleep_for(1h),
                                  juggle::when_all(resource.acquire(), support::never_end(alive)),
                                  juggle::timeout(1h, support::never_end(alive)));
    });
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("when_all of two allocates nothing in the steady state") {
    const auto ready = []() -> Task<> {
        (void)co_await when_all(value_after(0, 1), value_after(0, 2));
    };
    const std::uint64_t at_once = co_await support::allocations_in_steady_state(ready);
    CHECK(at_once == 0);
    const auto suspending = []() -> Task<> {
        (void)co_await when_all(value_after(1, 1), juggle::yield());
    };
    const std::uint64_t later = co_await support::allocations_in_steady_state(suspending);
    CHECK(later == 0);
}

TEST_CASE("a failure of when_all behind the first is unhandled") {
    support::TestExecutor test;
    const auto fails = []() -> Task<> {
        const std::exception_ptr error =
            co_await exception_of(when_all(fail_after(1, "first"), fail_when_stopped("second")));
        CHECK(text_of(error) == "first");
    };
    const unsigned line = __LINE__ + 1;
    test.executor.run(fails());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(text_of(test.reports.unhandled.front().exception) == "second");
    CHECK(test.reports.unhandled.front().spawned_at.line() == line);
}

TEST_CASE("a failure of when_all over a range behind the first is unhandled") {
    support::TestExecutor test;
    const auto fails = []() -> Task<> {
        std::vector<Task<int>> tasks;
        tasks.push_back(fail_when_stopped("second"));
        tasks.push_back(fail_after(1, "first"));
        const std::exception_ptr error = co_await exception_of(when_all(std::move(tasks)));
        CHECK(text_of(error) == "first");
    };
    test.executor.run(fails());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(text_of(test.reports.unhandled.front().exception) == "second");
}
