// What a task promises to whoever awaits it.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/steady_state.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::JoinHandle;
using juggle::Task;
using support::exception_of;
using support::is;
using support::ManualEvent;

namespace {

Task<int> number(int value) { co_return value; }

Task<> nothing() { co_return; }

Task<int> number_after_a_turn(int value) {
    co_await juggle::yield();
    co_return value;
}

/// Writes down when it is destroyed.
class Traced {
public:
    Traced(std::vector<std::string>& log, std::string name) : log_{&log}, name_{std::move(name)} {}
    Traced(Traced&& other) noexcept
        : log_{std::exchange(other.log_, nullptr)}, name_{std::move(other.name_)} {}
    Traced& operator=(Traced&&) = delete;
    ~Traced() {
        if (log_ != nullptr) {
            log_->push_back(name_ + " destroyed");
        }
    }

private:
    std::vector<std::string>* log_;
    std::string name_;
};

}  // namespace

static_assert(!std::is_copy_constructible_v<Task<>>);
static_assert(std::is_nothrow_move_constructible_v<Task<int>>);
static_assert(std::is_nothrow_move_assignable_v<Task<int>>);

CO_TEST_CASE("awaiting a task gives its result") {
    const int result = co_await number(5);
    CHECK(result == 5);
}

CO_TEST_CASE("awaiting a task that suspends gives its result") {
    const int result = co_await number_after_a_turn(5);
    CHECK(result == 5);
}

CO_TEST_CASE("a task may give a reference") {
    int target = 1;
    const auto refer = [&target]() -> Task<int&> { co_return target; };
    int& result = co_await refer();
    CHECK(&result == &target);
}

CO_TEST_CASE("a task may give a value that can only be moved and has no default") {
    class Strict {
    public:
        explicit Strict(std::unique_ptr<int> value) : value_{std::move(value)} {}
        int value() const { return *value_; }

    private:
        std::unique_ptr<int> value_;
    };
    const auto make = []() -> Task<Strict> {
        co_await juggle::yield();
        co_return Strict{std::make_unique<int>(9)};
    };
    const Strict result = co_await make();
    CHECK(result.value() == 9);
}

CO_TEST_CASE("awaiting a task rethrows its exception") {
    const auto fail = []() -> Task<int> {
        throw std::runtime_error{"broken"};
        co_return 0;
    };
    const std::exception_ptr error = co_await exception_of(fail());
    CHECK(support::text_of(error) == "broken");
}

CO_TEST_CASE("awaiting a task rethrows an exception from after a suspension") {
    const auto fail = []() -> Task<> {
        co_await juggle::yield();
        throw std::runtime_error{"broken"};
    };
    const std::exception_ptr error = co_await exception_of(fail());
    CHECK(support::text_of(error) == "broken");
}

CO_TEST_CASE("a result whose move throws ends the task with that exception") {
    struct Heavy {
        Heavy() = default;
        Heavy(const Heavy&) { throw std::runtime_error{"too heavy"}; }
    };
    const auto make = []() -> Task<Heavy> {
        const Heavy heavy;
        co_return heavy;
    };
    const std::exception_ptr error = co_await exception_of(make());
    CHECK(support::text_of(error) == "too heavy");
}

CO_TEST_CASE("a task does nothing until it is awaited") {
    bool started = false;
    const auto body = [&started]() -> Task<> {
        started = true;
        co_return;
    };
    Task<> task = body();
    co_await juggle::yield();
    CHECK_FALSE(started);
    co_await std::move(task);
    CHECK(started);
}

TEST_CASE("destroying a task that has not started destroys its arguments and does nothing else") {
    std::vector<std::string> log;
    const auto body = [](Traced, std::vector<std::string>& started) -> Task<> {
        started.emplace_back("started");
        co_return;
    };
    { const Task<> task = body(Traced{log, "argument"}, log); }
    CHECK(log == std::vector<std::string>{"argument destroyed"});
}

CO_TEST_CASE("an awaited task starts at once, without a tick of the executor") {
    std::vector<int> list;
    const auto note = [&list](int value) -> Task<> {
        list.push_back(value);
        co_return;
    };
    executor.spawn(note(3)).detach();
    co_await note(1);
    list.push_back(2);
    co_await juggle::yield();
    CHECK(list == std::vector{1, 2, 3});
}

CO_TEST_CASE("variables and arguments of a task are destroyed before its awaiter goes on") {
    std::vector<std::string> log;
    const auto body = [](Traced argument, std::vector<std::string>& list, bool suspend) -> Task<> {
        const Traced moved = std::move(argument);
        const Traced variable{list, "variable"};
        if (suspend) {
            co_await juggle::yield();
        }
    };
    for (const bool suspend : {false, true}) {
        log.clear();
        co_await body(Traced{log, "argument"}, log, suspend);
        log.emplace_back("went on");
        CHECK(log ==
              std::vector<std::string>{"variable destroyed", "argument destroyed", "went on"});
    }
}

