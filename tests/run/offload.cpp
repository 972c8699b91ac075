// Calling what blocks on another thread.

#include "support/catch.hpp"
#include "support/polled_executor.hpp"
#include "support/steady_state.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Task;
using juggle::ThreadPool;
using support::exception_of;
using support::is;

namespace {

/// Keeps the only thread of a pool busy until it is told to go on.
class BusyPool {
public:
    explicit BusyPool(Executor& executor) : blocker_{executor.spawn(block())} {}
    ThreadPool& pool() { return pool_; }

    Task<> wait_until_busy() {
        while (!busy_.load()) {
            co_await juggle::yield();
        }
    }
    void go_on() { go_on_.count_down(); }
    const JoinHandle<>& blocker() const { return blocker_; }

private:
    Task<> block() {
        co_await juggle::offload(pool_, [this] {
            busy_ = true;
            go_on_.wait();
        });
    }

    ThreadPool pool_{1};
    std::atomic<bool> busy_{false};
    std::latch go_on_{1};
    JoinHandle<> blocker_;
};

}  // namespace

CO_TEST_CASE("offload calls a function on another thread and comes home with its result",
             "[threads]") {
    const std::thread::id home = std::this_thread::get_id();
    std::thread::id away;
    const int result = co_await juggle::offload([&away] {
        away = std::this_thread::get_id();
        return 6 * 7;
    });
    CHECK(result == 42);
    CHECK(away != home);
    CHECK(std::this_thread::get_id() == home);
    CHECK(Executor::current() == &executor);
}

CO_TEST_CASE("offload gives nothing, a reference, or something that can only be moved",
             "[threads]") {
    int called = 0;
    co_await juggle::offload([&called] { ++called; });
    CHECK(called == 1);
    int& reference = co_await juggle::offload([&called]() -> int& { return called; });
    CHECK(&reference == &called);
    const std::unique_ptr<int> pointer =
        co_await juggle::offload([] { return std::make_unique<int>(3); });
    CHECK(*pointer == 3);
}

CO_TEST_CASE("a function that can only be moved can be offloaded", "[threads]") {
    auto argument = std::make_unique<int>(5);
    // Not a temporary: see docs/compilers.md.
    auto function = [argument = std::move(argument)] { return *argument + 1; };
    const int result = co_await juggle::offload(std::move(function));
    CHECK(result == 6);
}

CO_TEST_CASE("offload calls a function with copies of the arguments", "[threads]") {
    std::string text = "before";
    auto reading = juggle::offload([](const std::string& copy) { return copy; }, text);
    text = "after";
    const std::string result = co_await reading;
    CHECK(result == "before");
}

CO_TEST_CASE("arguments of an offloaded function can be moved, and referred to", "[threads]") {
    ThreadPool pool{1};
    int referred_to = 1;
    const auto pointer = co_await juggle::offload(
        pool,
        [](int& number, std::unique_ptr<int> owned) {
            number = *owned;
            return owned;
        },
        std::ref(referred_to), std::make_unique<int>(5));
    CHECK(referred_to == 5);
    CHECK(*pointer == 5);
}

CO_TEST_CASE("an offloaded member function is called on the object that it is given", "[threads]") {
    const std::string text = "four";
    const std::size_t size = co_await juggle::offload(&std::string::size, text);
    CHECK(size == 4);
    const auto itself = [](const std::string& same) -> const std::string& { return same; };
    const std::string& reference = co_await juggle::offload(itself, std::cref(text));
    CHECK(&reference == &text);
}

CO_TEST_CASE("a stop token comes before the arguments of an offloaded function", "[threads]") {
    const bool told = co_await juggle::offload(
        [](std::stop_token token, bool unless) { return token.stop_requested() != unless; }, true);
    CHECK(told);
}

CO_TEST_CASE("offload rethrows what the function throws", "[threads]") {
    const auto fail = []() -> Task<> {
        (void)co_await juggle::offload([]() -> int { throw std::runtime_error{"no such file"}; });
    };
    const std::exception_ptr error = co_await exception_of(fail());
    CHECK(support::text_of(error) == "no such file");
}

CO_TEST_CASE("other tasks run while a function is offloaded", "[threads]") {
    std::latch go_on{1};
    const auto other = [&go_on]() -> Task<> {
        co_await juggle::yield();
        go_on.count_down();
    };
    const JoinHandle<> handle = executor.spawn(other());
    co_await juggle::offload([&go_on] { go_on.wait(); });
    co_await handle;
}

CO_TEST_CASE("functions are offloaded side by side", "[threads]") {
    std::latch all_here{3};
    const auto meet = [&all_here]() -> Task<> {
        co_await juggle::offload([&all_here] { all_here.arrive_and_wait(); });
    };
    std::vector<JoinHandle<>> handles;
    for (int index = 0; index < 3; ++index) {
        handles.push_back(executor.spawn(meet()));
    }
    for (const JoinHandle<>& handle : handles) {
        co_await handle;
    }
}

CO_TEST_CASE("offload uses the pool that it is given, in order", "[threads]") {
    ThreadPool pool{1};
    std::vector<int> order;
    std::vector<JoinHandle<>> handles;
    const auto note = [&](int name) -> Task<> {
        co_await juggle::offload(pool, [&order, name] { order.push_back(name); });
    };
    for (int name = 0; name < 20; ++name) {
        handles.push_back(executor.spawn(note(name)));
    }
    for (const JoinHandle<>& handle : handles) {
        co_await handle;
    }
    CHECK(std::ranges::is_sorted(order));
    CHECK(order.size() == 20);
}

// ---- cancellation -------------------------------------------------------------------------------

