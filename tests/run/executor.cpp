// What an executor promises about running, order, fairness, sleeping and its own end. Posts from
// other threads: poster.cpp. Options: executor_options.cpp.

#include "support/blocked_offload.hpp"
#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using support::contains;
using support::exception_of;
using support::is;
using support::ManualEvent;
using support::PolledExecutor;
using support::Reports;
using support::TestExecutor;
using namespace std::chrono_literals;

namespace {

Task<> nothing() { co_return; }

Task<int> number(int value) { co_return value; }

Task<> failure(std::string text) {
    throw std::runtime_error{text};
    co_return;
}

Task<> append(std::vector<int>& list, int value) {
    list.push_back(value);
    co_return;
}

Task<> set(bool& flag) {
    flag = true;
    co_return;
}

Task<> wait_for_ever() {
    ManualEvent never;
    co_await never;
}

/// Notes how it was stopped, then cleans up with awaits of its own.
Task<> clean_up_when_stopped(std::vector<std::string>& log) {
    bool stopped = false;
    try {
        co_await juggle::sleep_for(24h);
    } catch (const Cancelled&) {
        log.emplace_back("stopped");
        stopped = true;
    }
    co_await juggle::yield();
    co_await juggle::sleep_for(1s);
    log.emplace_back("cleaned up");
    if (stopped) {
        throw Cancelled{};
    }
}

/// Ignores stop requests, and then waits for what never comes.
Task<> refuse_to_stop() {
    for (;;) {
        try {
            co_await wait_for_ever();
        } catch (const Cancelled&) {}
    }
}

}  // namespace

TEST_CASE("run gives the result of its task") {
    Executor executor;
    CHECK(executor.run(number(3)) == 3);
}

TEST_CASE("run rethrows the exception of its task") {
    Executor executor;
    CHECK_THROWS_WITH(executor.run(failure("broken")), "broken");
}

TEST_CASE("run can be called again, also after an exception") {
    Executor executor;
    CHECK(executor.run(number(1)) == 1);
    CHECK_THROWS_AS(executor.run(failure("broken")), std::runtime_error);
    CHECK(executor.run(number(2)) == 2);
}

TEST_CASE("run stops the tasks that are left and drives them to their ends before it returns") {
    TestExecutor test;
    std::vector<std::string> log;
    test.executor.spawn(clean_up_when_stopped(log)).detach();
    test.executor.spawn(clean_up_when_stopped(log)).detach();

    const auto main = []() -> Task<> { co_await juggle::yield(); };
    test.executor.run(main());

    CHECK(log == std::vector<std::string>{"stopped", "stopped", "cleaned up", "cleaned up"});
    CHECK(test.executor.running_tasks() == 0);
    CHECK(test.reports.empty());
}

TEST_CASE("run stops the tasks that are left when its task fails, too") {
    TestExecutor test;
    std::vector<std::string> log;
    test.executor.spawn(clean_up_when_stopped(log)).detach();
    const auto main = []() -> Task<> {
        co_await juggle::yield();
        co_await failure("broken");
    };
    CHECK_THROWS_WITH(test.executor.run(main()), "broken");
    CHECK(log.size() == 2);
    CHECK(test.executor.running_tasks() == 0);
}

TEST_CASE("a task that is spawned while run drains the others ends without having started") {
    TestExecutor test;
    bool started = false;
    const auto spawns_late = [&test, &started]() -> Task<> {
        try {
            co_await wait_for_ever();
        } catch (const Cancelled&) {}
        test.executor.spawn(set(started)).detach();
    };
    test.executor.spawn(spawns_late()).detach();
    const auto main = []() -> Task<> { co_await juggle::yield(); };
    test.executor.run(main());
    CHECK(test.executor.running_tasks() == 0);
    CHECK_FALSE(started);
    CHECK(test.reports.empty());
}

