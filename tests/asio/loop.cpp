// asio::Loop: an executor that sleeps in an io_context behaves as one that sleeps by itself, and is
// woken by whatever the context brings.

#include "support/allocation_counter.hpp"
#include "support/asio.hpp"
#include "support/catch.hpp"
#include "support/tasks.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using juggle::Executor;
using juggle::Task;
using juggle::asio::use_task;
using support::contains;
using support::DatagramPair;
namespace net = juggle::asio::net;
using support::NetworkExecutor;
using namespace std::chrono_literals;

namespace {

Task<> wait_until_set(juggle::AsyncEvent& event) { co_await event; }

Task<> sleep(juggle::Duration delay) { co_await juggle::sleep_for(delay); }

Task<std::size_t> receive(support::udp::socket& socket) {
    std::array<char, 16> bytes{};
    co_return co_await socket.async_receive(net::buffer(bytes), use_task);
}

}  // namespace

TEST_CASE("asio loop: a task runs to its end, and its exception is thrown") {
    NetworkExecutor network;
    CHECK(network.executor.run(support::value_after(3, 5)) == 5);
    CHECK_THROWS_WITH(network.executor.run(support::fail_after(2, "no")), "no");
}

TEST_CASE("asio loop: timers of the executor, in their order, and of Asio end its sleep") {
    NetworkExecutor network;
    std::vector<int> order;
    const auto note = [](std::vector<int>& numbers, int number, juggle::Duration delay) -> Task<> {
        co_await juggle::sleep_for(delay);
        numbers.push_back(number);
    };
    const auto note_by_asio = [](net::io_context& context, std::vector<int>& numbers, int number,
                                 std::chrono::milliseconds delay) -> Task<> {
        net::steady_timer timer{context, delay};
        co_await timer.async_wait(use_task);
        numbers.push_back(number);
    };
    const auto start = std::chrono::steady_clock::now();
    network.executor.run([](auto parts_of) -> Task<> { co_await parts_of(); }([&]() -> Task<> {
                             co_await juggle::when_all(note(order, 4, 9ms),
                                                       note_by_asio(network.context, order, 3, 6ms),
                                                       note(order, 2, 3ms), note(order, 1, 100us));
                         }));
    CHECK(order.size() == 4);
    std::erase(order, 3);  // where the thread was late, either kind may be the first
    CHECK(order == std::vector{1, 2, 4});
    CHECK(std::chrono::steady_clock::now() - start >= 9ms);
}

TEST_CASE("asio loop: an earlier timer than the one it sleeps for is not late") {
    NetworkExecutor network;
    const bool timed_out = network.executor.run([]() -> Task<bool> {
        auto late = Executor::current()->spawn(sleep(10h));
        for (int round = 0; round < 50; ++round) {
            co_await juggle::sleep_for(100us);
            const auto error = co_await support::exception_of(juggle::timeout(50us, sleep(20h)));
            CHECK(support::is<juggle::TimedOut>(error));
        }
        late.request_stop();
        co_return support::is<juggle::Cancelled>(co_await support::exception_of(late));
    }());
    CHECK(timed_out);
}

TEST_CASE("asio loop: without memory for a timer it does not sleep for good") {
    if (!support::sees_allocations()) {
        return;
    }
    NetworkExecutor network;
    // The executor has room for its own timer; that it is driven by poll sets none of the context.
    juggle::JoinHandle<> first = network.executor.spawn(sleep(1us));
    while (!first.done()) {
        (void)network.executor.poll();
    }
    const auto sleep_without_memory = []() -> Task<bool> {
        const support::FailingAllocations none{1, support::FailingAllocations::Which::all_from};
        co_await juggle::sleep_for(3ms);
        co_return support::FailingAllocations::reached();
    };
    CHECK(network.executor.run(sleep_without_memory()));
    network.executor.run(sleep(1ms));
}

