// use_task and as_result: what awaits of operations give, and what they do not cost.

#include "support/asio.hpp"
#include "support/catch.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

#include <unistd.h>

namespace net = juggle::asio::net;
using juggle::Executor;
using juggle::Task;
using juggle::asio::as_result;
using juggle::asio::error_code;
using juggle::asio::system_error;
using juggle::asio::use_task;
using support::contains;
using support::DatagramPair;
using support::exception_of;
using support::NetworkExecutor;
using support::StreamPair;
using support::tcp;
using support::udp;
using namespace std::chrono_literals;

namespace {

/// An operation of the test's own: its handler is called with this, at once.
template <class Signature, class Token, class... Values>
auto async_now(Token&& token, Values... values) {
    return net::async_initiate<Token, Signature>(
        [](auto handler, auto... given) { std::move(handler)(std::move(given)...); }, token,
        std::move(values)...);
}

}  // namespace

TEST_CASE("use_task: gives what there is besides an error") {
    NetworkExecutor network;
    network.executor.run([]() -> Task<> {
        using Nothing = decltype(async_now<void()>(use_task).operator co_await().await_resume());
        STATIC_REQUIRE(std::is_void_v<Nothing>);
        co_await async_now<void()>(use_task);
        co_await async_now<void(error_code)>(use_task, error_code{});
        const int one = co_await async_now<void(error_code, int)>(use_task, error_code{}, 3);
        CHECK(one == 3);
        const int bare = co_await async_now<void(int)>(use_task, 4);
        CHECK(bare == 4);
        const std::tuple<int, std::string> two =
            co_await async_now<void(error_code, int, std::string)>(use_task, error_code{}, 5,
                                                                   std::string{"x"});
        CHECK(two == std::tuple{5, std::string{"x"}});
        co_await async_now<void(std::exception_ptr)>(use_task, std::exception_ptr{});
        const auto moved = co_await async_now<void(error_code, std::unique_ptr<int>)>(
            use_task, error_code{}, std::make_unique<int>(6));
        CHECK(*moved == 6);
        const auto no_default =
            co_await async_now<void(support::MoveOnly)>(use_task, support::MoveOnly{7});
        CHECK(no_default.number == 7);
    }());
}

TEST_CASE("use_task: throws an error with its category, and an exception as it is") {
    NetworkExecutor network;
    const error_code misc = net::error::eof;
    const auto error =
        network.executor.run(exception_of(async_now<void(error_code, int)>(use_task, misc, 3)));
    REQUIRE(support::is<system_error>(error));
    try {
        std::rethrow_exception(error);
    } catch (const system_error& caught) {
        CHECK(caught.code() == misc);
        CHECK(&caught.code().category() == &misc.category());
    }
    const auto exception = std::make_exception_ptr(std::runtime_error{"of the operation"});
    CHECK(support::text_of(network.executor.run(exception_of(
              async_now<void(std::exception_ptr)>(use_task, exception)))) == "of the operation");
}

TEST_CASE("as_result: gives everything, and throws nothing") {
    NetworkExecutor network;
    network.executor.run([]() -> Task<> {
        const error_code eof = net::error::eof;
        const auto [error, number] = co_await async_now<void(error_code, int)>(as_result, eof, 3);
        CHECK(error == eof);
        CHECK(number == 3);
        const std::tuple<> nothing = co_await async_now<void()>(as_result);
        (void)nothing;
        auto [none, pointer] = co_await async_now<void(error_code, std::unique_ptr<int>)>(
            as_result, error_code{}, std::make_unique<int>(6));
        CHECK(!none);
        CHECK(*pointer == 6);
    }());
}

TEST_CASE("use_task: immediate completions neither recurse nor suspend") {
    NetworkExecutor network;
    network.executor.run([]() -> Task<> {
        for (int round = 0; round < 1'000'000; ++round) {
            co_await async_now<void()>(use_task);
        }
    }());
}

TEST_CASE("use_task: an operation begins when it is awaited, and can be kept and moved before") {
    NetworkExecutor network;
    DatagramPair sockets{network.context};
    network.executor.run([](DatagramPair& pair) -> Task<> {
        auto send = pair.left.async_send(net::buffer("abc"), use_task);
        std::array<char, 8> bytes{};
        auto receive = pair.right.async_receive(net::buffer(bytes), use_task);
        auto later = std::move(receive);
        CHECK(pair.right.available() == 0);
        co_await std::move(send);
        const std::size_t count = co_await std::move(later);
        CHECK(count == 4);
    }(sockets));
}