TEST_CASE("a task that cleans up in parts, while run drains the others, is let finish") {
    TestExecutor test;
    int cleaned_parts = 0;
    const auto clean_part = [&cleaned_parts]() -> Task<> {
        co_await juggle::yield();
        ++cleaned_parts;
    };
    const auto cleans_up = [&clean_part]() -> Task<> {
        try {
            co_await wait_for_ever();
        } catch (const Cancelled&) {}
        co_await juggle::when_all(clean_part(), clean_part());
    };
    test.executor.spawn(cleans_up()).detach();
    const auto main = []() -> Task<> { co_await juggle::yield(); };
    test.executor.run(main());
    CHECK(cleaned_parts == 2);
    CHECK(test.reports.empty());
}

TEST_CASE("a task that was spawned before run takes part in it") {
    TestExecutor test;
    std::vector<int> list;
    test.executor.spawn(append(list, 1)).detach();
    test.executor.run(append(list, 2));
    CHECK(list == std::vector{1, 2});
}

CO_TEST_CASE("a spawned task starts at the executor's next tick, not before") {
    bool started = false;
    const JoinHandle<> handle = executor.spawn(set(started));
    CHECK_FALSE(started);
    co_await juggle::yield();
    CHECK(started);
}

CO_TEST_CASE("spawned tasks start in the order in which they were spawned") {
    std::vector<int> list;
    for (int index = 0; index < 5; ++index) {
        executor.spawn(append(list, index)).detach();
    }
    co_await juggle::yield();
    CHECK(list == std::vector{0, 1, 2, 3, 4});
}

CO_TEST_CASE("ready tasks take turns, first in first out") {
    std::vector<int> list;
    const auto three_turns = [&list](int name) -> Task<> {
        for (int turn = 0; turn < 3; ++turn) {
            list.push_back(name);
            co_await juggle::yield();
        }
    };
    const JoinHandle<> a = executor.spawn(three_turns(1));
    const JoinHandle<> b = executor.spawn(three_turns(2));
    co_await a;
    co_await b;
    CHECK(list == std::vector{1, 2, 1, 2, 1, 2});
}

CO_TEST_CASE("running_tasks counts the spawned tasks that have not ended") {
    CHECK(executor.running_tasks() == 1);
    const JoinHandle<> one = executor.spawn(nothing());
    const auto sleep = []() -> Task<> { co_await juggle::sleep_for(1s); };
    const JoinHandle<> two = executor.spawn(sleep());
    CHECK(executor.running_tasks() == 3);
    co_await one;
    co_await two;
    CHECK(executor.running_tasks() == 1);
}

TEST_CASE("current is the executor that runs the calling code, and null outside") {
    Executor executor;
    CHECK(Executor::current() == nullptr);
    const auto task = [&executor]() -> Task<> {
        CHECK(Executor::current() == &executor);
        Executor other;
        const auto inner = [&other]() -> Task<> {
            CHECK(Executor::current() == &other);
            co_return;
        };
        other.run(inner());
        CHECK(Executor::current() == &executor);
        co_return;
    };
    executor.run(task());
    CHECK(Executor::current() == nullptr);
}

// ---- misuse -------------------------------------------------------------------------------------

CO_TEST_CASE("run inside of run is a logic error and runs nothing") {
    bool started = false;
    CHECK_THROWS_AS(executor.run(set(started)), std::logic_error);
    co_await juggle::yield();
    CHECK_FALSE(started);
}

CO_TEST_CASE("poll inside of run is a logic error") {
    CHECK_THROWS_AS(executor.poll(), std::logic_error);
    co_return;
}

TEST_CASE("run is a logic error on an executor that a foreign loop drives") {
    PolledExecutor polled;
    bool started = false;
    CHECK_THROWS_AS(polled.executor.run(set(started)), std::logic_error);
    polled.settle();
    CHECK_FALSE(started);
}

TEST_CASE("an empty task is a logic error that names the argument") {
    Executor executor;
    CHECK_THROWS_AS(executor.run(Task<>{}), std::logic_error);
    CHECK_THROWS_WITH(executor.run(Task<>{}), Catch::Contains("'task' is empty"));
    CHECK_THROWS_AS(executor.spawn(Task<int>{}), std::logic_error);
    CHECK(executor.running_tasks() == 0);
}

// ---- exceptions that nobody can retrieve --------------------------------------------------------

