// Coroutines that give many values.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/elements_of.hpp>
#include <juggle/environment.hpp>
#include <juggle/executor.hpp>
#include <juggle/generator.hpp>
#include <juggle/job_queue.hpp>
#include <juggle/resource.hpp>
#include <juggle/resource_poisoned.hpp>
#include <juggle/sleep.hpp>
#include <juggle/when_all.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::elements_of;
using juggle::Executor;
using juggle::Generator;
using juggle::JoinHandle;
using juggle::Task;
using support::exception_of;
using support::is;
using support::ManualEvent;
using support::PolledExecutor;
using support::yield_times;

static_assert(!std::is_copy_constructible_v<Generator<int>>);
static_assert(std::is_nothrow_move_constructible_v<Generator<int>>);
static_assert(std::same_as<Generator<int>::item_type, std::optional<int>>);
static_assert(std::same_as<Generator<int&>::item_type, int*>);
static_assert(std::same_as<Generator<const int&>::item_type, const int*>);
static_assert(std::same_as<Generator<const int&>::value_type, int>);

namespace {

using Values = std::vector<int>;

Generator<int> count_to(int end) {
    for (int value = 0; value < end; ++value) {
        co_yield value;
    }
}

Generator<int> count_slowly_to(int end) {
    for (int value = 0; value < end; ++value) {
        co_await juggle::yield();
        co_yield value;
    }
}

/// Yields `end` values, then waits for the event, then fails.
Generator<int> fail_after(int end, std::optional<ManualEvent> event = {}) {
    for (int value = 0; value < end; ++value) {
        co_yield value;
    }
    if (event) {
        co_await *event;
    }
    throw std::runtime_error{"the source is dry"};
}

/// Knows how many of it there are.
class Counted {
public:
    explicit Counted(int& alive) : alive_{&alive} { ++*alive_; }
    Counted(Counted&& other) noexcept : alive_{std::exchange(other.alive_, nullptr)} {}
    Counted& operator=(Counted&&) = delete;
    ~Counted() {
        if (alive_ != nullptr) {
            --*alive_;
        }
    }

private:
    int* alive_;
};

Task<Values> rest_of(Generator<int>& generator) {
    Values values;
    while (const auto item = co_await generator.next()) {
        values.push_back(*item);
    }
    co_return values;
}

Task<Values> all_of(Generator<int> generator) { co_return co_await rest_of(generator); }

Task<std::optional<int>> next_of(Generator<int>& generator) { co_return co_await generator.next(); }

}  // namespace

// ---- elements -----------------------------------------------------------------------------------

CO_TEST_CASE("a generator gives what its body yields, then the end, again and again") {
    Generator<int> generator = count_to(3);
    CHECK(generator);
    const Values values = co_await rest_of(generator);
    CHECK(values == Values{0, 1, 2});
    for (int again = 0; again < 3; ++again) {
        const std::optional<int> item = co_await generator.next();
        CHECK_FALSE(item);
    }
}

CO_TEST_CASE("a body that yields nothing gives the end") {
    const Values values = co_await all_of(count_to(0));
    CHECK(values.empty());
}

CO_TEST_CASE("a body runs only when it is asked, and up to its next element") {
    std::vector<std::string> log;
    const auto body = [](std::vector<std::string>& lines) -> Generator<int> {
        lines.emplace_back("start");
        co_yield 1;
        lines.emplace_back("between");
        co_yield 2;
        lines.emplace_back("end");
    };
    Generator<int> generator = body(log);
    CHECK(log.empty());
    (void)co_await generator.next();
    CHECK(log == std::vector<std::string>{"start"});
    (void)co_await generator.next();
    CHECK(log == std::vector<std::string>{"start", "between"});
    (void)co_await generator.next();
    CHECK(log == std::vector<std::string>{"start", "between", "end"});
}

CO_TEST_CASE("a generator that never started runs nothing, and destroys its arguments") {
    int alive = 0;
    bool ran = false;
    const auto body = [](Counted, bool& runs) -> Generator<int> {
        runs = true;
        co_yield 1;
    };
    {
        const Generator<int> generator = body(Counted{alive}, ran);
        CHECK(alive == 1);
    }
    CHECK(alive == 0);
    CHECK_FALSE(ran);
    co_return;
}

