// The bridge of docs/bridges.md, as its users and its page see it.

#include "examples/bridge/worker.hpp"
#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/polled_executor.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"
#include "support/torture.hpp"

#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::Task;
using support::exception_of;
using support::is;

using namespace std::chrono_literals;

namespace {

using Numbers = juggle::Resource<int, worker::Event>;

worker::Thread& thread_of(Executor& executor) {
    return juggle::bridge::service<worker::Thread>(executor);
}

worker::Event launch(Executor& executor, std::function<void()> call) {
    worker::Event event = worker::make_job("job", std::move(call));
    thread_of(executor).launch(event);
    return event;
}

Task<> await_event(worker::Event event) { co_await event; }

/// Holds the worker until it is opened.
class Gate {
public:
    ~Gate() { open(); }
    void open() {
        open_ = true;
        open_.notify_all();
    }
    std::function<void()> job() {
        return [this] { open_.wait(false); };
    }

private:
    std::atomic<bool> open_{false};
};

}  // namespace

TEST_CASE("worker: its events are awaited, by several tasks and more than once", "[threads]") {
    Executor executor;
    int calls = 0;
    executor.run([](Executor& home, int& count) -> Task<> {
        const worker::Event event = launch(home, [&count] { ++count; });
        co_await juggle::when_all(await_event(event), await_event(event));
        co_await event;
    }(executor, calls));
    CHECK(calls == 1);
}

TEST_CASE("worker: a failed job throws in those who await it", "[threads]") {
    Executor executor;
    const auto error = executor.run([](Executor& home) -> Task<std::exception_ptr> {
        const worker::Event event = launch(home, [] { throw std::runtime_error{"broken"}; });
        co_return co_await exception_of(event);
    }(executor));
    CHECK(support::text_of(error) == "broken");
}

TEST_CASE("worker: a stop request ends the wait, not the job", "[threads]") {
    Gate gate;
    bool ran = false;
    Executor executor;
    executor.run([](Executor& home, Gate& closed, bool& done) -> Task<> {
        const worker::Event first = launch(home, closed.job());
        const worker::Event second = launch(home, [&done] { done = true; });
        const auto error = co_await exception_of(juggle::timeout(1ms, second));
        CHECK(is<juggle::TimedOut>(error));
        closed.open();
        co_await second;
    }(executor, gate, ran));
    CHECK(ran);
}

TEST_CASE("worker: a value that a job writes is guarded by its event", "[threads]") {
    Numbers numbers{0};
    Executor executor;
    executor.run([](Executor& home, Numbers& guarded) -> Task<> {
        for (int round = 1; round <= 20; ++round) {
            auto ticket = guarded.acquire();
            int& number = co_await ticket.wait_events();
            CHECK(number == round - 1);
            ticket.ready(launch(home, [&number, round] { number = round; }));
        }
    }(executor, numbers));
}

TEST_CASE("worker: a resource that goes away blocks until the job has ended", "[threads]") {
    bool ran = false;
    Executor executor;
    executor.run([](Executor& home, bool& done) -> Task<> {
        Numbers numbers{0};
        auto ticket = co_await numbers.acquire();
        ticket.ready(launch(home, [&done] { done = true; }));
    }(executor, ran));
    CHECK(ran);
}

TEST_CASE("worker: a job that nobody has launched is a deadlock that says so") {
    Executor executor;
    try {
        executor.run(await_event(worker::make_job("lost", [] {})));
        FAIL("it waits for ever");
    } catch (const juggle::Deadlock& deadlock) {
        CHECK_THAT(deadlock.what(),
                   Catch::Contains("waits for job 'lost', which nobody has launched"));
    }
}

TEST_CASE("worker: a job that was launched is no deadlock, however long it takes", "[threads]") {
    Gate gate;
    Executor executor;
    executor.run([](Executor& home, Gate& closed) -> Task<> {
        auto waits = home.spawn(await_event(launch(home, closed.job())));
        co_await juggle::sleep_for(1ms);
        CHECK_THAT(home.describe(), Catch::Contains("waits for job 'job'"));
        closed.open();
        co_await waits;
    }(executor, gate));
}

TEST_CASE("worker: a job can be launched once", "[threads]") {
    Executor executor;
    const worker::Event event = launch(executor, [] {});
    CHECK_THROWS_AS(thread_of(executor).launch(event), std::logic_error);
}

