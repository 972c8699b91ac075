// Structures of any depth: what is nested 100000 deep is destroyed, stopped, and fails on a small
// stack, the innermost first.

#include "support/catch.hpp"
#include "support/small_stack.hpp"
#include "support/test_executor.hpp"

#include <juggle/detail/base/report.hpp>
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using juggle::AsyncEvent;
using juggle::Executor;
using juggle::Generator;
using juggle::JoinHandle;
using juggle::Task;
using support::run_on_small_stack;
using support::very_deep;

/// What a structure of some depth comes to, and in which order its parts were destroyed.
struct Scene {
    AsyncEvent event{};
    bool stubborn = false;         // the innermost does not take a stop request
    bool fails = false;            // ... but throws
    std::vector<int> destroyed{};  // levels
    int strays = 0;                // of those that outlived what they refer to
};

/// A variable of a level, to which that below refers.
class Level {
public:
    Level(Scene& scene, int number, const Level* outer)
        : scene_{scene}, number_{number}, outer_{outer} {}
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() {
        alive_ = false;
        scene_.strays += outer_ != nullptr && !outer_->alive_ ? 1 : 0;
        scene_.destroyed.push_back(number_);
    }

private:
    Scene& scene_;
    int number_;
    const Level* outer_;
    bool alive_ = true;
};

using Structure = Task<> (*)(Scene& scene, int level, const Level* outer);

Task<> innermost(Scene& scene) {
    if (scene.fails) {
        co_await juggle::yield();
        throw std::runtime_error{"the bottom"};
    }
    if (scene.stubborn) {
        co_await juggle::shield(scene.event.wait());
    } else {
        co_await scene.event.wait();
    }
}

/// As many levels of a structure, each a task with a variable; `nest` awaits the level below.
template <Task<> (*nest)(Task<> below)>
Task<> nested(Scene& scene, int level, const Level* outer) {
    const Level variable{scene, level, outer};
    if (level == 1) {
        co_await innermost(scene);
    } else {
        co_await nest(nested<nest>(scene, level - 1, &variable));
    }
}

/// The same, with nothing in between.
Task<> awaited(Scene& scene, int level, const Level* outer) {
    const Level variable{scene, level, outer};
    if (level == 1) {
        co_await innermost(scene);
    } else {
        co_await awaited(scene, level - 1, &variable);
    }
}

Task<> in_outcome(Task<> below) {
    juggle::Outcome<> outcome = co_await juggle::as_outcome(std::move(below));
    outcome.value();
}
Task<> in_when_all(Task<> below) { co_await juggle::when_all(std::move(below), juggle::yield()); }
Task<> in_when_all_of_range(Task<> below) {
    std::vector<Task<>> parts;
    parts.push_back(std::move(below));
    co_await juggle::when_all(std::move(parts));
}
Task<> in_when_all_settled(Task<> below) {
    auto [outcome] = co_await juggle::when_all_settled(std::move(below));
    outcome.value();
}
Task<> in_when_any(Task<> below) {
    AsyncEvent never;
    const auto first = co_await juggle::when_any(std::move(below), never.wait());
    CHECK(first.index() == 0);
}
Task<> in_timeout(Task<> below) { co_await juggle::timeout(24h, std::move(below)); }
Task<> in_shield(Task<> below) { co_await juggle::shield(std::move(below)); }
Task<> in_group(Task<> below) {
    juggle::TaskGroup group;
    group.spawn(std::move(below));
    co_await group.join();
}
Task<> in_group_of_function(Task<> below) {
    const auto body = [&below](juggle::TaskGroup& group) -> Task<> {
        group.spawn(std::move(below));
        co_return;
    };
    co_await juggle::with_task_group(body);
}
Task<> in_job_queue(Task<> below) {
    juggle::JobQueue jobs{1};
    co_await jobs.push(std::move(below));
    co_await juggle::shield(jobs.finish());
}
Task<> in_handle(Task<> below) {
    const JoinHandle<> handle = Executor::current()->spawn(std::move(below));
    co_await juggle::shield(handle);
}
Task<> in_handle_given_away(Task<> below) {
    JoinHandle<> handle = Executor::current()->spawn(std::move(below));
    co_await juggle::when_all(std::move(handle));
}

Generator<int> inner_elements(Scene& scene, int level, const Level* outer) {
    const Level variable{scene, level, outer};
    if (level == 1) {
        co_await innermost(scene);
    } else {
        co_yield juggle::elements_of(inner_elements(scene, level - 1, &variable));
    }
}
Task<> in_elements(Scene& scene, int level, const Level* outer) {
    Generator<int> generator = inner_elements(scene, level, outer);
    (void)co_await generator.next();
}

