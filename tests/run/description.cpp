// What an executor's tasks are doing, in words, at any time.

#include "support/blocked_offload.hpp"
#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <chrono>
#include <string>
#include <vector>

using juggle::AsyncEvent;
using juggle::Executor;
using juggle::Generator;
using juggle::JoinHandle;
using juggle::Resource;
using juggle::Task;
using support::contains;
using support::ManualEvent;
using support::PolledExecutor;

namespace {

Task<> wait_for(AsyncEvent& event) { co_await event; }

Task<> call(AsyncEvent& event) { co_await wait_for(event); }

template <class T>
Task<> wait_in_template(T& event) {
    co_await event;
}

struct Stage {
    Task<> process(AsyncEvent& event) { co_await event; }  // NOLINT(readability-convert-*)
};

Generator<int> numbers_after(AsyncEvent& event) {
    co_await event;
    co_yield 1;
}

Task<> consume(AsyncEvent& event) {
    Generator<int> numbers = numbers_after(event);
    (void)co_await numbers.next();
}

/// What is said of one task that has run until it waits.
std::string description_of(PolledExecutor& polled, Task<> task) {
    const JoinHandle<> handle = polled.executor.spawn(std::move(task));
    polled.settle();
    std::string text = polled.executor.describe();
    handle.request_stop();
    polled.settle();
    return text;
}

}  // namespace

TEST_CASE("an executor without tasks says so") {
    const Executor executor;
    CHECK(executor.describe() == "0 tasks\n");
}

TEST_CASE("tasks that run, are ready, wait and have not started are told apart") {
    PolledExecutor polled;
    AsyncEvent event{"event"};
    std::string text;
    const auto main = [&]() -> Task<> {
        const JoinHandle<> waits = Executor::current()->spawn(wait_for(event));
        const JoinHandle<> woken = Executor::current()->spawn(support::yield_times(2));
        co_await juggle::yield();
        const JoinHandle<> later = Executor::current()->spawn(wait_for(event));
        text = Executor::current()->describe();
        event.set();
        co_await waits;
        co_await woken;
        co_await later;
    };
    polled.executor.spawn(main()).detach();
    polled.settle();
    CAPTURE(text);
    CHECK(contains(text, "4 tasks, 1 running, 1 ready, 1 waiting, 1 not started\n"));
    CHECK(contains(text, "\ntask 1, spawned at "));
    CHECK(contains(text, ": runs\n"));
    CHECK(contains(text, ": waits for event 'event'\n"));
    CHECK(contains(text, ": has not started\n"));
    CHECK(polled.executor.describe() == "0 tasks\n");
}

TEST_CASE("each coroutine of a task is named with the line of its await, the innermost first") {
    PolledExecutor polled;
    AsyncEvent event{"event"};
    const std::string text = description_of(polled, call(event));
    CAPTURE(text);
    const auto inner = text.find(" in wait_for\n");
    const auto outer = text.find(" in call\n");
    CHECK(inner != std::string::npos);
    CHECK(outer != std::string::npos);
    CHECK(inner < outer);
    CHECK(contains(text, "    at " __FILE__ ":"));
}

TEST_CASE("members, templates and generators have names without their parameters") {
    PolledExecutor polled;
    AsyncEvent event;
    Stage stage;
    CHECK(contains(description_of(polled, stage.process(event)), " in Stage::process\n"));
    CHECK(contains(description_of(polled, wait_in_template(event)), " in wait_in_template\n"));
    const std::string text = description_of(polled, consume(event));
    CAPTURE(text);
    CHECK(contains(text, " in numbers_after\n"));
    CHECK(contains(text, " in consume\n"));
}

