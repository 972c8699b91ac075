// The threads behind offload.

#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <atomic>
#include <latch>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using juggle::ThreadPool;

static_assert(!std::is_copy_constructible_v<ThreadPool>);

TEST_CASE("a pool has room for processors + 4 threads, but 32 at most, unless told otherwise",
          "[threads]") {
    const ThreadPool pool;
    CHECK(pool.max_threads() ==
          std::min<std::size_t>(32, std::size_t{std::thread::hardware_concurrency()} + 4));
    const ThreadPool small{2};
    CHECK(small.max_threads() == 2);
}

TEST_CASE("a pool of no threads is an invalid argument") {
    CHECK_THROWS_AS(ThreadPool{0}, std::invalid_argument);
    CHECK_THROWS_WITH(ThreadPool{0}, Catch::Contains("'max_threads'") && Catch::Contains("0"));
}

CO_TEST_CASE("a pool starts no more threads than it may", "[threads]") {
    ThreadPool pool{2};
    std::mutex mutex;
    std::set<std::thread::id> threads;
    const auto note = [&]() -> Task<> {
        co_await juggle::offload(pool, [&] {
            const std::lock_guard lock{mutex};
            threads.insert(std::this_thread::get_id());
        });
    };
    std::vector<JoinHandle<>> handles;
    for (int index = 0; index < 200; ++index) {
        handles.push_back(executor.spawn(note()));
    }
    for (const JoinHandle<>& handle : handles) {
        co_await handle;
    }
    CHECK(threads.size() <= 2);
    CHECK_FALSE(threads.empty());
}

CO_TEST_CASE("a pool starts a thread for work that no idle one can take", "[threads]") {
    ThreadPool pool{3};
    std::latch all_here{3};
    const auto meet = [&]() -> Task<> {
        co_await juggle::offload(pool, [&all_here] { all_here.arrive_and_wait(); });
    };
    std::vector<JoinHandle<>> handles;
    for (int index = 0; index < 3; ++index) {
        handles.push_back(executor.spawn(meet()));
    }
    for (const JoinHandle<>& handle : handles) {
        co_await handle;
    }
}

TEST_CASE("several executors may share a pool", "[threads]") {
    ThreadPool pool{2};
    std::atomic<int> calls{0};
    const auto work = [&]() -> Task<> {
        for (int index = 0; index < 200; ++index) {
            co_await juggle::offload(pool, [&calls] { ++calls; });
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int index = 0; index < 3; ++index) {
            threads.emplace_back([&] {
                Executor executor;
                executor.run(work());
            });
        }
    }
    CHECK(calls.load() == 600);
}

TEST_CASE("a pool that was never used is destroyed at once", "[threads]") {
    const ThreadPool pool{4};
    CHECK(pool.max_threads() == 4);
}

CO_TEST_CASE("an executor's own pool is always the same one") {
    CHECK(&executor.thread_pool() == &executor.thread_pool());
    co_return;
}