CO_TEST_CASE("a stop request takes back a function that has not started", "[threads]") {
    BusyPool busy{executor};
    co_await busy.wait_until_busy();
    bool called = false;
    const auto body = [&]() -> Task<> {
        co_await juggle::offload(busy.pool(), [&called] { called = true; });
    };
    const JoinHandle<> handle = executor.spawn(body());
    co_await juggle::yield();
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    busy.go_on();
    co_await busy.blocker();
    CHECK_FALSE(called);
}

CO_TEST_CASE("a stop request waits for a function that runs, and then throws Cancelled") {
    BusyPool busy{executor};
    co_await busy.wait_until_busy();
    busy.blocker().request_stop();
    co_await juggle::yield();
    CHECK_FALSE(busy.blocker().done());
    busy.go_on();
    const std::exception_ptr error = co_await exception_of(busy.blocker());
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("a function that takes a stop token is told of a stop request", "[threads]") {
    std::atomic<bool> running{false};
    std::atomic<bool> told{false};
    const auto body = [&]() -> Task<> {
        co_await juggle::offload([&](std::stop_token stop) {
            std::binary_semaphore stopped{0};
            const std::stop_callback callback{stop, [&] { stopped.release(); }};
            running = true;
            stopped.acquire();
            told = true;
        });
    };
    const JoinHandle<> handle = executor.spawn(body());
    while (!running.load()) {
        co_await juggle::yield();
    }
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(told.load());
}

CO_TEST_CASE("what a stopped function throws is not hidden by Cancelled", "[threads]") {
    std::atomic<bool> running{false};
    const auto body = [&]() -> Task<> {
        co_await juggle::offload([&running](std::stop_token stop) {
            std::binary_semaphore stopped{0};
            const std::stop_callback callback{stop, [&] { stopped.release(); }};
            running = true;
            stopped.acquire();
            throw std::runtime_error{"the disk is full"};
        });
    };
    const JoinHandle<> handle = executor.spawn(body());
    while (!running.load()) {
        co_await juggle::yield();
    }
    handle.request_stop();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(support::text_of(error) == "the disk is full");
}

CO_TEST_CASE("a stop request during a function that throws is for the next await", "[threads]") {
    struct Throws {
        const char* what;
        std::exception_ptr exception;
        bool notices;  // the request
    };
    for (const Throws& kind :
         {Throws{"an error", std::make_exception_ptr(std::runtime_error{"interrupted"}), false},
          Throws{"Cancelled", std::make_exception_ptr(Cancelled{}), true}}) {
        INFO(kind.what);
        std::latch running{1};
        std::latch go_on{1};
        std::exception_ptr thrown;
        bool went_on = false;
        const auto body = [&]() -> Task<> {
            try {
                co_await juggle::offload([&] {
                    running.count_down();
                    go_on.wait();
                    std::rethrow_exception(kind.exception);
                });
            } catch (...) {
                thrown = std::current_exception();
            }
            co_await juggle::yield();
            went_on = true;
        };
        const JoinHandle<> handle = executor.spawn(body());
        co_await juggle::yield();
        running.wait();
        handle.request_stop();
        go_on.count_down();
        const std::exception_ptr outcome = co_await exception_of(handle);
        CHECK(thrown == kind.exception);
        CHECK(went_on == kind.notices);
        CHECK(is<Cancelled>(outcome) != kind.notices);
    }
}

CO_TEST_CASE("a stop request that is pending starts no function", "[threads]") {
    bool called = false;
    JoinHandle<> handle;
    const auto body = [&]() -> Task<> {
        handle.request_stop();  // of this task itself
        co_await juggle::offload([&called] { called = true; });
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK_FALSE(called);
}

namespace {

struct Offloading {
    explicit Offloading(Executor& executor) : victim{executor.spawn(work())} {}
    Task<> work() {
        for (int index = 0; index < 3; ++index) {
            co_await juggle::offload(pool, [this] { ++calls; });
            ++returns;
        }
    }
    void check() const {
        CHECK(calls.load() >= returns);
        CHECK(calls.load() <= returns + 1);
    }

    ThreadPool pool{1};
    std::atomic<int> calls{0};
    int returns = 0;
    JoinHandle<> victim;
};

}  // namespace

TEST_CASE("a task that offloads may be stopped at every turn", "[threads]") {
    support::stop_after_every_turn<Offloading>(true);
}

CO_TEST_CASE(
    "a storm of offloads with cancellations ends, and each function is called or taken back",
    "[threads]") {
    ThreadPool pool{3};
    std::atomic<int> calls{0};
    int ended = 0;
    int cancelled = 0;
    const auto work = [&](int count) -> Task<> {
        for (int index = 0; index < count; ++index) {
            try {
                co_await juggle::offload(pool, [&calls] { ++calls; });
                ++ended;
            } catch (const Cancelled&) {
                ++cancelled;
            }
        }
    };
    std::vector<JoinHandle<>> handles;
    for (int index = 0; index < 100; ++index) {
        handles.push_back(executor.spawn(work(50)));
    }
    for (int round = 0; round < 300; ++round) {
        handles[static_cast<std::size_t>(round * 7 % 100)].request_stop();
        co_await juggle::yield();
    }
    for (const JoinHandle<>& handle : handles) {
        try {
            co_await handle;
        } catch (const Cancelled&) {}
    }
    CHECK(calls.load() >= ended);
    CHECK(calls.load() <= ended + cancelled);
    CHECK(executor.running_tasks() == 1);
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("offloading allocates nothing once the threads of the pool run", "[threads]") {
    ThreadPool pool{1};
    int sum = 0;
    const auto cycle = [&]() -> Task<> {
        const int one = co_await juggle::offload(pool, [] { return 1; });
        sum += one;
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
    CHECK(sum == 200);
}