Generator<int> next_of_inner(Scene& scene, int level, const Level* outer) {
    const Level variable{scene, level, outer};
    if (level == 1) {
        co_await innermost(scene);
    } else {
        Generator<int> inner = next_of_inner(scene, level - 1, &variable);
        while (auto element = co_await inner.next()) {
            co_yield *element;
        }
    }
}
Task<> in_next(Scene& scene, int level, const Level* outer) {
    Generator<int> generator = next_of_inner(scene, level, outer);
    (void)co_await generator.next();
}

Generator<int> merged_inner(Scene& scene, int level, const Level* outer) {
    const Level variable{scene, level, outer};
    if (level == 1) {
        co_await innermost(scene);
    } else {
        Generator<int> merged = juggle::merge(merged_inner(scene, level - 1, &variable));
        while (auto element = co_await merged.next()) {
            co_yield *element;
        }
    }
}
Task<> in_merge(Scene& scene, int level, const Level* outer) {
    Generator<int> generator = merged_inner(scene, level, outer);
    (void)co_await generator.next();
}

/// Tasks and generators that await each other in turns.
Generator<int> mixed_elements(Scene& scene, int level, const Level* outer);
Task<> mixed(Scene& scene, int level, const Level* outer) {
    const Level variable{scene, level, outer};
    if (level == 1) {
        co_await innermost(scene);
    } else {
        Generator<int> generator = mixed_elements(scene, level - 1, &variable);
        (void)co_await generator.next();
    }
}
Generator<int> mixed_elements(Scene& scene, int level, const Level* outer) {
    const Level variable{scene, level, outer};
    if (level == 1) {
        co_await innermost(scene);
    } else if (level % 4 == 0) {
        co_yield juggle::elements_of(mixed_elements(scene, level - 1, &variable));
    } else {
        co_await mixed(scene, level - 1, &variable);
    }
}

struct Kind {
    const char* name;
    Structure structure;
    bool takes_stops = true;
    bool passes_failures = true;  // not if it waits for another part then
};

const Kind kinds[] = {
    {"awaited tasks", &awaited},
    {"as_outcome", &nested<&in_outcome>},
    {"when_all", &nested<&in_when_all>},
    {"when_all of a range", &nested<&in_when_all_of_range>},
    {"when_all_settled", &nested<&in_when_all_settled>},
    {"when_any", &nested<&in_when_any>, true, false},
    {"timeout", &nested<&in_timeout>},
    {"shield", &nested<&in_shield>, false},
    {"TaskGroup", &nested<&in_group>},
    {"with_task_group", &nested<&in_group_of_function>},
    {"JobQueue", &nested<&in_job_queue>, false},
    {"JoinHandle", &nested<&in_handle>, false},
    {"JoinHandle in when_all", &nested<&in_handle_given_away>},
    {"elements_of", &in_elements},
    {"next", &in_next},
    {"merge", &in_merge},
    {"tasks and generators", &mixed},
};

constexpr int deep = 5000;
constexpr int depths[] = {1, 2, 64, 65, 130, very_deep};

/// Each level was destroyed once, those inside first.
void check_order(const Scene& scene, int depth) {
    CHECK(scene.strays == 0);
    REQUIRE(scene.destroyed.size() == static_cast<std::size_t>(depth));
    int level = 0;
    bool in_order = true;
    for (const int destroyed : scene.destroyed) {
        in_order = in_order && destroyed == ++level;
    }
    CHECK(in_order);
}

void settle(Executor& executor) {
    while (executor.poll() != 0) {}
}

/// Calls `function(kind, depth)` for each kind of structure and each depth, on a small stack. It
/// has no room for a call a level of one that is `deep`.
template <class Function>
void sweep(int deepest, Function function) {
    run_on_small_stack([deepest, &function] {
        for (const Kind& kind : kinds) {
            for (const int depth : {1, 2, 64, 65, 130, deepest}) {
                INFO(kind.name << ", " << depth << " deep");
                function(kind, depth);
            }
        }
    });
}

}  // namespace

