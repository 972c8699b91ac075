// Stop requests end operations, and nothing that has come is lost.

#include "support/asio.hpp"
#include "support/catch.hpp"
#include "support/tasks.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace net = juggle::asio::net;
using juggle::Cancelled;
using juggle::Executor;
using juggle::Task;
using juggle::asio::as_result;
using juggle::asio::error_code;
using juggle::asio::system_error;
using juggle::asio::use_task;
using support::DatagramPair;
using support::exception_of;
using support::is;
using support::NetworkExecutor;
using support::StreamPair;
using support::tcp;
using support::udp;
using namespace std::chrono_literals;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int raced_reads = 50'000;
#else
constexpr int raced_reads = 1'000'000;
#endif

/// Asks it to stop once it waits, and gives what it has ended with.
template <class T>
Task<std::exception_ptr> stopped(Task<T> task) {
    auto handle = Executor::current()->spawn(std::move(task));
    co_await juggle::sleep_for(1us);  // and it has begun: Boost 1.81's co_spawn throws otherwise
    handle.request_stop();
    co_return co_await exception_of(std::move(handle));
}

template <class Operation>
Task<> await(Operation operation) {
    (void)co_await std::move(operation);
}

}  // namespace

TEST_CASE("use_task: a stop request ends each kind of operation") {
    NetworkExecutor network;
    network.executor.run([](net::io_context& loop) -> Task<> {
        DatagramPair datagrams{loop};
        StreamPair streams{loop};
        std::array<char, 64> bytes{};
        const auto buffer = net::buffer(bytes);
        const auto ends = [](auto operation) -> Task<bool> {
            co_return is<Cancelled>(co_await stopped(await(std::move(operation))));
        };
        const bool receive = co_await ends(datagrams.left.async_receive(buffer, use_task));
        CHECK(receive);
        const bool result = co_await ends(datagrams.left.async_receive(buffer, as_result));
        CHECK(result);
        const bool read_some = co_await ends(streams.left.async_read_some(buffer, use_task));
        CHECK(read_some);
        const bool read = co_await ends(net::async_read(streams.left, buffer, use_task));
        CHECK(read);
        const bool read_result = co_await ends(net::async_read(streams.left, buffer, as_result));
        CHECK(read_result);
        const bool wait = co_await ends(streams.left.async_wait(tcp::socket::wait_read, use_task));
        CHECK(wait);
        net::steady_timer timer{loop, 1h};
        const bool timed = co_await ends(timer.async_wait(use_task));
        CHECK(timed);
        net::signal_set signals{loop, SIGUSR2};
        const bool signal = co_await ends(signals.async_wait(use_task));
        CHECK(signal);
        tcp::acceptor acceptor{loop, {net::ip::address_v4::loopback(), 0}};
        const bool accept = co_await ends(acceptor.async_accept(use_task));
        CHECK(accept);
        net::experimental::channel<void(error_code, int)> channel{loop};
        const bool channel_receive = co_await ends(channel.async_receive(use_task));
        CHECK(channel_receive);
        const bool coroutine = co_await ends(net::co_spawn(
            loop,
            [&loop]() -> net::awaitable<void> {
                net::steady_timer long_time{loop, 1h};
                co_await long_time.async_wait(net::use_awaitable);
            },
            use_task));
        CHECK(coroutine);
        // Each object works afterwards.
        streams.right.send(net::buffer("x", 1));
        const std::size_t count = co_await streams.left.async_read_some(buffer, use_task);
        CHECK(count == 1);
    }(network.context));
    for (const std::string& diagnostic : network.reports.diagnostics) {
        FAIL_CHECK(diagnostic);
    }
    CHECK(network.reports.empty());
}

TEST_CASE("use_task: a request that is there before the await begins nothing") {
    NetworkExecutor network;
    DatagramPair sockets{network.context};
    sockets.left.send(net::buffer("abc", 3));
    network.executor.run([](DatagramPair& pair) -> Task<> {
        auto task = Executor::current()->spawn([](udp::socket& socket) -> Task<std::size_t> {
            std::array<char, 8> bytes{};
            co_return co_await socket.async_receive(net::buffer(bytes), use_task);
        }(pair.right));
        task.request_stop();
        const auto error = co_await exception_of(std::move(task));
        CHECK(is<Cancelled>(error));
        CHECK(pair.right.available() == 3);
    }(sockets));
}