TEST_CASE("a task is false when it is default-constructed or was moved from") {
    Task<> task;
    CHECK_FALSE(task);
    task = nothing();
    CHECK(task);
    const Task<> other = std::move(task);
    CHECK_FALSE(task);  // NOLINT(bugprone-use-after-move)
    CHECK(other);
}

CO_TEST_CASE("awaiting an empty task is a logic error") {
    const auto await_empty = []() -> Task<> {
        Task<> empty;
        co_await std::move(empty);
    };
    const std::exception_ptr error = co_await exception_of(await_empty());
    CHECK(is<std::logic_error>(error));
    CHECK(support::text_of(error) ==
          "juggle: the awaited Task is empty (default-constructed, moved from, or awaited before)");
}

CO_TEST_CASE("a task that was awaited is empty") {
    Task<> task = nothing();
    co_await std::move(task);
    CHECK_FALSE(task);  // NOLINT(bugprone-use-after-move)
}

CO_TEST_CASE("tasks in a container may be awaited in any order") {
    std::vector<Task<int>> tasks;
    for (int index = 0; index < 4; ++index) {
        tasks.push_back(number_after_a_turn(index));
    }
    for (int index = 3; index >= 0; --index) {
        const int result = co_await std::move(tasks[static_cast<std::size_t>(index)]);
        CHECK(result == index);
    }
}

// ---- the native stack ---------------------------------------------------------------------------

namespace {

constexpr int many = 1'000'000;
constexpr int deep = 100'000;

Task<int> depth(int levels) {
    if (levels == 0) {
        co_return 0;
    }
    const int below = co_await depth(levels - 1);
    co_return below + 1;
}

Task<int> depth_with_suspension(int levels) {
    if (levels == 0) {
        co_await juggle::yield();
        co_return 0;
    }
    const int below = co_await depth_with_suspension(levels - 1);
    co_return below + 1;
}

Task<int> depth_to_failure(int levels) {
    if (levels == 0) {
        throw std::runtime_error{"the bottom"};
    }
    const int below = co_await depth_to_failure(levels - 1);
    co_return below + 1;
}

Task<> depth_to_event(int levels, ManualEvent bottom) {
    if (levels == 0) {
        co_await bottom;
    } else {
        co_await depth_to_event(levels - 1, bottom);
    }
}

}  // namespace

CO_TEST_CASE("a million awaits of a child that does not suspend need no stack") {
    int sum = 0;
    for (int index = 0; index < many; ++index) {
        const int one = co_await number(1);
        sum += one;
    }
    CHECK(sum == many);
}

CO_TEST_CASE("a million awaits of a child that suspends need no stack") {
    int sum = 0;
    for (int index = 0; index < many; ++index) {
        const int one = co_await number_after_a_turn(1);
        sum += one;
    }
    CHECK(sum == many);
}

CO_TEST_CASE("a million awaits of what is complete already need no stack") {
    const JoinHandle<> ended = executor.spawn(nothing());
    co_await juggle::yield();
    CHECK(ended.done());
    ManualEvent complete;
    complete.complete();
    juggle::Resource<int> resource{0};
    juggle::ResourceAllocation<int> held = co_await resource.acquire();
    for (int index = 0; index < many; ++index) {
        ++co_await held.wait_events();
    }
    CHECK(*held == many);
    held.ready();
}

CO_TEST_CASE("recursion may be 100000 awaits deep") {
    const int reached = co_await depth(deep);
    CHECK(reached == deep);
}

CO_TEST_CASE("recursion may be 100000 awaits deep with a suspension at the bottom") {
    const int reached = co_await depth_with_suspension(deep);
    CHECK(reached == deep);
}

CO_TEST_CASE("an exception may climb out of 100000 awaits") {
    const std::exception_ptr error = co_await exception_of(depth_to_failure(deep));
    CHECK(support::text_of(error) == "the bottom");
}

CO_TEST_CASE("a stop request finds the await under 100000 others") {
    const JoinHandle<> handle = executor.spawn(depth_to_event(deep, ManualEvent{}));
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<juggle::Cancelled>(error));
}

CO_TEST_CASE("children in a loop at the bottom of a deep recursion need no stack") {
    const auto loop = [](auto self, int levels) -> Task<int> {
        if (levels != 0) {
            const int below = co_await self(self, levels - 1);
            co_return below;
        }
        int sum = 0;
        for (int index = 0; index < deep; ++index) {
            const int one = co_await number(1);
            sum += one;
        }
        co_return sum;
    };
    for (const int levels : {10, 62, 63, 64, 65, 66, 128, 1000}) {
        const int sum = co_await loop(loop, levels);
        CHECK(sum == deep);
    }
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("awaiting a child task allocates nothing in the steady state") {
    const auto cycle = []() -> Task<> {
        const int a = co_await number(1);
        const int b = co_await number_after_a_turn(2);
        CHECK(a + b == 3);
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