CO_TEST_CASE("elements may be moved only") {
    const auto body = []() -> Generator<std::unique_ptr<int>> {
        co_yield std::make_unique<int>(1);
        auto second = std::make_unique<int>(2);
        co_await juggle::yield();
        co_yield std::move(second);
    };
    auto generator = body();
    int sum = 0;
    while (const auto item = co_await generator.next()) {
        sum += **item;
    }
    CHECK(sum == 3);
}

CO_TEST_CASE("what is yielded by name is copied, and converted") {
    const auto body = []() -> Generator<std::string> {
        const std::string text = "a text that is longer than the small ones";
        co_yield text;
        const char* const literal = "literal";
        co_yield literal;
        co_yield text;
        co_yield {};
    };
    auto generator = body();
    std::vector<std::string> texts;
    while (auto item = co_await generator.next()) {
        texts.push_back(std::move(*item));
    }
    CHECK(texts.size() == 4);
    CHECK(texts[0] == texts[2]);
    CHECK(texts[1] == "literal");
    CHECK(texts[3].empty());
}

CO_TEST_CASE("an element that cannot be copied fails in the body") {
    struct Stubborn {
        Stubborn() = default;
        Stubborn(const Stubborn&) { throw std::runtime_error{"no copies"}; }
        Stubborn(Stubborn&&) = default;
    };
    const auto body = [](bool& caught) -> Generator<Stubborn> {
        const Stubborn stubborn;
        try {
            co_yield stubborn;
        } catch (const std::runtime_error&) {
            caught = true;
        }
        co_yield Stubborn{};
    };
    bool caught = false;
    auto generator = body(caught);
    const bool there = (co_await generator.next()).has_value();
    CHECK(there);
    CHECK(caught);
}

CO_TEST_CASE("references are given as pointers, and null at the end") {
    const auto body = [](std::vector<int>& values) -> Generator<int&> {
        for (int& value : values) {
            co_await juggle::yield();
            co_yield value;
        }
    };
    Values values{1, 2, 3};
    auto generator = body(values);
    while (int* const value = co_await generator.next()) {
        *value *= 10;
    }
    CHECK(values == Values{10, 20, 30});
}

CO_TEST_CASE("a temporary that is yielded as a reference lives until the body goes on") {
    const auto body = []() -> Generator<const std::string&> {
        co_yield std::string(100, 'x');
        co_yield std::string(100, 'y');
    };
    auto generator = body();
    const std::string* text = co_await generator.next();
    co_await juggle::yield();
    CHECK(*text == std::string(100, 'x'));
    text = co_await generator.next();
    CHECK(*text == std::string(100, 'y'));
}

CO_TEST_CASE("arguments by value live in the generator, those by reference outside") {
    const auto body = [](std::vector<int> own, int& outside) -> Generator<int> {
        for (const int value : own) {
            ++outside;
            co_yield value;
        }
    };
    int given = 0;
    Generator<int> generator = body(Values{4, 5, 6}, given);
    const Values values = co_await rest_of(generator);
    CHECK(values == Values{4, 5, 6});
    CHECK(given == 3);
}

CO_TEST_CASE("next may be asked of a generator that is a temporary") {
    const std::optional<int> item = co_await count_to(3).next();
    CHECK(item == 0);
}

CO_TEST_CASE("a generator may be moved between its elements") {
    Generator<int> generator = count_to(4);
    (void)co_await generator.next();
    Generator<int> other = std::move(generator);
    CHECK_FALSE(generator);
    (void)co_await other.next();
    generator = std::move(other);
    const Values values = co_await rest_of(generator);
    CHECK(values == Values{2, 3});
}

// ---- running ------------------------------------------------------------------------------------