TEST_CASE("use_task: what was read in the moment of the request is given, the request comes next") {
    NetworkExecutor network;
    StreamPair sockets{network.context};
    sockets.right.send(net::buffer("abc", 3));
    network.executor.run([](StreamPair& pair) -> Task<> {
        std::size_t count = 0;
        bool stopped_later = false;
        auto read = Executor::current()->spawn(
            [](tcp::socket& socket, std::size_t& given, bool& later) -> Task<> {
                std::array<char, 8> bytes{};
                given = co_await socket.async_read_some(net::buffer(bytes), use_task);
                later = is<Cancelled>(co_await exception_of(juggle::yield()));
            }(pair.left, count, stopped_later));
        co_await juggle::yield();
        CHECK(pair.left.available() == 0);  // read, and its handler is still to run
        CHECK_FALSE(read.done());
        read.request_stop();
        co_await read;
        CHECK(count == 3);
        CHECK(stopped_later);
    }(sockets));
}

TEST_CASE("as_result: a composed read that has a part when it is stopped says how much") {
    NetworkExecutor network;
    StreamPair sockets{network.context};
    sockets.right.send(net::buffer("abc", 3));
    network.executor.run([](StreamPair& pair) -> Task<> {
        std::size_t count = 0;
        const auto error = co_await stopped([](tcp::socket& socket, std::size_t& given) -> Task<> {
            std::array<char, 8> bytes{};
            const auto [code, part] =
                co_await net::async_read(socket, net::buffer(bytes), as_result);
            CHECK(code == net::error::operation_aborted);
            given = part;
            co_await juggle::yield();
        }(pair.left, count));
        CHECK(is<Cancelled>(error));
        CHECK(count == 3);
        // use_task has no place for it.
        pair.right.send(net::buffer("abc", 3));
        std::array<char, 8> bytes{};
        const auto without =
            co_await stopped(await(net::async_read(pair.left, net::buffer(bytes), use_task)));
        CHECK(is<Cancelled>(without));
    }(sockets));
}

TEST_CASE("use_task: an error that is not the stop request's is not hidden by it") {
    NetworkExecutor network;
    DatagramPair sockets{network.context};
    network.executor.run([](DatagramPair& pair) -> Task<> {
        pair.right.close();
        pair.left.send(net::buffer("x", 1));  // nobody there: the next call says so
        std::array<char, 8> bytes{};
        auto receive = Executor::current()->spawn(
            await(pair.left.async_receive(net::buffer(bytes), use_task)));
        co_await juggle::yield();
        receive.request_stop();
        const auto error = co_await exception_of(std::move(receive));
        CHECK(is<system_error>(error));
    }(sockets));
}

TEST_CASE("use_task: no byte is lost in a race between a read and something else") {
    // The part that reads puts the bytes where they belong, as it is told to.
    struct Reader {
        tcp::socket& socket;
        std::vector<std::uint8_t> received{};
        int read_and_lost = 0;

        Task<> read(bool& ended) {
            std::array<std::uint8_t, 4> bytes{};
            const std::size_t count = co_await socket.async_read_some(net::buffer(bytes), use_task);
            received.insert(received.end(), bytes.begin(),
                            bytes.begin() + static_cast<std::ptrdiff_t>(count));
            ended = true;
        }
    };
    NetworkExecutor network;
    StreamPair sockets{network.context};
    Reader reader{sockets.left};
    network.executor.run([](StreamPair& pair, Reader& reads) -> Task<> {
        std::uint32_t random = 1;
        std::uint64_t sent = 0;
        for (int race = 0; race < raced_reads; ++race) {
            random = random * 1664525 + 1013904223;
            if ((random >> 28) % 3 == 0) {
                const std::array next{static_cast<std::uint8_t>(sent++)};
                pair.right.send(net::buffer(next));
            }
            bool ended = false;
            const auto winner = co_await juggle::when_any(
                reads.read(ended), support::yield_times(static_cast<int>((random >> 24) % 8)));
            reads.read_and_lost += winner.index() == 1 && ended ? 1 : 0;
        }
        while (reads.received.size() != sent) {
            bool ended = false;
            co_await reads.read(ended);
        }
    }(sockets, reader));
    std::uint8_t expected = 0;
    std::size_t wrong = 0;
    for (const std::uint8_t byte : reader.received) {
        wrong += byte != expected++ ? 1U : 0U;
    }
    CHECK(wrong == 0);
    CHECK(reader.received.size() > raced_reads / 4);
    CHECK(reader.read_and_lost > 0);  // losers that had read something
}

TEST_CASE("use_task: async_wait in a race takes nothing") {
    NetworkExecutor network;
    StreamPair sockets{network.context};
    sockets.right.send(net::buffer("abc", 3));
    network.executor.run([](StreamPair& pair) -> Task<> {
        for (int race = 0; race < 1000; ++race) {
            (void)co_await juggle::when_any(pair.left.async_wait(tcp::socket::wait_read, use_task),
                                            support::yield_times(race % 4));
        }
        CHECK(pair.left.available() == 3);
    }(sockets));
}