TEST_CASE("a structure of any depth that is stuck is a Deadlock of few words, and is destroyed") {
    sweep(very_deep, [](const Kind& kind, int depth) {
        Scene scene{.stubborn = true};
        {
            support::TestExecutor test;
            try {
                test.executor.run(kind.structure(scene, depth, nullptr));
                FAIL("it was not stuck");
            } catch (const juggle::Deadlock& deadlock) {
                CHECK(std::string{deadlock.what()}.size() < 200'000);
            }
            CHECK(scene.destroyed.empty());
        }
        check_order(scene, depth);
    });
}

TEST_CASE("a stop request reaches the bottom of a structure of any depth") {
    sweep(very_deep, [](const Kind& kind, int depth) {
        Scene scene;
        support::TestExecutor test;
        const JoinHandle<> handle = test.executor.spawn(kind.structure(scene, depth, nullptr));
        settle(test.executor);
        CHECK(scene.destroyed.empty());
        handle.request_stop();
        settle(test.executor);
        if (kind.takes_stops || depth == 1) {
            CHECK(handle.done());
            check_order(scene, depth);
        }
    });
}

TEST_CASE("a structure of any depth is stopped by the end of its executor") {
    sweep(deep, [](const Kind& kind, int depth) {
        Scene scene;
        {
            support::TestExecutor test;
            test.executor.spawn(kind.structure(scene, depth, nullptr)).detach();
            settle(test.executor);
        }
        CHECK(scene.destroyed.size() == static_cast<std::size_t>(depth));
        CHECK(scene.strays == 0);
    });
}

TEST_CASE("an exception climbs out of a structure of any depth") {
    sweep(deep, [](const Kind& kind, int depth) {
        if (!kind.passes_failures) {
            return;
        }
        Scene scene{.fails = true};
        support::TestExecutor test;
        CHECK_THROWS_WITH(test.executor.run(kind.structure(scene, depth, nullptr)), "the bottom");
        check_order(scene, depth);
    });
}

TEST_CASE("a structure of any depth ends well") {
    sweep(deep, [](const Kind& kind, int depth) {
        Scene scene;
        support::TestExecutor test;
        const JoinHandle<> handle = test.executor.spawn(kind.structure(scene, depth, nullptr));
        settle(test.executor);
        scene.event.set();
        settle(test.executor);
        CHECK(handle.done());
        check_order(scene, depth);
    });
}

// ---- what owns others of its kind ---------------------------------------------------------------

namespace {

/// Counts those that are alive.
class Living {
public:
    explicit Living(int& alive) : alive_{&alive} { ++alive; }
    Living(Living&& other) noexcept : alive_{std::exchange(other.alive_, nullptr)} {}
    Living& operator=(Living&&) = delete;
    ~Living() {
        if (alive_ != nullptr) {
            --*alive_;
        }
    }

private:
    int* alive_;
};

Task<> holding(Task<> inner, Living) { co_await std::move(inner); }
Task<> holding_two(std::unique_ptr<Task<>> first, Task<> second, Living) {
    co_await std::move(*first);
    co_await std::move(second);
}

Generator<int> one_more(Generator<int> source, Living) {
    while (auto element = co_await source.next()) {
        co_yield *element + 1;
    }
}
Generator<int> numbers() {
    for (int number = 0;; ++number) {
        co_yield number;
    }
}
Generator<int> pipeline(int depth, int& alive) {
    Generator<int> generator = numbers();
    for (int level = 0; level < depth; ++level) {
        generator = one_more(std::move(generator), Living{alive});
    }
    return generator;
}

/// Each level has a variable to which the one inside refers, and which refers to that.
Generator<const int&> levels(int level, const int& outer, std::vector<int>& destroyed) {
    const std::shared_ptr<const void> variable{
        &outer, [&destroyed, level](const void* seen) {
            destroyed.push_back(*static_cast<const int*>(seen) == level + 1 ? level : -1);
        }};
    if (level > 0) {
        Generator<const int&> inner = levels(level - 1, level, destroyed);
        while (const int* element = co_await inner.next()) {
            co_yield *element;
        }
    }
    co_yield level;
}

}  // namespace

TEST_CASE("tasks that hold each other, and never started, are destroyed at any depth") {
    run_on_small_stack([] {
        for (const int depth : depths) {
            INFO(depth << " deep");
            int alive = 0;
            {
                Task<> chain;
                Task<> tree;
                for (int level = 0; level < depth; ++level) {
                    chain = holding(std::move(chain), Living{alive});
                    auto first = std::make_unique<Task<>>(std::move(tree));
                    tree = holding_two(std::move(first), holding({}, Living{alive}), Living{alive});
                }
                CHECK(alive == 3 * depth);
            }
            CHECK(alive == 0);
        }
    });
}

TEST_CASE("tasks that hold each other are destroyed with the task that got them") {
    run_on_small_stack([] {
        for (const int depth : depths) {
            INFO(depth << " deep");
            int alive = 0;
            Task<> chain;
            for (int level = 0; level < depth; ++level) {
                chain = holding(std::move(chain), Living{alive});
            }
            support::TestExecutor test;
            const auto drop = [](Task<>) -> Task<> { co_await juggle::yield(); };
            test.executor.run(drop(std::move(chain)));
            CHECK(alive == 0);
        }
    });
}

TEST_CASE("generators that hold each other are destroyed at any depth") {
    run_on_small_stack([] {
        for (const int depth : depths) {
            INFO(depth << " deep");
            int alive = 0;
            { const Generator<int> unasked = pipeline(depth, alive); }
            CHECK(alive == 0);
            support::TestExecutor test;
            const auto ask_once = [](Generator<int> generator, int levels) -> Task<> {
                const auto element = co_await generator.next();
                CHECK(element == levels);
            };
            test.executor.run(ask_once(pipeline(depth, alive), depth));
            CHECK(alive == 0);
        }
    });
}

TEST_CASE("up to 64 deep generators at an element are destroyed within each other") {
    std::vector<int> destroyed;
    support::TestExecutor test;
    const int outermost = 60;
    const auto ask_once = [&]() -> Task<> {
        Generator<const int&> generator = levels(outermost - 1, outermost, destroyed);
        const int* element = co_await generator.next();
        CHECK(*element == 0);
    };
    test.executor.run(ask_once());
    REQUIRE(destroyed.size() == 60);
    for (int level = 0; level < 60; ++level) {
        CHECK(destroyed[static_cast<std::size_t>(level)] == level);
    }
}

TEST_CASE("a generator that a task waits in is destroyed before the executor ends") {
    Scene scene{.stubborn = true};
    Generator<int> generator = inner_elements(scene, 3, nullptr);
    {
        support::TestExecutor test;
        const auto ask = [&generator]() -> Task<> { (void)co_await generator.next(); };
        test.executor.spawn(ask()).detach();
        settle(test.executor);
    }
    check_order(scene, 3);
    CHECK(!generator);
}

TEST_CASE("a generator that a younger task owns is destroyed with what waits inside of it") {
    Scene scene{.stubborn = true};
    {
        support::TestExecutor test;
        Generator<int>* shared = nullptr;
        const auto own = [&](Generator<int> generator) -> Task<> {
            shared = &generator;
            co_await innermost(scene);
        };
        const auto ask = [&]() -> Task<> {
            co_await juggle::yield();
            (void)co_await shared->next();
        };
        test.executor.spawn(ask()).detach();
        test.executor.spawn(own(mixed_elements(scene, 9, nullptr))).detach();
        settle(test.executor);
        CHECK(scene.destroyed.empty());
    }
    check_order(scene, 9);
}

// ---- poison -------------------------------------------------------------------------------------

namespace {

/// How many exceptions are nested into each other.
int depth_of(std::exception_ptr error) {
    int depth = 0;
    while (error != nullptr) {
        ++depth;
        try {
            std::rethrow_exception(std::exchange(error, nullptr));
        } catch (const juggle::ResourcePoisoned& poisoned) {
            error = poisoned.cause();
        } catch (...) {
            continue;
        }
    }
    return depth;
}

}  // namespace

TEST_CASE("poison that passes along a line of tickets is not nested again") {
    run_on_small_stack([] {
        support::TestExecutor test;
        juggle::Resource<int> resource{0};
        int poisoned = 0;
        const auto user = [&]() -> Task<> {
            const std::exception_ptr error = co_await support::exception_of(resource.acquire());
            poisoned += depth_of(error) == 2 ? 1 : 0;
        };
        const auto first = [&]() -> Task<> {
            auto allocation = co_await resource.acquire();
            for (int ticket = 0; ticket < very_deep; ++ticket) {
                test.executor.spawn(user()).detach();
            }
            co_await juggle::yield();
            allocation.fail(std::make_exception_ptr(std::runtime_error{"broken"}));
        };
        test.executor.spawn(first()).detach();
        settle(test.executor);
        CHECK(poisoned == very_deep);
    });
}

TEST_CASE("poison that has led from one resource to the next can be told, and destroyed") {
    run_on_small_stack([] {
        support::TestExecutor test;
        std::exception_ptr error = std::make_exception_ptr(std::runtime_error{"broken"});
        const auto cause_next = [&]() -> Task<> {
            juggle::Resource<int> resource{0};
            auto allocation = co_await resource.acquire();
            allocation.fail(std::exchange(error, nullptr));
            error = co_await support::exception_of(resource.acquire());
        };
        for (int number = 1; number < very_deep; ++number) {
            test.executor.run(cause_next());
        }
        CHECK(depth_of(error) == very_deep);
        const auto fail = [](std::exception_ptr failure) -> Task<> {
            co_await juggle::yield();
            std::rethrow_exception(std::move(failure));
        };
        test.executor.spawn(fail(std::exchange(error, nullptr))).detach();
        settle(test.executor);
        REQUIRE(test.reports.unhandled.size() == 1);
        CHECK(juggle::detail::describe(test.reports.unhandled[0].exception).size() < 20'000);
        test.reports.unhandled.clear();
    });
}