CO_TEST_CASE("a body that does not suspend gives its elements without a suspension") {
    bool another_ran = false;
    const auto another = [](bool& ran) -> Task<> {
        ran = true;
        co_return;
    };
    executor.spawn(another(another_ran)).detach();
    const Values values = co_await all_of(count_to(1'000));
    CHECK(values.size() == 1'000);
    CHECK_FALSE(another_ran);
}

CO_TEST_CASE("a million elements need no stack") {
    std::int64_t sum = 0;
    Generator<int> generator = count_to(1'000'000);
    while (const auto item = co_await generator.next()) {
        sum += *item;
    }
    CHECK(sum == 499'999'500'000);
}

CO_TEST_CASE("a body may await what a task may") {
    const auto add = [](int left, int right) -> Task<int> { co_return left + right; };
    const auto body = [&add](juggle::Resource<int>& resource) -> Generator<int> {
        using namespace std::chrono_literals;
        co_yield co_await add(1, 2);
        co_await juggle::sleep_for(1h);
        juggle::ResourceAllocation<int> allocation = co_await resource.acquire();
        co_yield *allocation;
        allocation.ready();
        Generator<int> inner = count_slowly_to(2);
        while (const auto item = co_await inner.next()) {
            co_yield 100 + *item;
        }
        support::ForeignEvent foreign;
        foreign.complete();
        co_await foreign;
        co_yield 200;
    };
    juggle::Resource<int> resource{50};
    const Values values = co_await all_of(body(resource));
    CHECK(values == Values{3, 50, 100, 101, 200});
}

CO_TEST_CASE("a body that waits lets others run, and its consumer go on at a later turn") {
    ManualEvent go;
    const auto body = [](ManualEvent event) -> Generator<int> {
        co_await event;
        co_yield 7;
    };
    Generator<int> generator = body(go);
    const JoinHandle<std::optional<int>> consumer = executor.spawn(next_of(generator));
    co_await yield_times(3);
    CHECK_FALSE(consumer.done());
    go.complete();
    CHECK_FALSE(consumer.done());
    const std::optional<int> item = co_await consumer;
    CHECK(item == 7);
}

CO_TEST_CASE("the body belongs to the task that asks for the element") {
    const auto body = []() -> Generator<juggle::TaskId> {
        for (;;) {
            co_yield (co_await juggle::current_environment()).task_id();
        }
    };
    const auto ask = [](Generator<juggle::TaskId>& generator) -> Task<bool> {
        const std::optional<juggle::TaskId> id = co_await generator.next();
        co_return id == (co_await juggle::current_environment()).task_id();
    };
    Generator<juggle::TaskId> generator = body();
    for (int asking = 0; asking < 3; ++asking) {
        const bool same = co_await executor.spawn(ask(generator));
        CHECK(same);
    }
}

CO_TEST_CASE("different tasks may ask one after the other, with suspensions in the body") {
    Generator<int> generator = count_slowly_to(3);
    for (int value = 0; value < 3; ++value) {
        const std::optional<int> item = co_await executor.spawn(next_of(generator));
        CHECK(item == value);
    }
    const std::optional<int> end = co_await generator.next();
    CHECK_FALSE(end);
}

namespace {

/// A pipeline of generators, each of which asks the one below.
Generator<int> pass_on(int depth, int end, bool slowly) {
    if (depth == 0) {
        Generator<int> source = slowly ? count_slowly_to(end) : count_to(end);
        while (const auto item = co_await source.next()) {
            co_yield *item;
        }
        co_return;
    }
    Generator<int> below = pass_on(depth - 1, end, slowly);
    while (const auto item = co_await below.next()) {
        co_yield *item;
    }
}

Task<int> ask_below(int depth, Generator<int>& generator) {
    if (depth == 0) {
        const std::optional<int> item = co_await generator.next();
        co_return item.value_or(-1);
    }
    co_return co_await ask_below(depth - 1, generator);
}

}  // namespace

CO_TEST_CASE("generators may ask each other in a chain that is 10000 long") {
    const Values values = co_await all_of(pass_on(10'000, 3, false));
    CHECK(values == Values{0, 1, 2});
    const Values slow_values = co_await all_of(pass_on(10'000, 3, true));
    CHECK(slow_values == Values{0, 1, 2});
}

CO_TEST_CASE("an element may be asked for at every depth of nested tasks") {
    Generator<int> generator = count_to(1'000);
    Generator<int> slow_generator = count_slowly_to(1'000);
    for (int depth = 0; depth < 140; ++depth) {
        const int value = co_await ask_below(depth, generator);
        CHECK(value == depth);
        const int slow_value = co_await ask_below(depth, slow_generator);
        CHECK(slow_value == depth);
    }
}

CO_TEST_CASE("several chains that are too deep for the stack may be started by one task") {
    Generator<int> first = pass_on(100, 1, false);
    Generator<int> second = pass_on(200, 2, false);
    (void)co_await second.next();
    auto values = co_await juggle::when_all(ask_below(100, first), ask_below(200, second));
    CHECK(std::get<0>(values) == 0);
    CHECK(std::get<1>(values) == 1);
}

// ---- exceptions and misuse ----------------------------------------------------------------------

CO_TEST_CASE(
    "an exception of the body is thrown by the next that let it go on; then comes the end") {
    for (const bool suspends : {false, true}) {
        ManualEvent event;
        Generator<int> generator = fail_after(2, suspends ? std::optional{event} : std::nullopt);
        (void)co_await generator.next();
        (void)co_await generator.next();
        const JoinHandle<std::optional<int>> failing = executor.spawn(next_of(generator));
        co_await juggle::yield();
        event.complete();
        const std::exception_ptr error = co_await exception_of(failing);
        CHECK(is<std::runtime_error>(error));
        const std::optional<int> end = co_await generator.next();
        CHECK_FALSE(end);
    }
}

CO_TEST_CASE("the variables of the body are destroyed when next throws or gives the end") {
    int alive = 0;
    const auto body = [](int& count, bool fails) -> Generator<int> {
        const Counted counted{count};
        co_yield 1;
        if (fails) {
            throw std::runtime_error{"failed"};
        }
    };
    for (const bool fails : {false, true}) {
        Generator<int> generator = body(alive, fails);
        (void)co_await generator.next();
        CHECK(alive == 1);
        const std::exception_ptr error = co_await exception_of(next_of(generator));
        CHECK(alive == 0);
        CHECK((error != nullptr) == fails);
    }
}

CO_TEST_CASE("next of an empty generator is an error of logic") {
    Generator<int> generator;
    CHECK_FALSE(generator);
    CHECK_THROWS_AS((void)generator.next(), std::logic_error);
    CHECK_THROWS_WITH((void)generator.next(), Catch::Contains("Generator::next"));
    Generator<int> other = count_to(1);
    generator = std::move(other);
    CHECK_THROWS_AS((void)other.next(), std::logic_error);
    const Values values = co_await rest_of(generator);
    CHECK(values == Values{0});
}

CO_TEST_CASE("next while another is pending is an error of logic, and changes nothing") {
    ManualEvent go;
    const auto body = [](ManualEvent event) -> Generator<int> {
        co_await event;
        co_yield 7;
    };
    Generator<int> generator = body(go);
    const JoinHandle<std::optional<int>> first = executor.spawn(next_of(generator));
    co_await juggle::yield();
    const std::exception_ptr error = co_await exception_of(next_of(generator));
    CHECK(is<std::logic_error>(error));
    CHECK(support::contains(support::text_of(error), "next()"));
    go.complete();
    const std::optional<int> item = co_await first;
    CHECK(item == 7);
}

TEST_CASE("destroying a generator in whose next a task waits aborts") {
    support::check_task_aborts("a Generator was destroyed", [](Executor& executor) -> Task<> {
        auto generator = std::make_unique<Generator<int>>(count_slowly_to(1));
        executor.spawn(next_of(*generator)).detach();
        co_await juggle::yield();
        generator.reset();
    });
}

CO_TEST_CASE("a resource that a failed body held as an argument is poisoned") {
    const auto body = [](juggle::ResourceAllocation<int> allocation) -> Generator<int> {
        co_yield ++co_await allocation.wait_events();
        throw std::runtime_error{"the source is dry"};
    };
    juggle::Resource<int> resource{0};
    {
        Generator<int> generator = body(resource.acquire());
        (void)co_await generator.next();
        (void)co_await exception_of(next_of(generator));
    }
    const auto use = [](juggle::Resource<int>& used) -> Task<> {
        (co_await used.acquire()).ready();
    };
    const std::exception_ptr error = co_await exception_of(use(resource));
    std::exception_ptr cause;
    try {
        std::rethrow_exception(error);
    } catch (const juggle::ResourcePoisoned& poisoned) {
        cause = dynamic_cast<const std::nested_exception&>(poisoned).nested_ptr();
    }
    CHECK(support::text_of(cause) == "the source is dry");
    resource.clear_poison();
}

// ---- stop requests and early destruction --------------------------------------------------------

CO_TEST_CASE("a stop request throws inside the body, and so out of next") {
    bool seen = false;
    const auto body = [](bool& cancelled) -> Generator<int> {
        try {
            co_await ManualEvent{};
        } catch (const Cancelled&) {
            cancelled = true;
            throw;
        }
        co_yield 1;
    };
    Generator<int> generator = body(seen);
    const JoinHandle<std::optional<int>> consumer = executor.spawn(next_of(generator));
    co_await juggle::yield();
    consumer.request_stop();
    const std::exception_ptr error = co_await exception_of(consumer);
    CHECK(is<Cancelled>(error));
    CHECK(seen);
    const std::optional<int> end = co_await generator.next();
    CHECK_FALSE(end);
}

CO_TEST_CASE("a body that catches a stop request may go on") {
    const auto body = []() -> Generator<int> {
        try {
            co_await ManualEvent{};
        } catch (const Cancelled&) {}
        co_yield 1;
    };
    Generator<int> generator = body();
    const JoinHandle<std::optional<int>> consumer = executor.spawn(next_of(generator));
    co_await juggle::yield();
    consumer.request_stop();
    const std::optional<int> item = co_await consumer;
    CHECK(item == 1);
}

CO_TEST_CASE("destroying a generator at an element destroys its variables at once") {
    int alive = 0;
    const auto body = [](int& count) -> Generator<int> {
        const Counted counted{count};
        for (;;) {
            co_await juggle::yield();
            co_yield count;
        }
    };
    {
        Generator<int> generator = body(alive);
        (void)co_await generator.next();
        (void)co_await generator.next();
        CHECK(alive == 1);
    }
    CHECK(alive == 0);
    {
        Generator<int> generator = body(alive);
        (void)co_await generator.next();
        generator = count_to(1);
        CHECK(alive == 0);
    }
}

CO_TEST_CASE("a next that is never awaited does nothing") {
    Generator<int> generator = count_to(2);
    { auto unused = generator.next(); }
    auto unused = generator.next();
    const std::optional<int> item = co_await generator.next();
    CHECK(item == 0);
}

namespace {

/// A consumer of a body that waits in several ways, with a generator that outlives it or not.
template <bool Nested>
struct Consuming {
    explicit Consuming(Executor& executor) : victim{executor.spawn(run())} {}

    static Generator<int> inner(int& alive) {
        const Counted counted{alive};
        for (int value = 0; value < 3; ++value) {
            const Counted inside{alive};
            co_await juggle::yield();
            co_await yield_times(2);
            co_yield value;
        }
    }
    static Generator<int> outer(int& alive, bool nested) {
        const Counted counted{alive};
        if (nested) {
            co_yield elements_of(outer(alive, false));
        } else {
            co_yield elements_of(inner(alive));
        }
        co_await juggle::sleep_for(std::chrono::hours{1});
        co_yield 3;
    }
    Task<> run() {
        while (const auto item = co_await generator.next()) {
            CHECK(*item == std::min(taken, 3));
            ++taken;
            co_await juggle::yield();
        }
        ended = true;
    }
    void check() {
        CHECK(taken <= 5);
        CHECK((taken == (Nested ? 5 : 4) || !ended));
        generator = {};
        CHECK(alive == 0);
    }

    int alive = 0;
    int taken = 0;
    bool ended = false;
    Generator<int> generator = outer(alive, Nested);
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a consumer may be stopped at every turn") {
    support::stop_after_every_turn<Consuming<false>>();
    support::stop_after_every_turn<Consuming<true>>();
}

TEST_CASE("an executor may be destroyed with generators that are suspended at every turn") {
    for (int turns = 0; turns < 30; ++turns) {
        INFO("destroyed after " << turns << " turns");
        int alive = 0;
        std::optional<Generator<int>> generator{Consuming<true>::outer(alive, true)};
        {
            PolledExecutor polled;
            polled.executor.spawn(all_of(Consuming<true>::outer(alive, true))).detach();
            polled.executor.spawn(rest_of(*generator)).detach();
            for (int turn = 0; turn < turns && polled.executor.next_deadline(); ++turn) {
                polled.turn();
            }
        }
        generator.reset();
        CHECK(alive == 0);
    }
}

namespace {

/// Waits for what does not come, however often it is asked to stop.
Task<> stubborn_wait() {
    const ManualEvent never;
    for (;;) {
        try {
            co_await never;
        } catch (const Cancelled&) {}
    }
}

Generator<int> stubborn(int& alive) {
    const Counted counted{alive};
    co_await stubborn_wait();
    co_yield 1;
}

Generator<int> around(Generator<int> inner, int& alive) {
    const Counted counted{alive};
    co_yield elements_of(std::move(inner));
}

}  // namespace

TEST_CASE("generators whose wait never ends are destroyed with their executor") {
    for (const bool outlives : {false, true}) {
        int alive = 0;
        auto generator = std::make_shared<Generator<int>>(around(stubborn(alive), alive));
        {
            PolledExecutor polled;
            const auto consume = [](std::shared_ptr<Generator<int>> source) -> Task<> {
                (void)co_await source->next();
            };
            const auto keep = [](std::shared_ptr<Generator<int>>) -> Task<> {
                co_await stubborn_wait();
            };
            // The one that owns it last goes first, and the other way round.
            polled.executor.spawn(keep(generator)).detach();
            polled.executor.spawn(consume(generator)).detach();
            polled.executor.spawn(keep(generator)).detach();
            polled.settle();
            CHECK(alive == 2);
            if (!outlives) {
                generator.reset();
            }
        }
        CHECK(alive == 0);  // with the task that waits inside of it, whoever owns it
    }
}

TEST_CASE("a generator may be destroyed before its consumer when the executor goes away") {
    int alive = 0;
    {
        PolledExecutor polled;
        Generator<int>* source = nullptr;
        const auto consume = [](Generator<int>*& shared) -> Task<> {
            co_await juggle::yield();
            (void)co_await shared->next();
        };
        const auto own = [](Generator<int> generator, Generator<int>*& shared) -> Task<> {
            shared = &generator;
            co_await stubborn_wait();
        };
        // The newest task is destroyed first: that is the owner.
        polled.executor.spawn(consume(source)).detach();
        polled.executor.spawn(own(around(stubborn(alive), alive), source)).detach();
        polled.settle();
        CHECK(alive == 2);
    }
    CHECK(alive == 0);
}

// ---- elements_of --------------------------------------------------------------------------------

namespace {

struct Tree {
    int value;
    std::unique_ptr<Tree> left;
    std::unique_ptr<Tree> right;
};

/// A balanced tree of first ... last - 1.
std::unique_ptr<Tree> make_tree(int first, int last) {
    if (first == last) {
        return nullptr;
    }
    const int middle = first + (last - first) / 2;
    return std::make_unique<Tree>(
        Tree{middle, make_tree(first, middle), make_tree(middle + 1, last)});
}

Generator<const int&> walk(const Tree* tree, bool slowly) {
    if (tree == nullptr) {
        co_return;
    }
    co_yield elements_of(walk(tree->left.get(), slowly));
    if (slowly) {
        co_await juggle::yield();
    }
    co_yield tree->value;
    co_yield elements_of(walk(tree->right.get(), slowly));
}

/// `elements` elements, `depth` generators below the one that is asked.
Generator<int> chain(int depth, int elements, int suspends_every) {
    if (depth > 0) {
        co_yield elements_of(chain(depth - 1, elements, suspends_every));
        co_return;
    }
    for (int value = 0; value < elements; ++value) {
        if (value % suspends_every == 0) {
            co_await juggle::yield();
        }
        co_yield value;
    }
}

Task<int> count_of(Generator<int> generator) {
    int count = 0;
    while (const auto item = co_await generator.next()) {
        CHECK(*item == count);
        ++count;
    }
    co_return count;
}

Generator<int> then(Generator<int> first, Generator<int> second) {
    co_yield elements_of(std::move(first));
    co_yield elements_of(std::move(second));
}

}  // namespace

CO_TEST_CASE("elements_of yields all elements of another, then the body goes on") {
    const auto body = []() -> Generator<int> {
        co_yield -1;
        co_yield elements_of(count_to(2));
        co_yield elements_of(count_to(0));
        co_yield elements_of(count_slowly_to(2));
        co_yield -2;
    };
    const Values values = co_await all_of(body());
    CHECK(values == Values{-1, 0, 1, 0, 1, -2});
}

CO_TEST_CASE("a tree is walked by recursion") {
    const std::unique_ptr<Tree> tree = make_tree(0, 1'000);
    for (const bool slowly : {false, true}) {
        int expected = 0;
        Generator<const int&> generator = walk(tree.get(), slowly);
        while (const int* value = co_await generator.next()) {
            CHECK(*value == expected);
            ++expected;
        }
        CHECK(expected == 1'000);
    }
}

CO_TEST_CASE("a million elements pass through a thousand generators") {
    Generator<int> generator = chain(1'000, 1'000'000, 100'000);
    int count = 0;
    while (const auto item = co_await generator.next()) {
        ++count;
    }
    CHECK(count == 1'000'000);
}

CO_TEST_CASE("10000 generators may be nested, run to their end, and destroyed early") {
    for (const int suspends_every : {1, 2, 1'000'000}) {
        const int count = co_await count_of(chain(10'000, 10, suspends_every));
        CHECK(count == 10);
        Generator<int> generator = chain(10'000, 10, suspends_every);
        const std::optional<int> first = co_await generator.next();
        CHECK(first == 0);
    }
}

CO_TEST_CASE("10000 generators that waited before each is entered may be nested") {
    struct Nested {
        static Generator<int> at(int depth) {
            co_await juggle::yield();
            if (depth > 0) {
                co_yield elements_of(at(depth - 1));
            }
            co_await juggle::yield();
            co_yield depth;
        }
    };
    int count = 0;
    Generator<int> generator = Nested::at(10'000);
    while (const auto item = co_await generator.next()) {
        CHECK(*item == count);
        ++count;
    }
    CHECK(count == 10'001);
}

CO_TEST_CASE("an exception passes through 10000 generators") {
    struct Nested {
        static Generator<int> at(int depth) {
            if (depth == 0) {
                co_yield elements_of(fail_after(1));
            } else {
                co_yield elements_of(at(depth - 1));
            }
        }
    };
    Generator<int> generator = Nested::at(10'000);
    (void)co_await generator.next();
    const std::exception_ptr error = co_await exception_of(next_of(generator));
    CHECK(is<std::runtime_error>(error));
    const std::optional<int> end = co_await generator.next();
    CHECK_FALSE(end);
}

CO_TEST_CASE("an exception of the inner generator is thrown by the co_yield of the outer one") {
    for (const bool suspends : {false, true}) {
        ManualEvent event;
        const auto body = [](std::optional<ManualEvent> wait) -> Generator<int> {
            bool caught = false;
            try {
                co_yield elements_of(fail_after(1, wait));
            } catch (const std::runtime_error&) {
                caught = true;
            }
            co_yield caught ? 100 : 200;
        };
        Generator<int> generator = body(suspends ? std::optional{event} : std::nullopt);
        (void)co_await generator.next();
        const JoinHandle<std::optional<int>> consumer = executor.spawn(next_of(generator));
        co_await juggle::yield();
        CHECK(consumer.done() != suspends);
        event.complete();
        const std::optional<int> item = co_await consumer;
        CHECK(item == 100);
        const std::optional<int> end = co_await generator.next();
        CHECK_FALSE(end);
    }
}

CO_TEST_CASE("the inner generator is destroyed when its co_yield is over") {
    int alive = 0;
    const auto inner = [](Counted, bool fails) -> Generator<int> {
        co_yield 1;
        if (fails) {
            throw std::runtime_error{"failed"};
        }
    };
    const auto body = [&inner](int& count) -> Generator<int> {
        co_yield elements_of(inner(Counted{count}, false));
        co_yield 10 + count;
        try {
            co_yield elements_of(inner(Counted{count}, true));
        } catch (const std::runtime_error&) {}
        co_yield 10 + count;
    };
    const Values values = co_await all_of(body(alive));
    CHECK(values == Values{1, 10, 1, 10});
}

CO_TEST_CASE(
    "elements_of an empty or pending generator is an error of logic, one that has ended "
    "gives nothing") {
    ManualEvent go;
    const auto waiting = [](ManualEvent event) -> Generator<int> {
        co_await event;
        co_yield 7;
    };
    Generator<int> ended = count_to(0);
    (void)co_await ended.next();
    Generator<int> pending = waiting(go);
    const JoinHandle<std::optional<int>> consumer = executor.spawn(next_of(pending));
    co_await juggle::yield();

    const Values nothing = co_await all_of(then(std::move(ended), count_to(0)));
    CHECK(nothing.empty());
    const std::exception_ptr empty_error = co_await exception_of(all_of(then({}, count_to(1))));
    CHECK(is<std::logic_error>(empty_error));
    CHECK(support::contains(support::text_of(empty_error), "elements_of"));

    // One that is refused stays where it is, in the argument of elements_of.
    const auto refused = [](Generator<int>& inner, Generator<int>& kept) -> Generator<int> {
        auto elements = elements_of(std::move(inner));
        try {
            co_yield std::move(elements);
        } catch (const std::logic_error&) {
            kept = {};
        }
        co_yield 1;
        co_await ManualEvent{};
    };
    Generator<int> refusing = refused(pending, ended);
    const std::optional<int> one = co_await refusing.next();
    CHECK(one == 1);
    go.complete();
    const std::optional<int> item = co_await consumer;
    CHECK(item == 7);
}

CO_TEST_CASE("a generator that has been asked before is yielded from where it stands") {
    Generator<int> inner = then(chain(3, 3, 1), count_to(3));
    (void)co_await inner.next();  // it stands four generators deep
    Generator<int> middle = then(std::move(inner), count_to(1));
    (void)co_await middle.next();
    const Values values = co_await all_of(then(std::move(middle), count_to(2)));
    CHECK(values == Values{2, 0, 1, 2, 0, 0, 1});
}

CO_TEST_CASE("nested generators follow the task that asks") {
    const auto inner = []() -> Generator<juggle::TaskId> {
        for (int count = 0; count < 2; ++count) {
            co_await juggle::yield();
            co_yield (co_await juggle::current_environment()).task_id();
        }
    };
    const auto outer = [&inner]() -> Generator<juggle::TaskId> {
        for (;;) {
            co_yield elements_of(inner());
            co_yield (co_await juggle::current_environment()).task_id();
        }
    };
    const auto ask = [](Generator<juggle::TaskId>& generator) -> Task<bool> {
        const std::optional<juggle::TaskId> id = co_await generator.next();
        co_return id == (co_await juggle::current_environment()).task_id();
    };
    Generator<juggle::TaskId> generator = outer();
    for (int asking = 0; asking < 7; ++asking) {
        const bool same = co_await executor.spawn(ask(generator));
        CHECK(same);
    }
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("generators allocate nothing in the steady state") {
    const auto cycle = []() -> Task<> {
        Generator<int> generator = chain(3, 20, 2);
        while (co_await generator.next()) {}
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