TEST_CASE("worker: a job is seen on a timeline, awaited or not", "[threads]") {
    juggle::Timeline timeline;
    juggle::ExecutorOptions options;
    options.observer = &timeline;
    {
        Executor executor{options};
        executor.run([](Executor& home) -> Task<> {
            (void)launch(home, [] {});
            co_await launch(home, [] {});
        }(executor));
    }
    std::size_t lanes = 0;
    for (const juggle::TimelineSummary::Lane& lane : timeline.summary().lanes) {
        lanes += lane.name == "worker" ? 1 : 0;
    }
    CHECK(lanes == 1);
}

TEST_CASE("worker: an executor that is destroyed runs what was launched, and leaves its events",
          "[threads]") {
    worker::Event event;
    int calls = 0;
    {
        Executor executor;
        for (int job = 0; job < 5; ++job) {
            event = launch(executor, [&calls] { ++calls; });
        }
        executor.spawn(await_event(event)).detach();
        (void)executor.poll();
    }
    CHECK(calls == 5);
    CHECK(juggle::EventTraits<worker::Event>::status(event) == juggle::EventStatus::complete);
}

TEST_CASE("worker: many tasks and jobs", "[threads]") {
    constexpr int rounds = 200;
    Numbers first{0};
    Numbers second{0};
    Executor executor;
    const auto work = [](Executor& home, Numbers& one, Numbers& other) -> Task<> {
        for (int round = 0; round < rounds; ++round) {
            auto tickets = juggle::acquire_all(one, other);
            const auto [a, b] = co_await tickets.wait_events();
            const worker::Event event = launch(home, [&left = a, &right = b] {
                ++left;
                ++right;
            });
            std::get<0>(tickets).ready(event);
            std::get<1>(tickets).ready(event);
        }
    };
    executor.run([](auto& function, Executor& home, Numbers& one, Numbers& other) -> Task<> {
        co_await juggle::when_all(function(home, one, other), function(home, other, one));
        const int total = co_await one.use([](int& number) { return number; });
        CHECK(total == 2 * rounds);
    }(work, executor, first, second));
}

// ---- sweeps
// --------------------------------------------------------------------------------------

namespace {

/// A task that waits for two jobs, one of them in its turn with a resource.
struct TwoJobs {
    explicit TwoJobs(Executor& executor) : home{executor}, victim{executor.spawn(work(*this))} {}

    static Task<> work(TwoJobs& self) {
        co_await launch(self.home, [] {});
        auto ticket = self.numbers.acquire();
        int& number = co_await ticket.wait_events();
        const worker::Event event = launch(self.home, [&number] { number = 5; });
        ticket.track(event);
        co_await event;
        ticket.ready();
    }
    void check() { CHECK(numbers.idle()); }

    Executor& home;
    Numbers numbers{0};
    juggle::JoinHandle<> victim;
};

Task<> program(Executor& executor, Numbers& numbers) {
    auto ticket = numbers.acquire();
    int& number = co_await ticket.wait_events();
    const worker::Event event = launch(executor, [&number] { ++number; });
    ticket.track(event);
    co_await juggle::when_all(await_event(event), await_event(event));
    ticket.ready(launch(executor, [&number] { ++number; }));
    const int value = co_await numbers.use([](int& all) { return all; });
    if (value < 2) {
        throw std::logic_error{"the jobs had not ended"};
    }
}

/// True: there was such an allocation to fail.
bool run_with_failure(std::uint64_t number, support::FailingAllocations::Which which) {
    INFO("allocation " << number);
    Numbers numbers{0};
    juggle::ExecutorOptions options;
    options.on_unhandled_exception = [](const juggle::UnhandledException&) {};
    Executor executor{options};
    std::exception_ptr outcome;
    bool reached = false;
    {
        const support::FailingAllocations failing{number, which};
        try {
            executor.run(program(executor, numbers));
        } catch (...) {
            outcome = std::current_exception();
        }
        reached = support::FailingAllocations::reached();
    }
    CHECK((!outcome || is<std::bad_alloc>(outcome) || is<juggle::ResourcePoisoned>(outcome)));
    CHECK((reached || !outcome));
    CHECK(executor.running_tasks() == 0);
    numbers.clear_poison();
    CHECK_NOTHROW(executor.run(program(executor, numbers)));
    return reached;
}

}  // namespace

TEST_CASE("worker: a stop request at any turn loses nothing", "[threads]") {
    support::stop_after_every_turn<TwoJobs>(true);
}

TEST_CASE("worker: an allocation that fails ends a program in order, whichever it is",
          "[threads]") {
    if (!support::sees_allocations()) {
        return;
    }
    using Which = support::FailingAllocations::Which;
    for (const Which which : {Which::one, Which::all_from}) {
        std::uint64_t number = 1;
        while (run_with_failure(number, which)) {
            ++number;
        }
        CHECK(number > 5);
    }
}
