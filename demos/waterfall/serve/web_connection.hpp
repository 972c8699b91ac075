#pragma once

#include "serve/broadcast.hpp"
#include "serve/request.hpp"

#include <juggle/task.hpp>

#include <functional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

namespace waterfall {

/// What one client of the web server wants, request by request; it may become a WebSocket.
class WebConnection {
public:
    /// `broadcast` and `metrics`, which makes the page of that name, must outlive it.
    WebConnection(boost::asio::ip::tcp::socket socket, bool only_local, Broadcast& broadcast,
                  const std::function<std::string()>& metrics);

    /// Until the client has gone, or was silent for too long, or made no sense. A stop request
    /// closes it.
    [[nodiscard]] juggle::Task<> serve();
    /// Says that there are too many.
    [[nodiscard]] juggle::Task<> refuse();

private:
    using HttpRequest = boost::beast::http::request<boost::beast::http::empty_body>;

    [[nodiscard]] juggle::Task<> answer_all();
    /// False: this was the last request.
    [[nodiscard]] juggle::Task<bool> answer(const HttpRequest& request);
    [[nodiscard]] juggle::Task<> say(unsigned status, std::string_view why, unsigned version);
    [[nodiscard]] juggle::Task<> show(const HttpRequest& request);
    [[nodiscard]] juggle::Task<> close_gently();
    [[nodiscard]] std::string body_of(Content content) const;

    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;
    bool only_local_;
    Broadcast& broadcast_;
    const std::function<std::string()>& metrics_;
};

}  // namespace waterfall