TEST_CASE("asio loop: does nothing while there is nothing to do") {
    NetworkExecutor network;
    DatagramPair sockets{network.context};
    const std::uint64_t sleeps =
        network.executor.run([](DatagramPair& pair) -> Task<std::uint64_t> {
            auto received = Executor::current()->spawn(receive(pair.right));
            co_await juggle::sleep_for(1ms);
            const std::uint64_t before = Executor::current()->metrics().sleeps;
            co_await juggle::sleep_for(30ms);
            const std::uint64_t after = Executor::current()->metrics().sleeps;
            received.request_stop();
            (void)co_await support::exception_of(received);
            co_return after - before;
        }(sockets));
    CHECK(sleeps >= 1);
    CHECK(sleeps <= 2);
}

TEST_CASE("asio loop: a datagram, a thread and a timer wake one thread", "[threads]") {
    NetworkExecutor network;
    DatagramPair sockets{network.context};
    network.executor.run([](DatagramPair& pair) -> Task<> {
        for (int round = 0; round < 50; ++round) {
            auto received = Executor::current()->spawn(receive(pair.right));
            co_await juggle::offload([&pair] { pair.left.send(net::buffer("four")); });
            const std::size_t count = co_await received;
            CHECK(count == 5);
            co_await juggle::sleep_for(20us);
        }
    }(sockets));
}

