// A process that was forked has the executors of its parent, and none of its threads.

#include "support/catch.hpp"
#include "support/process.hpp"

#include <juggle/juggle.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

#include <unistd.h>

using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using juggle::ThreadPool;
using namespace std::chrono_literals;

namespace {

void require(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "%s\n", what);
        ::_exit(1);
    }
}

void check_child(const support::ProcessEnd& end) {
    CHECK(end.status == 0);
    CHECK(end.errors.empty());
}

Task<int> offload_to(ThreadPool* pool) {
    const auto one = [] { return 1; };
    if (pool != nullptr) {
        const int result = co_await juggle::offload(*pool, one);
        co_return result;
    }
    const int result = co_await juggle::offload(one);
    co_return result;
}

/// The error is that of a fork, and comes at once.
void require_refused(Executor& executor, ThreadPool* pool) {
    try {
        (void)executor.run(offload_to(pool));
        require(false, "offload worked");
    } catch (const std::logic_error& error) {
        require(std::string{error.what()}.find("forked") != std::string::npos, error.what());
    }
}

/// Holds a thread of a pool until it is stopped.
class Blocker {
public:
    Task<> block(ThreadPool& pool) {
        co_await juggle::offload(pool, [this](std::stop_token stop) {
            runs_ = true;
            runs_.notify_all();
            std::atomic<bool> requested{false};
            const std::stop_callback callback{stop, [&requested] {
                                                  requested = true;
                                                  requested.notify_all();
                                              }};
            requested.wait(false);
        });
    }
    void wait_until_it_runs() { runs_.wait(false); }

private:
    std::atomic<bool> runs_{false};
};

}  // namespace

TEST_CASE("offload throws at once in a forked process if the pool had work before") {
    auto executor = std::make_unique<Executor>();
    auto pool = std::make_unique<ThreadPool>(1);
    CHECK(executor->run(offload_to(nullptr)) == 1);
    CHECK(executor->run(offload_to(pool.get())) == 1);
    check_child(support::run_in_child([&] {
        require_refused(*executor, nullptr);
        require_refused(*executor, pool.get());
        require_refused(*executor, pool.get());
        executor.reset();  // neither waits for a thread
        pool.reset();
    }));
    CHECK(executor->run(offload_to(nullptr)) == 1);
    CHECK(executor->run(offload_to(pool.get())) == 1);
}

TEST_CASE("in a forked process another pool, or another executor, has threads") {
    if (!support::can_fork) {
        return;
    }
    Executor executor;
    ThreadPool pool{1};
    CHECK(executor.run(offload_to(&pool)) == 1);
    check_child(support::run_in_child([&] {
        ThreadPool other_pool{1};
        require(executor.run(offload_to(&other_pool)) == 1, "another pool");
        Executor other;
        require(other.run(offload_to(nullptr)) == 1, "another executor");
    }));
}

TEST_CASE("a pool without work so far can be used in a forked process") {
    Executor executor;
    ThreadPool pool{1};
    check_child(support::run_in_child([&] {
        require(executor.run(offload_to(nullptr)) == 1, "the executor's");
        require(executor.run(offload_to(&pool)) == 1, "the other");
    }));
    CHECK(executor.run(offload_to(nullptr)) == 1);
    CHECK(executor.run(offload_to(&pool)) == 1);
}

TEST_CASE("work that runs or is queued when a process forks can be given up in the child") {
    auto executor = std::make_unique<Executor>();
    auto pool = std::make_unique<ThreadPool>(1);
    Blocker first;
    Blocker second;
    const auto make = [&](Blocker& blocker) { return executor->spawn(blocker.block(*pool)); };
    std::optional<JoinHandle<>> runs = make(first);
    std::optional<JoinHandle<>> queued = make(second);
    (void)executor->poll();
    first.wait_until_it_runs();
    const auto stop_both = [&] {
        runs->request_stop();
        queued->request_stop();
        while (!runs->done() || !queued->done()) {
            (void)executor->poll();
        }
    };
    check_child(support::run_in_child(stop_both));
    check_child(support::run_in_child([&] {
        runs.reset();
        queued.reset();
        executor.reset();
        pool.reset();
    }));
    stop_both();
    CHECK(executor->running_tasks() == 0);
}

TEST_CASE("an executor goes on in a forked process, as in its parent") {
    Executor executor;
    juggle::Channel<int> channel{1};
    const auto pop = [&]() -> Task<int> {
        const std::optional<int> element = co_await channel.pop();
        co_return element.value();
    };
    JoinHandle<int> handle = executor.spawn(pop());
    (void)executor.poll();
    const auto push = [&](int element) -> Task<> {
        co_await juggle::sleep_for(1us);
        executor.post([] {});
        co_await channel.push(element);
    };
    const auto both = [&](int element) -> Task<int> {
        executor.spawn(push(element)).detach();
        const int popped = co_await handle;
        co_return popped;
    };
    check_child(support::run_in_child(
        [&] { require(executor.run(both(1)) == 1, "the element of the child"); }));
    CHECK(executor.run(both(2)) == 2);
}

TEST_CASE("a forked process that destroys StopSignals leaves its own threads alone") {
    if (!support::can_fork) {
        return;
    }
    auto signals = std::make_unique<juggle::StopSignals>();
    check_child(support::run_in_child([&] {
        std::atomic<bool> over{false};
        std::thread thread{[&over] { over.wait(false); }};  // may have the number of the lost one
        signals.reset();
        over = true;
        over.notify_all();
        thread.join();
    }));
}
