// Each system call of the network fails in turn: a task ends with that error, or does not notice,
// and nothing hangs or is lost.

#include "support/asio.hpp"
#include "support/catch.hpp"
#include "support/faulty_calls.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace net = juggle::asio::net;
using juggle::Executor;
using juggle::Task;
using juggle::asio::as_result;
using juggle::asio::error_code;
using juggle::asio::system_error;
using juggle::asio::use_task;
using support::Call;
using support::exception_of;
using support::FaultyCall;
using support::is;
using support::NetworkExecutor;
using support::tcp;

namespace {

struct Exchange {
    std::size_t echoed = 0;
    std::string returned;
};

constexpr std::string_view question = "a question of some bytes";

Task<> answer(tcp::acceptor& acceptor, Exchange& exchange) {
    tcp::acceptor own = std::move(acceptor);  // who still waits for it is told when this ends
    tcp::socket socket = co_await own.async_accept(use_task);
    std::array<char, 7> bytes{};
    for (;;) {
        const auto [error, count] = co_await socket.async_read_some(net::buffer(bytes), as_result);
        if (error == net::error::eof) {
            co_return;
        }
        if (error) {
            throw system_error{error};
        }
        exchange.echoed += co_await net::async_write(socket, net::buffer(bytes, count), use_task);
    }
}

Task<> ask(net::io_context& context, tcp::endpoint where, Exchange& exchange) {
    tcp::socket socket{context};
    co_await socket.async_connect(where, use_task);
    co_await net::async_write(socket, net::buffer(question), use_task);
    socket.shutdown(tcp::socket::shutdown_send);
    std::array<char, 64> bytes{};
    for (;;) {
        const auto [error, count] = co_await socket.async_read_some(net::buffer(bytes), as_result);
        exchange.returned.append(bytes.data(), count);
        if (error == net::error::eof) {
            co_return;
        }
        if (error) {
            throw system_error{error};
        }
    }
}

/// The errors of both sides, if there were any.
Task<std::exception_ptr> converse(net::io_context& context, Exchange& exchange) {
    tcp::acceptor acceptor{context, {net::ip::address_v4::loopback(), 0}};
    const tcp::endpoint where = acceptor.local_endpoint();
    auto server = Executor::current()->spawn(answer(acceptor, exchange));
    const std::exception_ptr client = co_await exception_of(ask(context, where, exchange));
    if (client) {
        server.request_stop();  // nobody may come
    }
    const std::exception_ptr other = co_await exception_of(std::move(server));
    co_return client && (!other || is<juggle::Cancelled>(other)) ? client : other;
}

struct Try {
    Call call;
    int error;
};

}  // namespace

TEST_CASE("asio: each system call of a conversation over TCP fails in turn") {
    const auto [call, error] = GENERATE(
        Try{Call::send, ECONNRESET}, Try{Call::send, ENOBUFS}, Try{Call::send, EINTR},
        Try{Call::receive, ECONNRESET}, Try{Call::receive, ENOMEM}, Try{Call::receive, EINTR},
        Try{Call::connect, ECONNREFUSED}, Try{Call::connect, EADDRNOTAVAIL},
        Try{Call::accept, EMFILE}, Try{Call::accept, ECONNABORTED}, Try{Call::accept, EINTR},
        Try{Call::socket, EMFILE}, Try{Call::socket, ENOBUFS}, Try{Call::epoll_ctl, ENOMEM},
        Try{Call::epoll_ctl, ENOSPC}, Try{Call::epoll_wait, EINTR}, Try{Call::set_option, ENOMEM},
        Try{Call::send, 0}, Try{Call::receive, 0});
    CAPTURE(static_cast<int>(call), error);
    int failed = 0;
    for (int number = 1;; ++number) {
        NetworkExecutor network;
        Exchange exchange;
        const FaultyCall fault{call, number, error};
        const std::exception_ptr ended = network.executor.run(
            [](net::io_context& context, Exchange& exchanged) -> Task<std::exception_ptr> {
                std::exception_ptr result;
                auto talk = converse(context, exchanged);
                try {
                    result = co_await std::move(talk);
                } catch (const system_error&) {  // what is not an await fails where it is called
                    result = std::current_exception();
                }
                co_return result;
            }(network.context, exchange));
        CAPTURE(number, support::text_of(ended));
        CHECK(network.reports.empty());
        CHECK(question.starts_with(exchange.returned));
        if (ended) {
            ++failed;
            CHECK(is<system_error>(ended));
        } else {
            CHECK(exchange.returned == question);
            CHECK(exchange.echoed == question.size());
        }
        if (!fault.happened()) {
            CHECK_FALSE(ended);
            break;
        }
        REQUIRE(number < 1000);
    }
    if (error == EINTR || error == 0) {
        CHECK(failed == 0);
    }
}