TEST_CASE("the exception of a detached task is reported with the place where it was spawned") {
    TestExecutor test;
    const unsigned line = __LINE__ + 1;
    test.executor.spawn(failure("lost")).detach();
    test.executor.run(nothing());
    REQUIRE(test.reports.unhandled.size() == 1);
    const juggle::UnhandledException& report = test.reports.unhandled.front();
    CHECK(support::text_of(report.exception) == "lost");
    CHECK(report.spawned_at.line() == line);
    CHECK(contains(report.spawned_at.file_name(), "executor.cpp"));
    CHECK(report.task != juggle::TaskId{});
}

TEST_CASE("the exception of a task whose handle was dropped after its end is reported") {
    TestExecutor test;
    {
        const JoinHandle<> handle = test.executor.spawn(failure("lost"));
        test.executor.run(nothing());
        CHECK(handle.done());
        CHECK(test.reports.empty());
    }
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(support::text_of(test.reports.unhandled.front().exception) == "lost");
}

TEST_CASE("the exception of a task that was joined is not reported") {
    TestExecutor test;
    const auto main = [&test]() -> Task<> {
        const JoinHandle<> handle = test.executor.spawn(failure("joined"));
        const std::exception_ptr error = co_await exception_of(handle);
        CHECK(support::text_of(error) == "joined");
    };
    test.executor.run(main());
    CHECK(test.reports.empty());
}

TEST_CASE("a task that ends with Cancelled because it was asked to is not reported") {
    TestExecutor test;
    test.executor.spawn(wait_for_ever()).detach();
    const auto main = []() -> Task<> { co_await juggle::yield(); };
    test.executor.run(main());
    CHECK(test.reports.empty());
}

TEST_CASE("a task that ends with Cancelled although nobody asked it to stop is reported") {
    TestExecutor test;
    const auto impostor = []() -> Task<> {
        throw Cancelled{};
        co_return;
    };
    test.executor.spawn(impostor()).detach();
    const auto main = []() -> Task<> { co_await juggle::yield(); };
    test.executor.run(main());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(is<Cancelled>(test.reports.unhandled.front().exception));
}

TEST_CASE("the exception of a task that fails while it is being stopped is reported") {
    TestExecutor test;
    const auto fails_when_stopped = []() -> Task<> {
        try {
            co_await wait_for_ever();
        } catch (const Cancelled&) {
            throw std::runtime_error{"cleaning up failed"};
        }
    };
    test.executor.spawn(fails_when_stopped()).detach();
    const auto main = []() -> Task<> { co_await juggle::yield(); };
    test.executor.run(main());
    REQUIRE(test.reports.unhandled.size() == 1);
    CHECK(support::text_of(test.reports.unhandled.front().exception) == "cleaning up failed");
}

// ---- fairness -----------------------------------------------------------------------------------

CO_TEST_CASE("a task that yields forever does not starve a post from another thread", "[threads]") {
    bool posted = false;
    std::jthread thread{[&executor, &posted] { executor.post([&posted] { posted = true; }); }};
    while (!posted) {
        co_await juggle::yield();
    }
}

CO_TEST_CASE("a post waits for a few dozen resumptions at most") {
    bool posted = false;
    executor.post([&posted] { posted = true; });
    int turns = 0;
    while (!posted) {
        co_await juggle::yield();
        ++turns;
    }
    CHECK(turns <= 100);
}

TEST_CASE("a post waits for a few dozen resumptions at most while run drains its tasks, too") {
    TestExecutor test;
    bool posted = false;
    int turns = 0;
    const auto cleans_up = [&]() -> Task<> {
        try {
            co_await wait_for_ever();
        } catch (const Cancelled&) {}
        test.executor.post([&posted] { posted = true; });
        for (; !posted && turns < 1000; ++turns) {
            co_await juggle::yield();
        }
    };
    test.executor.spawn(cleans_up()).detach();
    const auto main = []() -> Task<> { co_await juggle::yield(); };
    test.executor.run(main());
    CHECK(turns > 0);
    CHECK(turns <= 100);
}

