// Composed operations of other libraries: TLS, and with Boost its Beast (HTTP, WebSocket).

#include "support/asio.hpp"
#include "support/catch.hpp"
#include "support/tasks.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#if JUGGLE_BOOST_ASIO
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#else
#include <asio/ssl.hpp>
#endif
#include <openssl/ssl.h>

namespace net = juggle::asio::net;
using juggle::Executor;
using juggle::Task;
using juggle::asio::as_result;
using juggle::asio::error_code;
using juggle::asio::use_task;
using support::exception_of;
using support::is;
using support::NetworkExecutor;
using support::StreamPair;
using support::tcp;
using namespace std::chrono_literals;

namespace {

using Secure = net::ssl::stream<tcp::socket&>;

/// Without certificates: a cipher that trusts everybody.
struct Contexts {
    Contexts() {
        for (net::ssl::context* context : {&server, &client}) {
            context->set_options(net::ssl::context::no_tlsv1_3);
            REQUIRE(SSL_CTX_set_cipher_list(context->native_handle(),
                                            "AECDH-AES128-SHA:@SECLEVEL=0") == 1);
        }
    }
    net::ssl::context server{net::ssl::context::tls_server};
    net::ssl::context client{net::ssl::context::tls_client};
};

Task<> shake_hands(Secure& stream, net::ssl::stream_base::handshake_type type) {
    co_await stream.async_handshake(type, use_task);
}

}  // namespace

TEST_CASE("use_task: TLS, with a handshake and a shutdown, both sides on one thread") {
    NetworkExecutor network;
    StreamPair sockets{network.context};
    Contexts contexts;
    network.executor.run([](StreamPair& pair, Contexts& both) -> Task<> {
        Secure server{pair.left, both.server};
        Secure client{pair.right, both.client};
        co_await juggle::when_all(shake_hands(server, net::ssl::stream_base::server),
                                  shake_hands(client, net::ssl::stream_base::client));
        const std::string text(200'000, 'x');
        std::string received(text.size(), '\0');
        const auto send = [](Secure& stream, const std::string& bytes) -> Task<> {
            co_await net::async_write(stream, net::buffer(bytes), use_task);
        };
        auto sent = Executor::current()->spawn(send(client, text));
        const std::size_t count = co_await net::async_read(server, net::buffer(received), use_task);
        CHECK(count == text.size());
        CHECK(received == text);
        co_await sent;
        auto closed = Executor::current()->spawn([](Secure& stream) -> Task<> {
            const auto [error] = co_await stream.async_shutdown(as_result);
            (void)error;
        }(client));
        std::array<char, 8> bytes{};
        const auto [error, more] = co_await server.async_read_some(net::buffer(bytes), as_result);
        CHECK(error == net::error::eof);
        CHECK(more == 0);
        pair.left.close();
        co_await closed;
    }(sockets, contexts));
}

TEST_CASE("use_task: a stop request ends a handshake that nobody answers") {
    NetworkExecutor network;
    StreamPair sockets{network.context};
    Contexts contexts;
    network.executor.run([](StreamPair& pair, Contexts& both) -> Task<> {
        Secure client{pair.right, both.client};
        const auto error = co_await exception_of(
            juggle::timeout(1ms, shake_hands(client, net::ssl::stream_base::client)));
        CHECK(is<juggle::TimedOut>(error));
    }(sockets, contexts));
}

#if JUGGLE_BOOST_ASIO

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

TEST_CASE("use_task: Beast's HTTP and WebSocket") {
    NetworkExecutor network;
    StreamPair sockets{network.context};
    network.executor.run([](StreamPair& pair) -> Task<> {
        auto server = Executor::current()->spawn([](tcp::socket& socket) -> Task<> {
            beast::flat_buffer buffer;
            http::request<http::empty_body> request;
            co_await http::async_read(socket, buffer, request, use_task);
            CHECK(request.target() == "/page");
            http::response<http::string_body> response{http::status::ok, request.version()};
            response.body() = "a page";
            response.prepare_payload();
            co_await http::async_write(socket, response, use_task);

            websocket::stream<tcp::socket&> stream{socket};
            co_await stream.async_accept(use_task);
            for (;;) {
                beast::flat_buffer message;
                const auto [error, count] = co_await stream.async_read(message, as_result);
                if (error) {
                    break;
                }
                co_await stream.async_write(message.data(), use_task);
            }
        }(pair.left));
        http::request<http::empty_body> request{http::verb::get, "/page", 11};
        co_await http::async_write(pair.right, request, use_task);
        beast::flat_buffer buffer;
        http::response<http::string_body> response;
        co_await http::async_read(pair.right, buffer, response, use_task);
        CHECK(response.body() == "a page");

        websocket::stream<tcp::socket&> stream{pair.right};
        co_await stream.async_handshake("localhost", "/", use_task);
        for (const std::string text : {"one", "two"}) {
            co_await stream.async_write(net::buffer(text), use_task);
            beast::flat_buffer message;
            co_await stream.async_read(message, use_task);
            CHECK(beast::buffers_to_string(message.data()) == text);
        }
        beast::flat_buffer message;
        const auto late =
            co_await exception_of(juggle::timeout(1ms, stream.async_read(message, use_task)));
        CHECK(is<juggle::TimedOut>(late));
        pair.right.close();  // after that Beast's stream is of no use
        co_await server;
    }(sockets));
}

#endif