TEST_CASE("use_task: each kind of operation of Asio") {
    NetworkExecutor network;
    net::io_context& context = network.context;
    const auto run = [&network](auto task) { network.executor.run(std::move(task)); };

    SECTION("sockets, accept and connect, composed reads and writes") {
        run([](net::io_context& loop) -> Task<> {
            tcp::acceptor acceptor{loop, {net::ip::address_v4::loopback(), 0}};
            tcp::socket client{loop};
            auto connected =
                Executor::current()->spawn([](tcp::socket& socket, tcp::endpoint where) -> Task<> {
                    co_await socket.async_connect(where, use_task);
                }(client, acceptor.local_endpoint()));
            tcp::socket server = co_await acceptor.async_accept(use_task);
            co_await connected;
            const std::string text(1'000'000, 'x');
            auto written = Executor::current()->spawn(
                [](tcp::socket& socket, const std::string& bytes) -> Task<> {
                    const std::size_t count =
                        co_await net::async_write(socket, net::buffer(bytes), use_task);
                    CHECK(count == bytes.size());
                    socket.shutdown(tcp::socket::shutdown_send);
                }(client, text));
            std::string read(text.size(), '\0');
            const std::size_t count = co_await net::async_read(server, net::buffer(read), use_task);
            CHECK(count == text.size());
            CHECK(read == text);
            co_await written;
            const auto [error, more] =
                co_await net::async_read(server, net::buffer(read), as_result);
            CHECK(error == net::error::eof);
            CHECK(more == 0);
        }(context));
    }
    SECTION("async_read_until") {
        run([](net::io_context& loop) -> Task<> {
            StreamPair pair{loop};
            co_await net::async_write(pair.left, net::buffer(std::string{"one\ntwo\n"}), use_task);
            std::string line;
            const std::size_t count = co_await net::async_read_until(
                pair.right, net::dynamic_buffer(line), '\n', use_task);
            CHECK(line.substr(0, count) == "one\n");
        }(context));
    }
    SECTION("timers, and a cancelled one") {
        run([](net::io_context& loop) -> Task<> {
            net::steady_timer timer{loop, 100us};
            co_await timer.async_wait(use_task);
            timer.expires_after(1h);
            auto wait =
                Executor::current()->spawn([](net::steady_timer& waits) -> Task<error_code> {
                    const auto [error] = co_await waits.async_wait(as_result);
                    co_return error;
                }(timer));
            co_await juggle::yield();
            timer.cancel();
            const error_code error = co_await wait;
            CHECK(error == net::error::operation_aborted);
        }(context));
    }
    SECTION("signals") {
        run([](net::io_context& loop) -> Task<> {
            net::signal_set signals{loop, SIGUSR1};
            std::raise(SIGUSR1);
            const int number = co_await signals.async_wait(use_task);
            CHECK(number == SIGUSR1);
        }(context));
    }
    SECTION("the resolver, whose work is done by a thread of Asio's") {
        run([](net::io_context& loop) -> Task<> {
            tcp::resolver resolver{loop};
            const auto found = co_await resolver.async_resolve("127.0.0.1", "80", use_task);
            REQUIRE(found.size() == 1);
            CHECK(found.begin()->endpoint().port() == 80);
        }(context));
    }
    SECTION("pipes and posix descriptors") {
        run([](net::io_context& loop) -> Task<> {
            net::readable_pipe out{loop};
            net::writable_pipe in{loop};
            net::connect_pipe(out, in);
            co_await net::async_write(in, net::buffer("abc", 3), use_task);
            std::array<char, 8> bytes{};
            const std::size_t count = co_await out.async_read_some(net::buffer(bytes), use_task);
            CHECK(count == 3);
            net::posix::stream_descriptor descriptor{loop, ::dup(in.native_handle())};
            co_await descriptor.async_wait(net::posix::descriptor_base::wait_write, use_task);
            co_await descriptor.async_write_some(net::buffer("abc", 3), use_task);
        }(context));
    }
    SECTION("post, dispatch and defer") {
        run([](net::io_context& loop) -> Task<> {
            co_await net::post(loop, use_task);
            co_await net::dispatch(loop, use_task);
            co_await net::defer(loop, use_task);
            co_await net::post(net::make_strand(loop), use_task);
        }(context));
    }
    SECTION("channels") {
        run([](net::io_context& loop) -> Task<> {
            using Channel = net::experimental::channel<void(error_code, std::string)>;
            Channel channel{loop};
            auto received = Executor::current()->spawn([](Channel& from) -> Task<std::string> {
                co_return co_await from.async_receive(use_task);
            }(channel));
            co_await channel.async_send(error_code{}, "a string", use_task);
            const std::string text = co_await received;
            CHECK(text == "a string");
            channel.close();
            const auto error = co_await exception_of(channel.async_receive(use_task));
            CHECK(support::is<system_error>(error));
        }(context));
    }
    SECTION("Asio's own coroutines") {
        run([](net::io_context& loop) -> Task<> {
            const int value = co_await net::co_spawn(
                loop,
                [&loop]() -> net::awaitable<int> {
                    net::steady_timer timer{loop, 100us};
                    co_await timer.async_wait(net::use_awaitable);
                    co_return 5;
                },
                use_task);
            CHECK(value == 5);
            const auto error = co_await exception_of(net::co_spawn(
                loop,
                []() -> net::awaitable<void> {
                    throw std::runtime_error{"in a coroutine of Asio"};
                    co_return;
                },
                use_task));
            CHECK(support::text_of(error) == "in a coroutine of Asio");
        }(context));
    }
}

