// Several generators as one.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/executor.hpp>
#include <juggle/generator.hpp>
#include <juggle/job_queue.hpp>
#include <juggle/merge.hpp>
#include <juggle/sleep.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::Generator;
using juggle::JoinHandle;
using juggle::merge;
using juggle::Task;
using support::exception_of;
using support::is;
using support::ManualEvent;
using support::PolledExecutor;
using support::yield_times;

namespace {

using Values = std::vector<int>;
using Texts = std::vector<std::string>;

/// a1, a2, ... for the name a.
Generator<std::string> named(std::string name, int end) {
    for (int number = 1; number <= end; ++number) {
        co_yield name + std::to_string(number);
    }
}

Generator<int> range(int first, int end) {
    for (int value = first; value < end; ++value) {
        co_yield value;
    }
}

Generator<int> slow_range(int first, int end) {
    for (int value = first; value < end; ++value) {
        co_await juggle::yield();
        co_yield value;
    }
}

Generator<int> periodic(int value, int end, std::chrono::milliseconds period) {
    for (int count = 0; count < end; ++count) {
        co_await juggle::sleep_for(period);
        co_yield value;
    }
}

Generator<int> fail_after(ManualEvent event, std::string text) {
    co_yield -1;
    co_await event;
    throw std::runtime_error{text};
}

/// Counts how many of it there are.
class Counted {
public:
    explicit Counted(int& alive) : alive_{alive} { ++alive_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --alive_; }

private:
    int& alive_;
};

/// Yields without end; is counted while it is alive.
Generator<int> counted(int& alive, int first, int& produced) {
    const Counted here{alive};
    for (int value = first;; ++value) {
        co_await juggle::yield();
        ++produced;
        co_yield value;
    }
}

Generator<int> until(ManualEvent event, int& alive) {
    const Counted here{alive};
    co_await event;
    co_yield 1;
}

template <class T>
Task<std::vector<T>> all_of(Generator<T> generator) {
    std::vector<T> values;
    while (auto item = co_await generator.next()) {
        values.push_back(std::move(*item));
    }
    co_return values;
}

template <class T>
Task<std::optional<T>> next_of(Generator<T>& generator) {
    co_return co_await generator.next();
}

}  // namespace

// ---- order --------------------------------------------------------------------------------------

CO_TEST_CASE("sources that are ready in turn are taken in turn") {
    Generator<std::string> merged = merge(named("a", 3), named("b", 3), named("c", 3));
    const Texts texts = co_await all_of(std::move(merged));
    CHECK(texts == Texts{"a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"});
}

CO_TEST_CASE("a merge goes on until all sources have ended") {
    Generator<std::string> merged =
        merge(named("a", 1), named("b", 4), named("c", 0), named("d", 2));
    const Texts texts = co_await all_of(std::move(merged));
    CHECK(texts == Texts{"a1", "b1", "d1", "b2", "d2", "b3", "b4"});
}

CO_TEST_CASE("elements come in the order of their arrival") {
    using namespace std::chrono_literals;
    Generator<int> merged =
        merge(periodic(1, 3, 100ms), periodic(2, 3, 30ms), periodic(3, 1, 65ms));
    const Values values = co_await all_of(std::move(merged));
    CHECK(values == Values{2, 2, 3, 2, 1, 1, 1});
}