TEST_CASE("a due timer waits for a few dozen resumptions at most") {
    TestExecutor test;
    bool fired = false;
    const auto sleeper = [&fired]() -> Task<> {
        co_await juggle::sleep_for(1s);
        fired = true;
    };
    const auto main = [&]() -> Task<> {
        const JoinHandle<> handle = test.executor.spawn(sleeper());
        co_await juggle::yield();
        test.clock.advance(1s);
        int turns = 0;
        while (!fired) {
            co_await juggle::yield();
            ++turns;
        }
        CHECK(turns <= 100);
    };
    test.executor.run(main());
}

CO_TEST_CASE("a task that spawns without end does not starve timers") {
    bool fired = false;
    const auto sleeper = [&fired]() -> Task<> {
        co_await juggle::sleep_for(-1s);
        fired = true;
    };
    executor.spawn(sleeper()).detach();
    while (!fired) {
        executor.spawn(nothing()).detach();
        co_await juggle::yield();
    }
}

// ---- sleeping -----------------------------------------------------------------------------------

namespace {

/// The real clock; counts how often it is looked at.
class CountingClock final : public juggle::Clock {
public:
    int looks = 0;

    juggle::TimePoint now() noexcept override {
        ++looks;
        return std::chrono::steady_clock::now();
    }
    bool skip_to(juggle::TimePoint) noexcept override { return false; }
};

}  // namespace

TEST_CASE("an idle executor sleeps until its next timer instead of looking at the clock") {
    CountingClock clock;
    Reports reports;
    Executor executor{reports.options(&clock)};
    const auto main = []() -> Task<> { co_await juggle::sleep_for(20ms); };
    executor.run(main());
    CHECK(clock.looks < 20);
}

TEST_CASE("an executor that spins does so for a while only, and sleeps until its next timer") {
    CountingClock clock;
    Reports reports;
    juggle::ExecutorOptions options = reports.options(&clock);
    options.spin = 1us;
    Executor executor{options};
    const auto main = []() -> Task<> { co_await juggle::sleep_for(20ms); };
    executor.run(main());
    CHECK(clock.looks < 100);
}

TEST_CASE("an executor that sleeps with no timer is woken by a post", "[threads]") {
    Executor executor;
    support::ForeignEvent posted;
    std::jthread thread{[&] { executor.post([&posted] { posted.complete(); }); }};
    const auto main = [&]() -> Task<> { co_await posted; };
    executor.run(main());
    CHECK(posted.is_settled());
}

TEST_CASE("an executor that sleeps until a timer is woken by a post before", "[threads]") {
    Executor executor;
    ManualEvent posted;
    std::jthread thread{[&] { executor.post([&posted] { posted.complete(); }); }};
    const auto long_sleep = []() -> Task<> { co_await juggle::sleep_for(24h); };
    executor.spawn(long_sleep()).detach();
    const auto main = [&]() -> Task<> { co_await posted; };
    executor.run(main());
}

// ---- run with a stop token ----------------------------------------------------------------------

TEST_CASE("a task that is run with a token stopped before ends without having started") {
    TestExecutor test;
    std::stop_source source;
    source.request_stop();
    bool started = false;
    CHECK_THROWS_AS(test.executor.run(set(started), source.get_token()), Cancelled);
    CHECK_FALSE(started);
}

TEST_CASE("a stop request of the token reaches the innermost await of the task that is run") {
    TestExecutor test;
    std::stop_source source;
    std::vector<std::string> log;
    const auto stopper = [&source]() -> Task<> {
        co_await juggle::yield();
        source.request_stop();
    };
    test.executor.spawn(stopper()).detach();
    CHECK_THROWS_AS(test.executor.run(clean_up_when_stopped(log), source.get_token()), Cancelled);
    CHECK(log == std::vector<std::string>{"stopped", "cleaned up"});
}

TEST_CASE("a task may be stopped by its token from another thread", "[threads]") {
    Executor executor;
    std::stop_source source;
    std::latch running{1};
    std::jthread thread{[&] {
        running.wait();
        source.request_stop();
    }};
    const auto main = [&running]() -> Task<> {
        running.count_down();
        co_await wait_for_ever();
    };
    CHECK_THROWS_AS(executor.run(main(), source.get_token()), Cancelled);
}

TEST_CASE("a stop request of the token after the end has no effect") {
    Executor executor;
    std::stop_source source;
    CHECK(executor.run(number(1), source.get_token()) == 1);
    source.request_stop();
    CHECK(executor.run(number(2)) == 2);
}