TEST_CASE("use_task: a timeout on a read gives what was read") {
    NetworkExecutor network;
    DatagramPair sockets{network.context};
    network.executor.run([](DatagramPair& pair) -> Task<> {
        std::array<char, 8> bytes{};
        const auto late = co_await exception_of(
            juggle::timeout(100us, pair.left.async_receive(net::buffer(bytes), use_task)));
        CHECK(is<juggle::TimedOut>(late));
        pair.right.send(net::buffer("abcd", 4));
        const std::size_t count =
            co_await juggle::timeout(0us, pair.left.async_receive(net::buffer(bytes), use_task));
        CHECK(count == 4);
    }(sockets));
}

TEST_CASE("use_task: operations of other threads are stopped there", "[threads]") {
    NetworkExecutor network;
    net::thread_pool pool{2};
    network.executor.run([](net::thread_pool& threads) -> Task<> {
        for (int round = 0; round < 300; ++round) {
            net::steady_timer timer{net::make_strand(threads), (round % 3) * 20us + 1us};
            auto wait = Executor::current()->spawn(await(timer.async_wait(use_task)));
            for (int turn = 0; turn < round % 5; ++turn) {
                co_await juggle::yield();
            }
            wait.request_stop();
            const auto error = co_await exception_of(std::move(wait));
            CHECK((error == nullptr || is<Cancelled>(error)));
            net::steady_timer long_time{net::make_strand(threads), 1h};
            const auto stops = co_await stopped(await(long_time.async_wait(use_task)));
            CHECK(is<Cancelled>(stops));
        }
    }(pool));
    pool.join();
}

TEST_CASE("use_task: an executor that is destroyed ends the operations that are left") {
    net::io_context context;
    DatagramPair sockets{context};
    std::exception_ptr error;
    {
        juggle::asio::Loop loop{context};
        juggle::ExecutorOptions options;
        options.idle = &loop;
        Executor executor{options};
        executor
            .spawn([](udp::socket& socket, std::exception_ptr& ended) -> Task<> {
                std::array<char, 8> bytes{};
                auto receive = socket.async_receive(net::buffer(bytes), use_task);
                ended = co_await exception_of(std::move(receive));
            }(sockets.left, error))
            .detach();
        (void)executor.poll();
    }
    CHECK(is<Cancelled>(error));
}

TEST_CASE("use_task: an echo over TCP that is stopped at each of its turns") {
    int completed = 0;
    for (int turns = 0; completed < 3; ++turns) {
        NetworkExecutor network;
        StreamPair sockets{network.context};
        const bool done = network.executor.run([](StreamPair& pair, int after) -> Task<bool> {
            struct Counts {
                std::size_t sent = 0, echoed = 0, returned = 0;
            } counts;
            const auto echo = [](tcp::socket& socket, Counts& count) -> Task<> {
                std::array<char, 3> bytes{};
                for (;;) {
                    const auto [error, size] =
                        co_await socket.async_read_some(net::buffer(bytes), as_result);
                    if (error) {
                        CHECK(error == net::error::eof);
                        break;
                    }
                    // What has been taken is answered, whatever is asked meanwhile.
                    co_await juggle::shield(
                        net::async_write(socket, net::buffer(bytes, size), use_task));
                    count.echoed += size;
                }
                socket.shutdown(tcp::socket::shutdown_send);
            };
            const auto ask = [](tcp::socket& socket, Counts& count) -> Task<> {
                for (int round = 0; round < 4; ++round) {
                    count.sent +=
                        co_await net::async_write(socket, net::buffer("hello", 5), use_task);
                }
                socket.shutdown(tcp::socket::shutdown_send);
                std::array<char, 64> bytes{};
                for (;;) {
                    const auto [error, size] =
                        co_await net::async_read(socket, net::buffer(bytes), as_result);
                    count.returned += size;
                    if (error) {
                        break;
                    }
                }
            };
            auto server = Executor::current()->spawn(echo(pair.right, counts));
            auto client = Executor::current()->spawn(ask(pair.left, counts));
            for (int turn = 0; turn < after && !client.done(); ++turn) {
                co_await juggle::yield();
            }
            const bool whole = client.done();
            server.request_stop();
            const auto server_error = co_await exception_of(std::move(server));
            CHECK((server_error == nullptr || is<Cancelled>(server_error)));
            pair.right.close();
            const auto client_error = co_await exception_of(std::move(client));
            CHECK((client_error == nullptr || is<system_error>(client_error)));
            CHECK(counts.returned <= counts.echoed);
            CHECK(counts.echoed <= counts.sent + 5);
            CHECK((!whole || counts.returned == 20));
            co_return whole;
        }(sockets, turns));
        completed += done ? 1 : 0;
        CHECK(network.reports.empty());
    }
}