TEST_CASE("a task with a name is called so wherever it is told of, and its parts are not") {
    PolledExecutor polled;
    AsyncEvent event{"event"};
    juggle::Semaphore permits{"permits", 1};
    const auto hold = [&]() -> Task<> {
        const auto permit = co_await permits.acquire();
        co_await juggle::when_all(wait_for(event), wait_for(event));
    };
    const auto take = [&]() -> Task<> { const auto permit = co_await permits.acquire(); };
    const JoinHandle<> holder = polled.executor.spawn("holder", hold());
    polled.settle();
    const auto join = [&]() -> Task<> { co_await holder; };
    const std::string text = [&] {
        const JoinHandle<> joining = polled.executor.spawn("joiner", join());
        const std::string told = description_of(polled, take());
        joining.request_stop();
        return told;
    }();
    CAPTURE(text);
    CHECK(contains(text, "\ntask 1 'holder' ("));
    CHECK(contains(text, "\n  task 2 (wait_for), spawned at "));
    CHECK(contains(text, "\ntask 4 'joiner' ("));
    CHECK(contains(text, ": waits for the end of task 1 'holder'\n"));
    CHECK(contains(text, "\n    task 1 'holder' ("));
    CHECK(contains(text, ") is that task\n"));
    event.set();
    polled.settle();
}

TEST_CASE("a task with an empty name is one without a name") {
    PolledExecutor polled;
    AsyncEvent event{"event"};
    const JoinHandle<> handle = polled.executor.spawn("", wait_for(event));
    polled.settle();
    CHECK(contains(polled.executor.describe(), "\ntask 1 (wait_for), spawned at "));
    event.set();
    polled.settle();
}

TEST_CASE("the resource is named whose device events a task waits for") {
    PolledExecutor polled;
    Resource<int, ManualEvent> buffer{"buffer", 1};
    ManualEvent event;
    {
        const auto use = [&]() -> Task<> {
            auto ticket = co_await buffer.acquire();
            ticket.ready(event);
        };
        polled.executor.spawn(use()).detach();
        polled.settle();
    }
    const auto next = [&]() -> Task<> {
        auto ticket = buffer.acquire();
        (void)co_await ticket.wait_events();
        ticket.ready();
    };
    const JoinHandle<> reader = polled.executor.spawn(next());
    polled.settle();
    const std::string text = description_of(polled, next());
    CAPTURE(text);
    CHECK(contains(text, ", which guards resource 'buffer', ticket 2, acquired at "));
    CHECK(contains(text, "\n    task 2 ("));  // behind that one in the line, which reads the events
    CHECK(contains(text, " is about to have it: ticket 2, acquired at "));
    CHECK_FALSE(contains(text, "nobody is about"));
    event.complete();
    polled.settle();
}

TEST_CASE("a task that was asked to stop and cannot yet is still told of", "[threads]") {
    PolledExecutor polled;
    support::BlockedOffload blocked;
    const JoinHandle<> handle = polled.executor.spawn(blocked.run());
    polled.settle();
    blocked.wait_until_begun();
    handle.request_stop();
    polled.settle();
    CHECK(contains(polled.executor.describe(), ": waits for offloaded work\n"));
    blocked.go_on();
    while (!handle.done()) {
        polled.settle();
    }
}

TEST_CASE("an awaitable of another library is told of as such") {
    PolledExecutor polled;
    support::ForeignEvent event;
    const auto wait = [&]() -> Task<> { co_await event; };
    const JoinHandle<> handle = polled.executor.spawn(wait());
    polled.settle();
    CHECK(contains(polled.executor.describe(), ": waits for an awaitable of another library\n"));
    event.complete();
    polled.settle();
    CHECK(handle.done());
}

TEST_CASE("of many tasks as many are told of as wanted") {
    PolledExecutor polled;
    AsyncEvent event;
    std::vector<JoinHandle<>> handles;
    for (int task = 0; task < 5; ++task) {
        handles.push_back(polled.executor.spawn(wait_for(event)));
    }
    polled.settle();
    const std::string text = polled.executor.describe(2);
    CAPTURE(text);
    CHECK(contains(text, "5 tasks, 5 waiting\n"));
    CHECK(contains(text, "\ntask 2 ("));
    CHECK_FALSE(contains(text, "\ntask 3 ("));
    CHECK(text.ends_with("and 3 more\n"));
    event.set();
    polled.settle();
}