TEST_CASE("a token may be stopped from another thread at the very end of the task", "[threads]") {
    Executor executor;
    for (int round = 0; round < 2000; ++round) {
        std::stop_source source;
        std::atomic<bool> go{false};
        std::jthread thread{[&] {
            go.wait(false);
            source.request_stop();
        }};
        const auto main = [&go]() -> Task<int> {
            go.store(true);
            go.notify_one();
            co_return 7;
        };
        CHECK(executor.run(main(), source.get_token()) == 7);
    }
}

TEST_CASE("a token stops its own task only until run drains the others") {
    TestExecutor test;
    std::stop_source source;
    bool stopped = false;
    const auto bystander = [&stopped]() -> Task<> {
        try {
            co_await wait_for_ever();
        } catch (const Cancelled&) {
            stopped = true;
        }
    };
    test.executor.spawn(bystander()).detach();
    const auto main = [&]() -> Task<> {
        co_await juggle::yield();
        source.request_stop();
        bool main_stopped = false;
        try {
            co_await wait_for_ever();
        } catch (const Cancelled&) {
            main_stopped = true;
        }
        CHECK(main_stopped);
        CHECK_FALSE(stopped);
    };
    test.executor.run(main(), source.get_token());
    CHECK(stopped);
}

// ---- driven by a foreign loop -------------------------------------------------------------------

TEST_CASE("poll runs what is ready now and returns how much that was") {
    PolledExecutor polled;
    std::vector<int> list;
    CHECK(polled.executor.poll() == 0);
    polled.executor.spawn(append(list, 1)).detach();
    polled.executor.post([&list] { list.push_back(2); });
    CHECK(polled.executor.poll() == 2);
    CHECK(list == std::vector{1, 2});
    CHECK(polled.executor.poll() == 0);
}

TEST_CASE("poll runs no more than it is told, and leaves the rest in order") {
    PolledExecutor polled;
    std::vector<int> list;
    for (int number = 1; number <= 3; ++number) {
        polled.executor.spawn(append(list, number)).detach();
    }
    CHECK(polled.executor.poll(0) == 0);
    CHECK(polled.executor.poll(1) == 1);
    CHECK(list == std::vector{1});
    CHECK(polled.executor.next_deadline() == polled.clock.now());  // there is more
    CHECK(polled.executor.poll(7) == 2);
    CHECK(list == std::vector{1, 2, 3});
}

TEST_CASE("poll leaves what becomes ready meanwhile for the next poll") {
    PolledExecutor polled;
    int turns = 0;
    const auto busy = [&turns]() -> Task<> {
        for (;;) {
            ++turns;
            co_await juggle::yield();
        }
    };
    polled.executor.spawn(busy()).detach();
    CHECK(polled.executor.poll() == 1);
    CHECK(turns == 1);
    CHECK(polled.executor.poll() == 1);
    CHECK(turns == 2);
}

TEST_CASE("next_deadline is now if something is ready, else the next timer's, else nothing") {
    PolledExecutor polled;
    CHECK_FALSE(polled.executor.next_deadline().has_value());

    const auto sleeper = []() -> Task<> { co_await juggle::sleep_for(5s); };
    polled.executor.spawn(sleeper()).detach();
    CHECK(polled.executor.next_deadline() == polled.executor.now());
    (void)polled.executor.poll();
    CHECK(polled.executor.next_deadline() == polled.executor.now() + 5s);

    polled.executor.post([] {});
    CHECK(polled.executor.next_deadline() == polled.executor.now());
    (void)polled.executor.poll();
    CHECK(polled.executor.next_deadline() == polled.executor.now() + 5s);

    polled.clock.advance(5s);
    (void)polled.executor.poll();
    CHECK(polled.executor.running_tasks() == 0);
    CHECK_FALSE(polled.executor.next_deadline().has_value());
}

TEST_CASE("poll never sleeps") {
    PolledExecutor polled;
    polled.executor.spawn(wait_for_ever()).detach();
    CHECK(polled.executor.poll() == 1);
    CHECK(polled.executor.poll() == 0);
}

