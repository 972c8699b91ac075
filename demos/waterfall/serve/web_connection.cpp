#include "serve/web_connection.hpp"

#include "page.hpp"  // made by CMake of the files in page/
#include "serve/messages.hpp"
#include "serve/viewer.hpp"
#include "serve/web_socket.hpp"

#include <juggle/asio.hpp>
#include <juggle/cancelled.hpp>

#include <array>
#include <chrono>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream_base.hpp>

namespace waterfall {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using juggle::asio::as_result;

namespace {

constexpr std::uint32_t max_head = 8 * 1024;        // bytes of a request
constexpr auto patience = std::chrono::seconds{5};  // for a whole request, and for its answer
constexpr auto patience_at_the_end = std::chrono::seconds{1};
constexpr auto patience_with_silence =
    std::chrono::seconds{20};  // of a WebSocket; a ping at half of it

std::string_view text_of(beast::string_view text) { return {text.data(), text.size()}; }

std::string_view type_of(Content content) {
    switch (content) {
        case Content::page:
            return "text/html; charset=utf-8";
        case Content::style:
            return "text/css; charset=utf-8";
        case Content::script:
            return "text/javascript; charset=utf-8";
        case Content::metrics:
            return "text/plain; version=0.0.4; charset=utf-8";
        case Content::rows:
            break;
    }
    return "text/plain; charset=utf-8";
}

http::response<http::string_body> make_response(unsigned status, unsigned version,
                                                std::string_view type, std::string body) {
    http::response<http::string_body> response{http::int_to_status(status), version};
    response.set(http::field::content_type, beast::string_view{type.data(), type.size()});
    response.set(http::field::cache_control, "no-cache");
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Content-Security-Policy",
                 "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
                 "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    response.body() = std::move(body);
    response.prepare_payload();
    return response;
}

unsigned status_for(const beast::error_code& error) {
    return error == http::error::header_limit || error == http::error::buffer_overflow ? 431
           : error == http::error::unexpected_body                                     ? 413
                                                                                       : 400;
}

bool is_about_http(const beast::error_code& error) {
    return error.category() == http::make_error_code(http::error::bad_method).category();
}

}  // namespace

WebConnection::WebConnection(boost::asio::ip::tcp::socket socket, bool only_local,
                             Broadcast& broadcast, const std::function<std::string()>& metrics)
    : stream_(std::move(socket)), buffer_(2 * std::size_t{max_head}), only_local_(only_local),
      broadcast_(broadcast), metrics_(metrics) {}

juggle::Task<> WebConnection::serve() {
    try {
        co_await answer_all();
    } catch (const juggle::Cancelled&) {
        stream_.close();
    }
}

juggle::Task<> WebConnection::answer_all() {
    while (true) {
        stream_.expires_after(patience);
        http::request_parser<http::empty_body> parser;
        parser.header_limit(max_head);
        const auto [error, size] = co_await http::async_read(stream_, buffer_, parser, as_result);
        if (error == http::error::end_of_stream || (error && !is_about_http(error))) {
            break;  // it has gone, or it was too slow
        }
        if (error) {
            co_await say(status_for(error), error.message(), 11);
            break;
        }
        const bool goes_on = co_await answer(parser.get());
        if (!goes_on) {
            break;
        }
    }
    co_await close_gently();
}

juggle::Task<bool> WebConnection::answer(const HttpRequest& request) {
    const Request head{.method = text_of(request.method_string()),
                       .target = text_of(request.target()),
                       .host = text_of(request[http::field::host]),
                       .origin = text_of(request[http::field::origin]),
                       .upgrade = websocket::is_upgrade(request)};
    const Verdict verdict = judge(head, only_local_);
    if (verdict.status == 101) {
        co_await show(request);
        co_return false;
    }
    if (verdict.status != 200) {
        co_await say(verdict.status, verdict.why, request.version());
        co_return false;
    }
    auto response =
        make_response(200, request.version(), type_of(verdict.content), body_of(verdict.content));
    response.keep_alive(request.keep_alive());
    if (request.method() == http::verb::head) {
        response.body().clear();  // its length stays in the header
    }
    const auto [error, size] = co_await http::async_write(stream_, response, as_result);
    co_return !error && request.keep_alive();
}

juggle::Task<> WebConnection::refuse() {
    try {
        stream_.expires_after(patience_at_the_end);
        co_await say(503, "there are too many connections", 11);
        co_await close_gently();
    } catch (const juggle::Cancelled&) {
        stream_.close();
    }
}

juggle::Task<> WebConnection::say(unsigned status, std::string_view why, unsigned version) {
    auto response = make_response(status, version, type_of(Content::rows), std::string(why) + '\n');
    response.keep_alive(false);
    if (status == 405) {
        response.set(http::field::allow, "GET, HEAD");
    } else if (status == 426) {
        response.set(http::field::upgrade, "websocket");
    } else if (status == 503) {
        response.set(http::field::retry_after, "5");
    }
    (void)co_await http::async_write(stream_, response, as_result);
}

juggle::Task<> WebConnection::show(const HttpRequest& request) {
    stream_.expires_never();  // the WebSocket has its own times
    WebSocket socket{std::move(stream_)};
    socket.set_option(websocket::stream_base::timeout{
        .handshake_timeout = patience,
        .idle_timeout = patience_with_silence,
        .keep_alive_pings = true,
    });
    socket.read_message_max(max_browser_message);
    socket.auto_fragment(false);
    const auto [error] = co_await socket.async_accept(request, as_result);
    if (error) {
        co_return;
    }
    {
        Viewer viewer{socket, broadcast_};
        co_await viewer.run();
    }
    // If it is still open it has said something that it must not.
    stream_.expires_after(patience_at_the_end);
    (void)co_await socket.async_close(websocket::close_code::policy_error, as_result);
}

/// A connection that is closed while something is unread is reset, and the client may never see
/// what it was told.
juggle::Task<> WebConnection::close_gently() {
    if (!stream_.socket().is_open()) {
        co_return;
    }
    beast::error_code error;
    (void)stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, error);
    stream_.expires_after(patience_at_the_end);
    std::array<char, 4096> rest;
    for (std::size_t all = 0; !error && all < 16 * rest.size();) {
        const auto [problem, size] =
            co_await stream_.async_read_some(boost::asio::buffer(rest), as_result);
        error = problem;
        all += size;
    }
}

std::string WebConnection::body_of(Content content) const {
    switch (content) {
        case Content::page:
            return std::string(page);
        case Content::style:
            return std::string(style);
        case Content::script:
            return std::string(script);
        case Content::metrics:
            return metrics_();
        case Content::rows:
            break;
    }
    return {};
}

}  // namespace waterfall