TEST_CASE("use_task: as_tuple works on it") {
    NetworkExecutor network;
    network.executor.run([](net::io_context& loop) -> Task<> {
        net::steady_timer timer{loop, 1h};
        auto cancelled =
            Executor::current()->spawn([](net::steady_timer& waits) -> Task<error_code> {
                const auto [error] =
                    co_await waits.async_wait(net::experimental::as_tuple(use_task));
                co_return error;
            }(timer));
        co_await juggle::yield();
        timer.cancel();
        const error_code given = co_await cancelled;
        CHECK(given == net::error::operation_aborted);
    }(network.context));
}

TEST_CASE("use_task: can be the token of a socket where none is given") {
    NetworkExecutor network;
    network.executor.run([](net::io_context& loop) -> Task<> {
        auto timer = use_task.as_default_on(net::steady_timer{loop, 10us});
        co_await timer.async_wait();
        using Socket = juggle::asio::UseTask::as_default_on_t<udp::socket>;
        Socket socket{loop, udp::endpoint{net::ip::address_v4::loopback(), 0}};
        co_await socket.async_send_to(net::buffer("a"), socket.local_endpoint());
        std::array<char, 8> bytes{};
        udp::endpoint from;
        const std::size_t count = co_await socket.async_receive_from(net::buffer(bytes), from);
        CHECK(count == 2);
    }(network.context));
}

TEST_CASE("use_task: an operation of a context that other threads run", "[threads]") {
    Executor executor;
    net::thread_pool pool{2};
    const auto task = [](net::thread_pool& threads) -> Task<> {
        const auto home = std::this_thread::get_id();
        for (int round = 0; round < 500; ++round) {
            net::steady_timer timer{threads, 10us};
            co_await timer.async_wait(use_task);
            CHECK(std::this_thread::get_id() == home);
            co_await net::post(threads, use_task);
            const int value = co_await net::co_spawn(
                threads, []() -> net::awaitable<int> { co_return 7; }, use_task);
            CHECK(value == 7);
        }
    };
    executor.run(task(pool));
    NetworkExecutor network;
    network.executor.run(task(pool));
    pool.join();
}

TEST_CASE("use_task: a handler that is destroyed without being called ends the await") {
    support::Reports reports;
    std::optional<net::io_context> context{std::in_place};
    Executor executor{reports.options()};
    std::exception_ptr error;
    auto task = executor.spawn([](net::io_context& loop, std::exception_ptr& ended) -> Task<> {
        ended = co_await exception_of(net::post(loop, use_task));
    }(*context, error));
    (void)executor.poll();
    SECTION("outside of the executor") {
        context.reset();
        (void)executor.poll();  // comes home
        (void)executor.poll();
    }
    SECTION("by a task") {
        executor.run([](std::optional<net::io_context>& loop) -> Task<> {
            loop.reset();
            co_await juggle::yield();
        }(context));
    }
    CHECK(task.done());
    REQUIRE(support::is<system_error>(error));
    CHECK(contains(support::text_of(error),
                   "juggle: Asio's post was destroyed before it had ended, as when its io_context "
                   "is"));
    CHECK(reports.empty());
}

TEST_CASE("use_task: what an initiation throws is thrown by the await") {
    NetworkExecutor network;
    const auto fails = [](auto&& token) {
        return net::async_initiate<decltype(token), void(error_code)>(
            [](auto handler) {
                (void)handler;
                throw std::runtime_error{"cannot begin"};
            },
            token);
    };
    CHECK(support::text_of(network.executor.run(exception_of(fails(use_task)))) == "cannot begin");
}

TEST_CASE("use_task: no operation allocates") {
    NetworkExecutor network;
    const std::uint64_t allocated =
        network.executor.run([](net::io_context& loop) -> Task<std::uint64_t> {
            DatagramPair pair{loop};
            StreamPair streams{loop};
            const int descriptor = ::dup(streams.left.native_handle());  // not known to Asio
            net::steady_timer timer{loop};
            std::array<char, 64> bytes{};
            const auto receive_from = [](udp::socket& socket) -> Task<> {
                udp::endpoint sender;
                std::array<char, 64> received{};
                co_await socket.async_receive_from(net::buffer(received), sender, use_task);
            };
            auto cycle = [&]() -> Task<> {
                co_await pair.left.async_send(net::buffer(bytes), use_task);
                co_await pair.right.async_receive(net::buffer(bytes), use_task);
                auto received = Executor::current()->spawn(receive_from(pair.right));
                co_await juggle::yield();
                co_await pair.left.async_send(net::buffer(bytes), use_task);
                co_await received;
                timer.expires_after(10us);
                co_await timer.async_wait(use_task);
                co_await net::async_write(streams.left, net::buffer(bytes), use_task);
                co_await net::async_read(streams.right, net::buffer(bytes), use_task);
                co_await streams.left.async_wait(tcp::socket::wait_write, as_result);
                co_await juggle::timeout(1s, juggle::sleep_for(10us));
                co_await juggle::asio::writable(descriptor);
                co_await net::post(loop, use_task);
            };
            const std::uint64_t count = co_await support::allocations_in_steady_state(cycle);
            ::close(descriptor);
            co_return count;
        }(network.context));
    CHECK(allocated == 0);
}