TEST_CASE("tasks of a polled executor run until the foreign loop has seen their end", "[threads]") {
    PolledExecutor polled;
    const auto work = []() -> Task<int> {
        co_await juggle::sleep_for(1s);
        const int doubled = co_await juggle::offload([] { return 21 * 2; });
        co_return doubled;
    };
    const JoinHandle<int> handle = polled.executor.spawn(work());
    polled.finish(true);
    CHECK(handle.done());
}

// ---- the end of an executor ---------------------------------------------------------------------

namespace {

/// Tells when it is destroyed.
class Witness {
public:
    explicit Witness(int& destroyed) : destroyed_{&destroyed} {}
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    ~Witness() { ++*destroyed_; }

private:
    int* destroyed_;
};

}  // namespace

TEST_CASE("an executor that is destroyed lets its tasks clean up") {
    Reports reports;
    juggle::ManualClock clock;
    std::vector<std::string> log;
    {
        Executor executor{reports.options(&clock)};
        executor.spawn(clean_up_when_stopped(log)).detach();
        (void)executor.poll();
    }
    CHECK(log == std::vector<std::string>{"stopped", "cleaned up"});
    CHECK(reports.empty());
}

TEST_CASE("an executor that is destroyed never starts the tasks that have not begun") {
    Reports reports;
    bool started = false;
    {
        Executor executor{reports.options()};
        executor.spawn(set(started)).detach();
    }
    CHECK_FALSE(started);
    CHECK(reports.empty());
}

TEST_CASE("an executor that is destroyed destroys the tasks that refuse to stop where they stand") {
    Reports reports;
    int destroyed = 0;
    {
        Executor executor{reports.options()};
        const auto stubborn = [&destroyed]() -> Task<> {
            Witness witness{destroyed};
            co_await refuse_to_stop();
        };
        executor.spawn(stubborn()).detach();
        executor.spawn(stubborn()).detach();
        (void)executor.poll();
    }
    CHECK(destroyed == 2);
    CHECK(reports.empty());
}

namespace {

/// What tasks may refuse to leave, owned by one of them.
struct Waits {
    juggle::Resource<int> resource{0};
    juggle::ResourceAllocation<int> lock = resource.acquire();
    juggle::JobQueue jobs{1};
    ManualEvent event;
};

/// Waits in ways that do not end, again and again.
Task<> insist([[maybe_unused]] std::unique_ptr<Witness> witness, int kind, Waits& waits,
              const JoinHandle<>& other) {
    for (;;) {
        try {
            switch (kind) {
                case 0: {
                    const juggle::ResourceAllocation<int> mine = co_await waits.resource.acquire();
                    break;
                }
                case 1: {
                    juggle::ResourceAllocation<int> ticket = waits.resource.acquire();
                    co_await ticket.wait();
                    break;
                }
                case 2:
                    co_await waits.jobs.push(wait_for_ever());
                    break;
                case 3:
                    co_await waits.jobs.finish();
                    break;
                case 4:
                    co_await waits.event;
                    break;
                default:
                    co_await other;
                    break;
            }
        } catch (const Cancelled&) {}
    }
}

Task<> own_what_others_wait_for(Executor& executor, int& destroyed) {
    Waits waits;
    (void)co_await waits.lock.wait();
    waits.jobs.add(refuse_to_stop());
    const JoinHandle<> other = executor.spawn(refuse_to_stop());
    for (int kind = 0; kind < 6; ++kind) {
        executor.spawn(insist(std::make_unique<Witness>(destroyed), kind, waits, other)).detach();
    }
    co_await refuse_to_stop();
}

}  // namespace

TEST_CASE("tasks that refuse to stop may wait for what another of them owns") {
    Reports reports;
    int destroyed = 0;
    {
        Executor executor{reports.options()};
        executor.spawn(own_what_others_wait_for(executor, destroyed)).detach();
        for (int turn = 0; turn < 10; ++turn) {
            (void)executor.poll();
        }
    }
    CHECK(destroyed == 6);
    CHECK(reports.unhandled.empty());
}

