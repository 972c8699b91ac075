// No exception is ever lost: each one is rethrown to somebody, or reported, once.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using juggle::Executor;
using juggle::JobQueue;
using juggle::JoinHandle;
using juggle::Task;
using juggle::UnhandledException;
using support::ManualEvent;
using support::Reports;
using support::TestExecutor;

namespace {

Task<> nothing() { co_return; }

Task<> fail(std::string text) {
    throw std::runtime_error{text};
    co_return;
}

Task<int> fail_with_a_result(std::string text) {
    throw std::runtime_error{text};
    co_return 1;
}

Task<> fail_after(ManualEvent event, std::string text) {
    co_await event;
    throw std::runtime_error{text};
}

std::vector<std::string> texts(const Reports& reports) {
    std::vector<std::string> result;
    for (const UnhandledException& unhandled : reports.unhandled) {
        result.push_back(support::text_of(unhandled.exception));
    }
    std::ranges::sort(result);
    return result;
}

}  // namespace

TEST_CASE("a report names the exception, the task and the place that spawned it") {
    TestExecutor test;
    JoinHandle<> handle = test.executor.spawn(fail("lost"));
    const unsigned line = __LINE__ - 1;
    const juggle::TaskId id = handle.id();
    handle.detach();
    test.executor.run(nothing());
    REQUIRE(test.reports.unhandled.size() == 1);
    const UnhandledException& report = test.reports.unhandled.front();
    CHECK(support::text_of(report.exception) == "lost");
    CHECK(report.task == id);
    CHECK(report.spawned_at.line() == line);
}

TEST_CASE("a report has the name of the task, if it was given one") {
    TestExecutor test;
    test.executor.spawn("reader", fail("lost")).detach();
    test.executor.spawn(fail("lost")).detach();
    test.executor.run([]() -> Task<> {
        juggle::TaskGroup group;
        group.spawn("writer", fail("lost"));
        JobQueue jobs{2};
        jobs.add("first", fail("lost"));
        (void)co_await jobs.push("second", fail("lost"));
        co_await juggle::yield();
    }());
    std::vector<std::string> names;
    for (const UnhandledException& unhandled : test.reports.unhandled) {
        names.push_back(unhandled.name);
    }
    std::ranges::sort(names);
    CHECK(names == std::vector<std::string>{"", "first", "reader", "second", "writer"});
}

TEST_CASE("a report does without the name where there is no memory for it") {
    bool told = false;
    bool has_name = true;
    juggle::ExecutorOptions options;
    options.on_unhandled_exception = [&](const UnhandledException& unhandled) {
        told = true;
        has_name = !unhandled.name.empty();
    };
    Executor executor{options};
    executor.run([](Executor& runs) -> Task<> {
        JoinHandle<> handle =
            runs.spawn("a name that is longer than a string has room for", fail("lost"));
        co_await juggle::yield();
        const support::FailingAllocations failing{1, support::FailingAllocations::Which::all_from};
        handle.detach();
    }(executor));
    CHECK(told);
    CHECK(has_name == !support::sees_allocations());
}

TEST_CASE("each way to lose an exception is reported, each way to get it is not") {
    TestExecutor test;
    const auto main = [&test]() -> Task<> {
        Executor& executor = test.executor;
        ManualEvent go;
        executor.spawn(fail("detached")).detach();
        executor.spawn(fail_with_a_result("detached, with a result")).detach();
        executor.spawn(fail_after(go, "detached, later")).detach();
        std::optional<JoinHandle<>> before{executor.spawn(fail("dropped after its end"))};
        std::optional<JoinHandle<>> after{executor.spawn(fail_after(go, "dropped before its end"))};
        JoinHandle<> assigned = executor.spawn(fail("assigned to"));
        auto jobs = std::make_unique<JobQueue>(2);
        jobs->add(fail("abandoned after its end"));
        jobs->add(fail_after(go, "abandoned before its end"));
        JobQueue finished{1};
        finished.add(fail("finished"));

        co_await juggle::yield();
        co_await juggle::yield();
        before.reset();
        after.reset();
        jobs.reset();
        assigned = executor.spawn(fail("joined"));
        go.complete();

        std::string joined;
        try {
            co_await assigned;
        } catch (const std::runtime_error& error) {
            joined = error.what();
        }
        CHECK(joined == "joined");
        try {
            co_await finished.finish();
        } catch (const std::runtime_error& error) {
            joined = error.what();
        }
        CHECK(joined == "finished");
        for (int turn = 0; turn < 20; ++turn) {
            co_await juggle::yield();
        }
    };
    test.executor.run(main());
    CHECK(texts(test.reports) ==
          std::vector<std::string>{"abandoned after its end", "abandoned before its end",
                                   "assigned to", "detached", "detached, later",
                                   "detached, with a result", "dropped after its end",
                                   "dropped before its end"});
}

TEST_CASE("the exception of a task that fails while its executor is destroyed is reported") {
    Reports reports;
    {
        Executor executor{reports.options()};
        const auto fails_when_stopped = []() -> Task<> {
            try {
                co_await ManualEvent{};
            } catch (const juggle::Cancelled&) {
                throw std::runtime_error{"cleaning up failed"};
            }
        };
        executor.spawn(fails_when_stopped()).detach();
        (void)executor.poll();
    }
    CHECK(texts(reports) == std::vector<std::string>{"cleaning up failed"});
}

TEST_CASE("a handle in the frame of a task that is destroyed with its executor reports as well") {
    Reports reports;
    {
        Executor executor{reports.options()};
        const auto keeps_handle = [&executor]() -> Task<> {
            const JoinHandle<> handle = executor.spawn(fail("in a frame"));
            for (;;) {
                try {
                    co_await ManualEvent{};
                } catch (const juggle::Cancelled&) {}
            }
        };
        executor.spawn(keeps_handle()).detach();
        for (int turn = 0; turn < 3; ++turn) {
            (void)executor.poll();
        }
        CHECK(reports.empty());
    }
    CHECK(texts(reports) == std::vector<std::string>{"in a frame"});
}

TEST_CASE("a report function may use the executor") {
    Reports reports;
    std::vector<int> list;
    Executor* target = nullptr;
    const auto append = [&list]() -> Task<> {
        list.push_back(1);
        co_return;
    };
    juggle::ExecutorOptions options = reports.options();
    options.on_unhandled_exception = [&](const UnhandledException&) {
        target->spawn(append()).detach();
    };
    Executor executor{options};
    target = &executor;
    executor.spawn(fail("lost")).detach();
    const auto main = []() -> Task<> {
        for (int turn = 0; turn < 5; ++turn) {
            co_await juggle::yield();
        }
    };
    executor.run(main());
    CHECK(list == std::vector{1});
}