TEST_CASE("asio loop: posts of several threads all arrive, asleep or not", "[threads]") {
    static constexpr int thread_count = 3;
    static constexpr int posts = 2000;
    NetworkExecutor network;
    int arrived = 0;
    juggle::AsyncEvent all;
    std::vector<std::thread> threads;
    for (int index = 0; index < thread_count; ++index) {
        threads.emplace_back([&, keeps = network.executor.poster()] {
            for (int number = 0; number < posts; ++number) {
                network.executor.post([&arrived, &all] {
                    if (++arrived == thread_count * posts) {
                        all.set();
                    }
                });
                if (number % 16 == 0) {
                    std::this_thread::yield();
                }
            }
        });
    }
    network.executor.run(wait_until_set(all));
    CHECK(arrived == thread_count * posts);
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST_CASE("asio loop: nothing to wait for is a deadlock, whatever it waited for before") {
    NetworkExecutor network;
    juggle::AsyncEvent never;
    CHECK_THROWS_AS(network.executor.run(wait_until_set(never)), juggle::Deadlock);
    network.executor.run([](net::io_context& context) -> Task<> {
        net::steady_timer timer{context, 1ms};
        co_await juggle::timeout(1h, timer.async_wait(use_task));
    }(network.context));
    CHECK_THROWS_AS(network.executor.run(wait_until_set(never)), juggle::Deadlock);
}

TEST_CASE("asio loop: an operation that has ended when the timer it slept for is gone") {
    NetworkExecutor network;
    DatagramPair sockets{network.context};
    network.executor.run([](DatagramPair& pair, net::io_context& context) -> Task<> {
        for (int round = 0; round < 10; ++round) {
            net::steady_timer timer{context, 10us};
            co_await juggle::timeout(1h, timer.async_wait(use_task));
            co_await pair.left.async_send(net::buffer("abc", 3), use_task);
        }
    }(sockets, network.context));
}

TEST_CASE("asio loop: work of the context that is no task's is something to come") {
    NetworkExecutor network;
    juggle::AsyncEvent event;
    net::steady_timer timer{network.context, 2ms};
    timer.async_wait([&event](const juggle::asio::error_code&) { event.set(); });
    network.executor.run(wait_until_set(event));
    CHECK(event.is_set());
}

TEST_CASE("asio loop: with a watchdog, too, a deadlock is told at once") {
    support::Reports reports;
    net::io_context context;
    juggle::asio::Loop loop{context};
    juggle::ExecutorOptions options = reports.options();
    options.idle = &loop;
    options.report_waits_after = 1h;
    Executor executor{options};
    juggle::AsyncEvent never;
    executor.run(sleep(1ms));
    CHECK_THROWS_AS(executor.run(wait_until_set(never)), juggle::Deadlock);
}

TEST_CASE("asio loop: the watchdog names the operation and the line") {
    support::Reports reports;
    net::io_context context;
    juggle::asio::Loop loop{context};
    juggle::ExecutorOptions options = reports.options();
    options.idle = &loop;
    options.report_waits_after = 2ms;
    Executor executor{options};
    DatagramPair sockets{context};
    executor.run([](DatagramPair& pair, support::Reports& told) -> Task<> {
        auto received = Executor::current()->spawn(receive(pair.right));
        while (told.diagnostics.empty()) {
            co_await juggle::sleep_for(1ms);
        }
        pair.left.send(net::buffer("now"));
        const std::size_t count = co_await received;
        CHECK(count == 4);
    }(sockets, reports));
    REQUIRE(reports.diagnostics.size() == 1);
    CHECK(contains(reports.diagnostics[0], "Asio's async_receive on a basic_datagram_socket"));
    CHECK(contains(reports.diagnostics[0], "loop.cpp"));
}

TEST_CASE("asio loop: another thread's stop token ends run while it sleeps", "[threads]") {
    NetworkExecutor network;
    DatagramPair sockets{network.context};
    std::stop_source source;
    std::thread stopper;
    const auto run = [&] {
        network.executor.run(
            [](DatagramPair& pair, std::thread& thread, std::stop_source& stop) -> Task<> {
                thread = std::thread{[&stop] { stop.request_stop(); }};
                (void)co_await receive(pair.right);
            }(sockets, stopper, source),
            source.get_token());
    };
    CHECK_THROWS_AS(run(), juggle::Cancelled);
    stopper.join();
}

TEST_CASE("asio loop: an exception of a handler is told, and the loop goes on") {
    NetworkExecutor network;
    net::post(network.context, [] { throw std::runtime_error{"of a callback"}; });
    net::post(network.context, [] { throw 7; });
    network.executor.run([](net::io_context& context) -> Task<> {
        co_await net::post(context, use_task);
    }(network.context));
    REQUIRE(network.reports.diagnostics.size() == 2);
    CHECK(contains(network.reports.diagnostics[0], "a handler of the io_context has thrown"));
    CHECK(contains(network.reports.diagnostics[0], "of a callback"));
}

TEST_CASE("asio loop: to stop the context does not stop the executor") {
    NetworkExecutor network;
    network.context.stop();
    network.executor.run([](net::io_context& context) -> Task<> {
        co_await net::post(context, use_task);
        net::post(context, [&context] { context.stop(); });
        net::steady_timer timer{context, 1ms};
        co_await timer.async_wait(use_task);
    }(network.context));
    juggle::AsyncEvent event;
    net::steady_timer timer{network.context, 1ms};
    timer.async_wait([&event](const juggle::asio::error_code&) { event.set(); });
    network.context.stop();
    network.executor.run(wait_until_set(event));
}

TEST_CASE("asio loop: a busy executor looks at it all the same") {
    NetworkExecutor network;
    DatagramPair sockets{network.context};
    sockets.left.send(net::buffer("here"));
    network.executor.run([](DatagramPair& pair) -> Task<> {
        auto received = Executor::current()->spawn(receive(pair.right));
        while (!received.done()) {
            co_await juggle::yield();
        }
    }(sockets));
}

TEST_CASE("asio loop: is found by its executor") {
    NetworkExecutor network;
    CHECK(juggle::asio::Loop::of(network.executor) == &network.loop);
    CHECK(&network.loop.context() == &network.context);
    const Executor other;
    CHECK(juggle::asio::Loop::of(other) == nullptr);
}

TEST_CASE("asio loop: no wake and no timer is left in the context when it goes", "[threads]") {
    net::io_context context;
    for (int round = 0; round < 200; ++round) {
        struct Node final : juggle::PostNode {
            Node() : PostNode{[](juggle::PostNode&) noexcept {}} {}
        } node;
        std::thread poster;
        {
            juggle::asio::Loop loop{context};
            juggle::ExecutorOptions options;
            options.idle = &loop;
            Executor executor{options};
            poster = std::thread{[&node, post = executor.poster()] { post.post(node); }};
            executor.run([]() -> Task<> {
                auto left = Executor::current()->spawn(sleep(1h));
                left.detach();
                co_await juggle::sleep_for(20us);
            }());
        }
        poster.join();
    }
    context.restart();
    CHECK(context.poll() == 0);
}

TEST_CASE("asio loop: an io_context of another framework drives the executor by poll") {
    net::io_context context;
    support::Reports reports;
    juggle::ExecutorOptions options = reports.options();
    Executor* self = nullptr;
    net::steady_timer timer{context};
    const std::function<void()> poll = [&timer, &self, &poll] {
        (void)self->poll();
        if (const auto deadline = self->next_deadline()) {
            timer.expires_at(*deadline);
            timer.async_wait([&poll](const juggle::asio::error_code& error) {
                if (!error) {
                    poll();
                }
            });
        }
    };
    options.wake_up = [&context, &poll] { net::post(context, poll); };
    Executor executor{options};
    self = &executor;
    DatagramPair sockets{context};
    std::size_t bytes = 0;
    auto task = executor.spawn(
        [](DatagramPair& pair, net::io_context& loop, std::size_t& received) -> Task<> {
            for (int round = 0; round < 10; ++round) {
                co_await pair.left.async_send(net::buffer("abc"), use_task);
                received += co_await receive(pair.right);
                net::steady_timer wait{loop, 50us};
                co_await wait.async_wait(use_task);
                co_await juggle::sleep_for(10us);
            }
        }(sockets, context, bytes));
    poll();
    context.run();
    CHECK(task.done());
    CHECK(bytes == 40);
    CHECK(reports.empty());
}

TEST_CASE("asio loop: goes where its executor goes: no other executor or thread knows it",
          "[threads]") {
    // Each of these is used on one thread after the other.
    std::optional<NetworkExecutor> first{std::in_place};
    std::optional<NetworkExecutor> second{std::in_place};
    std::thread worker{[&] {
        first->executor.run(sleep(10us));
        second->executor.run(sleep(10us));
    }};
    worker.join();
    first.reset();  // by another thread than the one in which it slept
    second->executor.run([](net::io_context& context) -> Task<> {
        DatagramPair pair{context};
        pair.left.send(net::buffer("abc", 3));
        const std::size_t count = co_await receive(pair.right);
        CHECK(count == 3);
    }(second->context));
}

TEST_CASE("asio loop: an executor with another loop around the same context") {
    NetworkExecutor outer;
    outer.executor.run([](net::io_context& context) -> Task<> {
        DatagramPair pair{context};
        {
            juggle::asio::Loop loop{context};
            juggle::ExecutorOptions options;
            options.idle = &loop;
            Executor inner{options};
            inner.run(sleep(10us));
        }
        auto received = Executor::current()->spawn(receive(pair.right));
        co_await pair.left.async_send(net::buffer("abc", 3), use_task);
        const std::size_t count = co_await received;
        CHECK(count == 3);
    }(outer.context));
}

TEST_CASE("asio loop: an operation of a context in which its executor does not sleep says so") {
    support::Reports reports;
    net::io_context context;
    juggle::ExecutorOptions options = reports.options();
    options.report_waits_after = 1ms;
    Executor executor{options};
    net::steady_timer timer{context, 1h};
    std::thread runs;
    executor.run([](net::steady_timer& waits, support::Reports& told, net::io_context& loop,
                    std::thread& thread) -> Task<> {
        auto wait = Executor::current()->spawn(
            [](net::steady_timer& of) -> Task<> { co_await of.async_wait(use_task); }(waits));
        while (told.diagnostics.empty()) {
            co_await juggle::sleep_for(1ms);
        }
        wait.request_stop();
        thread = std::thread{[&loop] { loop.run(); }};
        (void)co_await support::exception_of(std::move(wait));
    }(timer, reports, context, runs));
    runs.join();
    REQUIRE(reports.diagnostics.size() == 1);
    CHECK(contains(reports.diagnostics[0], "of a context in which its executor does not sleep"));
}