namespace {

/// Waits in the way of that number, and writes down that this was cancelled.
Task<> wait_in_every_way(int way, Executor& executor, Waits& waits, int& cancelled) {
    try {
        switch (way) {
            case 0:
                co_await juggle::sleep_for(24h);
                break;
            case 1:
                for (;;) {
                    co_await juggle::yield();
                }
            case 2: {
                const JoinHandle<> handle = executor.spawn(wait_for_ever());
                co_await handle;
                break;
            }
            case 3:
                co_await juggle::deadline(executor.now() + 24h, wait_for_ever());
                break;
            case 4: {
                juggle::ResourceAllocation<int> ticket = waits.resource.acquire();
                co_await ticket.wait();
                break;
            }
            case 5: {
                const juggle::ResourceAllocation<int> mine = co_await waits.resource.acquire();
                break;
            }
            case 6:
                co_await waits.resource.use([](int&) {});
                break;
            case 7:
                co_await waits.jobs.push(nothing());
                break;
            case 8:
                co_await waits.jobs.finish();
                break;
            case 9:
                co_await waits.event;
                break;
            case 10:
                co_await juggle::offload([](std::stop_token stop) {
                    std::latch stopped{1};
                    const std::stop_callback callback{stop, [&stopped] { stopped.count_down(); }};
                    stopped.wait();
                });
                break;
            default: {
                juggle::Resource<int, ManualEvent> buffer{0};
                juggle::ResourceAllocation<int, ManualEvent> before = co_await buffer.acquire();
                before.ready(waits.event);
                juggle::ResourceAllocation<int, ManualEvent> ticket = buffer.acquire();
                co_await ticket.wait_events();
                break;
            }
        }
    } catch (const Cancelled&) {
        ++cancelled;
        throw;
    }
}

}  // namespace

TEST_CASE("an executor may be destroyed, or run may end, with tasks in every kind of await",
          "[threads]") {
    for (const bool run : {false, true}) {
        for (int turns = 0; turns < 5; ++turns) {
            Reports reports;
            int cancelled = 0;
            Waits waits;
            (void)waits.lock.try_wait();
            {
                Executor executor{reports.options()};
                const auto main = [&]() -> Task<> {
                    waits.jobs.add(wait_for_ever());
                    for (int way = 0; way < 12; ++way) {
                        executor.spawn(wait_in_every_way(way, executor, waits, cancelled)).detach();
                    }
                    for (int turn = 0; turn < turns; ++turn) {
                        co_await juggle::yield();
                    }
                };
                if (run) {
                    executor.run(main());
                } else {
                    executor.spawn(main()).detach();
                    for (int turn = 0; turn < turns; ++turn) {
                        (void)executor.poll();
                    }
                }
            }
            CHECK(cancelled == (turns < (run ? 1 : 2) ? 0 : 12));
            CHECK(reports.empty());
            waits.lock.ready();
            CHECK(waits.resource.idle());
        }
    }
}

TEST_CASE("an executor that is destroyed waits for a task inside offload", "[threads]") {
    Reports reports;
    support::BlockedOffload blocked;
    std::jthread helper;
    {
        Executor executor{reports.options()};
        executor.spawn(blocked.run()).detach();
        (void)executor.poll();
        blocked.wait_until_begun();
        helper = std::jthread{[&] { blocked.go_on(); }};
    }
    CHECK(blocked.returned());
    CHECK(reports.empty());
}

TEST_CASE("an executor that a foreign loop drove waits for a task inside offload, too",
          "[threads]") {
    std::latch started{1};
    std::latch destroying{1};
    bool returned = false;
    std::jthread helper;
    {
        PolledExecutor polled;
        const auto work = [&]() -> Task<> {
            co_await juggle::offload([&](std::stop_token stop) {
                started.count_down();
                const std::stop_callback go_on{stop, [&] { destroying.count_down(); }};
                destroying.wait();
                returned = true;
            });
        };
        polled.executor.spawn(work()).detach();
        (void)polled.executor.poll();
        started.wait();
    }
    CHECK(returned);
}

TEST_CASE("an executor may be destroyed without ever having run") {
    Reports reports;
    {
        Executor executor{reports.options()};
        executor.spawn(nothing()).detach();
        const JoinHandle<> handle = executor.spawn(nothing());
        (void)executor.thread_pool();
    }
    CHECK(reports.empty());
}