CO_TEST_CASE("a vector of generators may be merged, or one, or none") {
    std::vector<Generator<int>> sources;
    for (int source = 0; source < 100; ++source) {
        sources.push_back(slow_range(10 * source, 10 * source + 10));
    }
    Values values = co_await all_of(merge(std::move(sources)));
    std::ranges::sort(values);
    CHECK(values.size() == 1'000);
    CHECK(values.front() == 0);
    CHECK(values.back() == 999);
    CHECK(std::ranges::adjacent_find(values) == values.end());

    const Values one = co_await all_of(merge(range(0, 3)));
    CHECK(one == Values{0, 1, 2});
    const Values none = co_await all_of(merge(std::vector<Generator<int>>{}));
    CHECK(none.empty());
}

CO_TEST_CASE("a merge may be a source of another") {
    Generator<std::string> inner = merge(named("a", 2), named("b", 2));
    Texts texts = co_await all_of(merge(std::move(inner), named("c", 2)));
    std::ranges::sort(texts);
    CHECK(texts == Texts{"a1", "a2", "b1", "b2", "c1", "c2"});
}

CO_TEST_CASE("elements that can only be moved are merged") {
    const auto body = [](int first) -> Generator<std::unique_ptr<int>> {
        co_yield std::make_unique<int>(first);
        co_yield std::make_unique<int>(first + 1);
    };
    Generator<std::unique_ptr<int>> merged = merge(body(1), body(10));
    int sum = 0;
    while (const auto item = co_await merged.next()) {
        sum += **item;
    }
    CHECK(sum == 24);
}

CO_TEST_CASE("a reference is valid until the next element is asked for") {
    const auto body = [](int first) -> Generator<const int&> {
        for (int index = 0; index < 3; ++index) {
            const auto value = std::make_unique<int>(first + index);
            co_yield *value;
        }
    };
    Generator<const int&> merged = merge(body(0), body(10));
    Values values;
    while (const int* value = co_await merged.next()) {
        co_await yield_times(5);
        values.push_back(*value);
    }
    CHECK(values == Values{0, 10, 1, 11, 2, 12});
}

// ---- how far the sources run --------------------------------------------------------------------

CO_TEST_CASE("nothing runs before the first element is asked for") {
    int alive = 0;
    int produced = 0;
    {
        Generator<int> merged = merge(counted(alive, 0, produced), counted(alive, 100, produced));
        co_await yield_times(5);
        CHECK(alive == 0);
    }
    co_await yield_times(5);
    CHECK(produced == 0);
}

CO_TEST_CASE("the sources run while the consumer works, each at most one element ahead") {
    int alive = 0;
    int produced_a = 0;
    int produced_b = 0;
    {
        Generator<int> merged =
            merge(counted(alive, 0, produced_a), counted(alive, 100, produced_b));
        const std::optional<int> first = co_await merged.next();
        CHECK(first == 0);
        co_await yield_times(10);
        CHECK(produced_a == 2);  // the one that was taken, and one ahead
        CHECK(produced_b == 1);
        const std::optional<int> second = co_await merged.next();
        CHECK(second == 100);
        co_await yield_times(10);
        CHECK(produced_a == 2);
        CHECK(produced_b == 2);
        CHECK(alive == 2);
    }
    co_await yield_times(5);
    CHECK(alive == 0);
}

CO_TEST_CASE("elements that have arrived are given without a suspension") {
    Generator<int> merged = merge(range(0, 2), range(10, 12));
    (void)co_await merged.next();
    co_await yield_times(5);
    bool another_ran = false;
    const auto another = [](bool& ran) -> Task<> {
        ran = true;
        co_return;
    };
    executor.spawn(another(another_ran)).detach();
    const std::optional<int> second = co_await merged.next();
    const std::optional<int> third = co_await merged.next();
    CHECK(second == 10);
    CHECK(third == 1);
    CHECK_FALSE(another_ran);
    co_await juggle::yield();
    CHECK(another_ran);
}

// ---- failures -----------------------------------------------------------------------------------

CO_TEST_CASE(
    "an exception of a source takes its place among the elements; the others are stopped") {
    int alive = 0;
    ManualEvent fails;
    Generator<int> merged =
        merge(fail_after(fails, "the source is dry"), range(0, 2), until(ManualEvent{}, alive));
    const std::optional<int> first = co_await merged.next();
    CHECK(first == -1);
    co_await yield_times(5);
    CHECK(alive == 1);
    fails.complete();  // comes behind 0, and before 1
    co_await yield_times(5);
    const std::optional<int> second = co_await merged.next();
    CHECK(second == 0);
    const std::exception_ptr error = co_await exception_of(next_of(merged));
    CHECK(support::text_of(error) == "the source is dry");
    CHECK(alive == 0);  // it was waited for
    const std::optional<int> end = co_await merged.next();
    CHECK_FALSE(end);
}

TEST_CASE("of two sources that fail the second is reported") {
    support::TestExecutor test;
    const auto consume = []() -> Task<> {
        ManualEvent now;
        now.complete();
        Generator<int> merged = merge(fail_after(now, "first"), fail_after(now, "second"));
        (void)co_await merged.next();
        (void)co_await merged.next();
        co_await yield_times(5);
        const std::exception_ptr error = co_await exception_of(next_of(merged));
        CHECK(support::text_of(error) == "first");
    };
    test.executor.run(consume());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(support::text_of(test.reports.unhandled[0].exception) == "second");
}

TEST_CASE("an exception that nobody takes before the merge is destroyed is reported") {
    support::TestExecutor test;
    const auto consume = []() -> Task<> {
        ManualEvent now;
        now.complete();
        Generator<int> merged = merge(fail_after(now, "dry"), range(0, 1));
        (void)co_await merged.next();
        co_await yield_times(5);
    };
    test.executor.run(consume());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(support::text_of(test.reports.unhandled[0].exception) == "dry");
}

TEST_CASE("an exception that nobody takes before its executor ends is reported") {
    support::TestExecutor test;
    ManualEvent now;
    now.complete();
    Generator<int> merged = merge(fail_after(now, "dry"), range(0, 2));
    const auto consume = [](Generator<int>& from) -> Task<> {
        (void)co_await from.next();
        co_await yield_times(5);
    };
    test.executor.run(consume(merged));
    merged = {};
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(support::text_of(test.reports.unhandled[0].exception) == "dry");
}

CO_TEST_CASE("an empty source is an error of logic") {
    CHECK_THROWS_AS(merge(range(0, 1), Generator<int>{}), std::logic_error);
    CHECK_THROWS_WITH(merge(range(0, 1), Generator<int>{}),
                      Catch::Contains("merge") && Catch::Contains("index 1"));
    co_return;
}

CO_TEST_CASE("a source that has ended gives nothing, one that was asked before goes on") {
    Generator<int> ended = range(0, 0);
    (void)co_await ended.next();
    Generator<int> begun = slow_range(0, 3);
    (void)co_await begun.next();
    const Values values = co_await all_of(merge(std::move(ended), std::move(begun)));
    CHECK(values == Values{1, 2});
}

// ---- stop requests and early destruction --------------------------------------------------------

CO_TEST_CASE("a stop request to the waiting consumer stops the sources and waits for them") {
    int alive = 0;
    Generator<int> merged = merge(until(ManualEvent{}, alive), until(ManualEvent{}, alive));
    const JoinHandle<std::optional<int>> consumer = executor.spawn(next_of(merged));
    co_await yield_times(3);
    CHECK(alive == 2);
    consumer.request_stop();
    const std::exception_ptr error = co_await exception_of(consumer);
    CHECK(is<Cancelled>(error));
    CHECK(alive == 0);
    const std::optional<int> end = co_await merged.next();
    CHECK_FALSE(end);
}

CO_TEST_CASE("a second stop request waits until the sources have ended, and is kept") {
    ManualEvent cleaned_up;
    bool ended = false;
    const auto body = [](ManualEvent clean_up, bool& end) -> Generator<int> {
        try {
            co_await ManualEvent{};
        } catch (const Cancelled&) {}
        co_await clean_up;
        end = true;
        co_yield 1;
    };
    const auto consume = [](Generator<int> from, bool& end) -> Task<bool> {
        const std::exception_ptr error = co_await exception_of(next_of(from));
        CHECK(is<Cancelled>(error));
        CHECK(end);
        try {
            co_await juggle::yield();
        } catch (const Cancelled&) {
            co_return true;
        }
        co_return false;
    };
    const JoinHandle<bool> consumer =
        executor.spawn(consume(merge(body(cleaned_up, ended), range(0, 0)), ended));
    co_await yield_times(3);
    consumer.request_stop();
    co_await yield_times(3);
    consumer.request_stop();
    co_await yield_times(3);
    CHECK_FALSE(consumer.done());
    cleaned_up.complete();
    const bool stopped_again = co_await consumer;
    CHECK(stopped_again);
}

CO_TEST_CASE("destroying a merge early stops its sources at the next turns") {
    int alive = 0;
    int produced = 0;
    auto never = ManualEvent{};
    {
        Generator<int> merged =
            merge(counted(alive, 0, produced), until(never, alive), counted(alive, 10, produced));
        (void)co_await merged.next();
        (void)co_await merged.next();
        CHECK(alive == 3);
    }
    co_await yield_times(3);
    CHECK(alive == 0);
}

CO_TEST_CASE("destroying a merge destroys the sources that stand at an element at once") {
    int alive = 0;
    const auto body = [](int& count, int end) -> Generator<int> {
        const Counted here{count};
        for (int value = 0; value < end; ++value) {
            co_yield value;
        }
    };
    for (const int taken : {1, 2, 3}) {
        {
            Generator<int> merged = merge(body(alive, 3), body(alive, 3), body(alive, 3));
            for (int element = 0; element < taken; ++element) {
                (void)co_await merged.next();
            }
            CHECK(alive == 3);
        }
        CHECK(alive == 0);
    }
    co_await yield_times(3);
}

CO_TEST_CASE("a stop request that comes too late for the element leaves it") {
    ManualEvent go;
    int alive = 0;
    Generator<int> merged = merge(until(go, alive), range(0, 0));
    const JoinHandle<std::optional<int>> consumer = executor.spawn(next_of(merged));
    co_await yield_times(3);
    go.complete();
    co_await yield_times(2);  // the source has handed its element over, the consumer is ready
    consumer.request_stop();
    const std::exception_ptr error = co_await exception_of(consumer);
    CHECK_FALSE(error);
    const std::optional<int> end = co_await merged.next();
    CHECK_FALSE(end);
}

namespace {

/// Two sources with several elements, one of them slow; the consumer is stopped.
template <bool OneFails>
struct Consuming {
    explicit Consuming(Executor& executor) : victim{executor.spawn(run())} {}

    static Generator<int> source(int& alive, int first, bool fails) {
        const Counted counted{alive};
        for (int value = first; value < first + 3; ++value) {
            co_await yield_times(value % 2);
            co_yield value;
            co_await juggle::sleep_for(std::chrono::milliseconds{value});
        }
        if (fails) {
            throw std::runtime_error{"failed"};
        }
    }
    Task<> run() {
        Generator<int> merged = merge(source(alive, 0, OneFails), source(alive, 10, false));
        try {
            while (const auto item = co_await merged.next()) {
                values.push_back(*item);
                co_await juggle::yield();
            }
            ended = true;
        } catch (const std::runtime_error&) {
            ended = true;
        }
    }
    void check() {
        CHECK(alive == 0);
        CHECK(values.size() <= 6);
        CHECK((values.size() == 6 || !ended || OneFails));
        std::ranges::sort(values);
        CHECK(std::ranges::adjacent_find(values) == values.end());
    }

    int alive = 0;
    bool ended = false;
    Values values;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("the consumer of a merge may be stopped at every turn") {
    support::stop_after_every_turn<Consuming<false>>();
    support::stop_after_every_turn<Consuming<true>>();
}

TEST_CASE("an executor may be destroyed at every turn of a merge") {
    using Scenario = Consuming<false>;
    for (int turns = 0; turns < 30; ++turns) {
        INFO("destroyed after " << turns << " turns");
        int alive = 0;
        Generator<int> outlives = merge(Scenario::source(alive, 0, false), range(0, 5));
        {
            PolledExecutor polled;
            polled.executor
                .spawn(all_of(
                    merge(Scenario::source(alive, 0, false), Scenario::source(alive, 10, false))))
                .detach();
            polled.executor.spawn(next_of(outlives)).detach();
            for (int turn = 0; turn < turns && polled.executor.next_deadline(); ++turn) {
                polled.turn();
            }
        }
        outlives = {};
        CHECK(alive == 0);
    }
}

TEST_CASE("a merge whose sources do not let themselves be stopped is destroyed with its executor") {
    const auto body = [](int& count) -> Generator<int> {
        const Counted here{count};
        const ManualEvent never;
        for (;;) {
            try {
                co_await never;
            } catch (const Cancelled&) {}
        }
        co_yield 1;
    };
    for (const bool stopped_before : {false, true}) {
        int alive = 0;
        Generator<int> outlives = merge(body(alive), range(0, 1));
        {
            PolledExecutor polled;
            const JoinHandle<std::vector<int>> inside =
                polled.executor.spawn(all_of(merge(range(0, 1), body(alive))));
            const JoinHandle<std::optional<int>> outside = polled.executor.spawn(next_of(outlives));
            polled.settle();
            CHECK(outside.done());
            CHECK_FALSE(inside.done());
            if (stopped_before) {
                inside.request_stop();
                polled.settle();
                CHECK_FALSE(inside.done());
            }
            CHECK(alive == 2);
        }
        CHECK(alive == 0);
    }
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("an element of a merge allocates nothing in the steady state") {
    Generator<int> merged = merge(slow_range(0, 1'000'000), range(0, 1'000'000));
    const auto cycle = [&merged]() -> Task<> {
        for (int element = 0; element < 10; ++element) {
            (void)co_await merged.next();
        }
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
