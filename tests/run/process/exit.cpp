// `std::exit` and `std::quick_exit` inside of what an executor runs: the stack stays as it is,
// static variables are destroyed, and nothing is said.

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/torture.hpp"

#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

using juggle::Executor;
using juggle::Task;
using namespace std::chrono_literals;

namespace {

/// What tasks wait for and use; gone before or after the executor.
struct Parts {
    juggle::AsyncEvent event{};
    juggle::Channel<int> channel{1};
    juggle::Semaphore semaphore{1};
    juggle::Latch latch{1};
    juggle::Resource<int> resource{0};
    juggle::ThreadPool pool{1};
    std::unique_ptr<juggle::ThreadChannel<int>> from_threads{};
    std::unique_ptr<juggle::JobQueue> jobs{};
};

Task<> wait_for_event(Parts& parts) { co_await parts.event; }
Task<> wait_for_latch(Parts& parts) { co_await parts.latch.wait(); }
Task<> wait_for_element(Parts& parts) { (void)co_await juggle::timeout(1h, parts.channel.pop()); }
Task<> wait_for_threads(Parts& parts) { (void)co_await parts.from_threads->pop(); }
Task<> hold(Parts& parts) {
    auto allocation = parts.resource.acquire();
    (void)co_await allocation.wait_events();
    const juggle::SemaphorePermit permit = co_await parts.semaphore.acquire();
    co_await parts.event;
    allocation.ready();
}
Task<> wait_for_permit(Parts& parts) {
    const juggle::SemaphorePermit permit = co_await parts.semaphore.acquire();
}
Task<> wait_for_job(Parts& parts) {
    co_await parts.jobs->push(wait_for_event(parts));
    co_await parts.jobs->push(wait_for_event(parts));
}
Task<> offload_nothing(Parts& parts) {
    for (;;) {
        co_await juggle::offload(parts.pool, [] {});
        co_await juggle::offload([] {});
    }
}

constexpr auto waits =
    std::to_array({&wait_for_event, &wait_for_latch, &wait_for_element, &wait_for_threads, &hold,
                   &hold, &wait_for_permit, &wait_for_job, &offload_nothing});

using End = void (*)();
[[noreturn]] void exit_normally() { std::exit(3); }
[[noreturn]] void exit_quickly() { std::quick_exit(3); }

/// Where in a task's life the process ends.
enum class Place { task, child, posted, when_all, destructor, inner_executor };
constexpr auto places = std::to_array({Place::task, Place::child, Place::posted, Place::when_all,
                                       Place::destructor, Place::inner_executor});

Task<> end_in_child(End end) {
    co_await juggle::yield();
    end();
}

Task<> end_process(Place place, End end) {
    struct AtTheEnd {
        End end;
        ~AtTheEnd() { end(); }
    };
    co_await juggle::yield();
    co_await juggle::yield();
    switch (place) {
        case Place::task:
            end();
            break;
        case Place::child:
            co_await end_in_child(end);
            break;
        case Place::posted: {
            Executor::current()->post([end] { end(); });
            juggle::AsyncEvent never;
            co_await never;
            break;
        }
        case Place::when_all:
            co_await juggle::when_all(juggle::yield(), end_in_child(end));
            break;
        case Place::destructor: {
            const AtTheEnd ends{end};
            co_await juggle::yield();
            break;
        }
        case Place::inner_executor: {
            Executor inner;
            inner.run(end_in_child(end));
            break;
        }
    }
}

void start(Executor& executor, Parts& parts) {
    parts.from_threads = std::make_unique<juggle::ThreadChannel<int>>(executor, 1);
    parts.jobs = std::make_unique<juggle::JobQueue>(1);
    for (const auto wait : waits) {
        executor.spawn(wait(parts)).detach();
    }
}

/// Which of the objects are static variables, in the order in which they are made.
enum class Static { nothing, parts, parts_and_executor, executor_and_parts };
constexpr auto statics = std::to_array(
    {Static::nothing, Static::parts, Static::parts_and_executor, Static::executor_and_parts});

template <class T>
T& static_one() {
    static T instance;
    return instance;
}

void drive(Executor& executor, Parts& parts, bool by_poll, Place place, End end) {
    start(executor, parts);
    if (by_poll) {
        executor.spawn(end_process(place, end)).detach();
        for (;;) {
            (void)executor.poll();
        }
    }
    executor.run(end_process(place, end));
}

void run_with(Static made, bool by_poll, Place place, End end) {
    switch (made) {
        case Static::nothing: {
            Parts parts;
            Executor executor;
            drive(executor, parts, by_poll, place, end);
            break;
        }
        case Static::parts: {
            auto& parts = static_one<Parts>();
            Executor executor;
            drive(executor, parts, by_poll, place, end);
            break;
        }
        case Static::parts_and_executor: {
            auto& parts = static_one<Parts>();
            drive(static_one<Executor>(), parts, by_poll, place, end);
            break;
        }
        case Static::executor_and_parts: {
            auto& executor = static_one<Executor>();
            drive(executor, static_one<Parts>(), by_poll, place, end);
            break;
        }
    }
}

}  // namespace

TEST_CASE("a process may end in whatever an executor runs") {
    for (const End end : {&exit_normally, &exit_quickly}) {
        for (const Static made : statics) {
            for (const Place place : places) {
                for (const bool by_poll : {false, true}) {
                    INFO((end == &exit_quickly ? "quick_exit" : "exit")
                         << ", statics " << static_cast<int>(made) << ", place "
                         << static_cast<int>(place) << (by_poll ? ", poll" : ", run"));
                    const support::ProcessEnd ended =
                        support::run_in_child([=] { run_with(made, by_poll, place, end); });
                    CHECK(ended.status == 3);
                    CHECK(ended.errors.empty());
                    ++support::cases;
                }
            }
        }
    }
}

TEST_CASE("a process may end on an executor's thread that is not the first one") {
    const support::ProcessEnd ended = support::run_in_child([] {
        std::thread{[] {
            run_with(Static::parts_and_executor, false, Place::task, &exit_normally);
        }}.join();
    });
    CHECK(ended.status == 3);
    CHECK(ended.errors.empty());
}

TEST_CASE("a process may end in offloaded work, while the executor sleeps in run") {
    const support::ProcessEnd ended = support::run_in_child([] {
        auto& pool = static_one<juggle::ThreadPool>();
        auto& executor = static_one<Executor>();
        const auto main = [&pool]() -> Task<> {
            co_await juggle::offload(pool, [] { std::exit(3); });
        };
        executor.run(main());
    });
    CHECK(ended.status == 3);
    CHECK(ended.errors.empty());
}

TEST_CASE("an executor that is destroyed by what it runs is reported, where there are checks") {
    support::check_aborts("an executor was destroyed by what it runs", [] {
        auto executor = std::make_unique<Executor>();
        const auto main = [&executor]() -> Task<> {
            executor.reset();
            co_return;
        };
        Executor& runs = *executor;
        runs.run(main());
    });
}

TEST_CASE("what is destroyed while a task waits for it is reported at a normal end all the same") {
    support::check_aborts("an AsyncEvent was destroyed while a task waits for it", [] {
        auto& executor = static_one<Executor>();
        auto& parts = static_one<Parts>();  // too late
        executor.spawn(wait_for_event(parts)).detach();
        (void)executor.poll();
        std::exit(0);
    });
}