TEST_CASE("an executor may be destroyed as soon as the node that a thread posts has run",
          "[threads]") {
    class EndNode final : public juggle::PostNode {
    public:
        EndNode() : PostNode{&EndNode::run} {}
        support::ForeignEvent end;

    private:
        static void run(PostNode& node) noexcept { static_cast<EndNode&>(node).end.complete(); }
    };

    for (int round = 0; round < 3000; ++round) {
        auto executor = std::make_unique<Executor>();
        EndNode node;
        const auto main = [&node]() -> Task<> { co_await node.end; };
        std::jthread thread{[&, target = executor.get()] { target->post(node); }};
        executor->run(main());
        executor.reset();  // the thread may not have come back from post
    }
}

// ---- the wrong thread ---------------------------------------------------------------------------

TEST_CASE("a debug build aborts with a word about it when another thread spawns", "[threads]") {
    support::check_aborts("Executor::spawn was called by a thread", [] {
        Executor executor;
        std::thread{[&executor] { executor.spawn(nothing()).detach(); }}.join();
    });
}

TEST_CASE("a library with checks names the function of an executor that another thread calls",
          "[threads]") {
    const std::pair<const char*, void (*)(Executor&)> calls[] = {
        {"Executor::spawn", [](Executor& executor) { executor.spawn(nothing()).detach(); }},
        {"Executor::run", [](Executor& executor) { executor.run(nothing()); }},
        {"Executor::poll", [](Executor& executor) { (void)executor.poll(); }},
        {"Executor::next_deadline", [](Executor& executor) { (void)executor.next_deadline(); }},
        {"Executor::now", [](Executor& executor) { (void)executor.now(); }},
        {"Executor::running_tasks", [](Executor& executor) { (void)executor.running_tasks(); }},
        {"Executor::describe", [](Executor& executor) { (void)executor.describe(); }},
        {"Executor::thread_pool", [](Executor& executor) { (void)executor.thread_pool(); }},
    };
    for (const auto& [name, function] : calls) {
        INFO(name);
        support::check_aborts(std::string{name} + " was called by a thread", [call = function] {
            Executor executor;
            const auto main = [&executor, call]() -> Task<> {
                std::thread{[&executor, call] { call(executor); }}.join();
                co_return;
            };
            executor.run(main());
        });
    }
}

TEST_CASE("a debug build aborts with a word about it when another thread stops a task",
          "[threads]") {
    for (const bool suspended : {false, true}) {
        support::check_aborts("juggle: request_stop was called by a thread", [suspended] {
            Executor executor;
            const JoinHandle<> handle = executor.spawn(wait_for_ever());
            if (suspended) {
                (void)executor.poll();
            }
            std::thread{[&handle] { handle.request_stop(); }}.join();
        });
    }
}

TEST_CASE("a debug build aborts with a word about it when another thread wakes a task",
          "[threads]") {
    struct Woken : juggle::PostNode {
        Woken() : juggle::PostNode{[](juggle::PostNode&) noexcept {}} {}
    };
    support::check_task_aborts(
        "juggle: a task was woken by a thread that is not its executor's: something that the tasks "
        "of an executor share was used there; other threads use a juggle::Poster\n",
        [](Executor&) -> Task<> {
            juggle::detail::Loop& loop = *juggle::detail::current_loop;
            Woken node;  // as each await has one
            std::thread{[&] { loop.schedule(node); }}.join();
            co_return;
        });
}

TEST_CASE("the thread that runs an executor may change from one run to the next", "[threads]") {
    Executor executor;
    CHECK(executor.run(number(1)) == 1);
    int result = 0;
    std::thread{[&] { result = executor.run(number(2)); }}.join();
    CHECK(result == 2);
    CHECK(executor.run(number(3)) == 3);
}

TEST_CASE("a debug build aborts with a word about it when a task destroys its executor") {
    support::check_aborts("destroyed", [] {
        auto executor = std::make_unique<Executor>();
        const auto main = [&executor]() -> Task<> {
            executor.reset();
            co_return;
        };
        executor->run(main());
    });
}
