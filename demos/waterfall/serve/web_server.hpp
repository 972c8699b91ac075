#pragma once

#include "common/host_and_port.hpp"
#include "serve/broadcast.hpp"

#include <juggle/task.hpp>
#include <juggle/task_group.hpp>

#include <cstddef>
#include <functional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace waterfall {

/// Serves the page and what it shows: HTTP and WebSocket on one port. Who connects may send
/// anything, or nothing: it costs a limited time, memory and number of connections, and delays
/// nobody else.
class WebServer {
public:
    /// Listens at once. Throws Error that names `--serve`. `metrics` makes the page of that name.
    WebServer(boost::asio::io_context& context, const common::HostAndPort& place,
              Broadcast& broadcast, std::function<std::string()> metrics);

    /// What a browser is to be given: "http://127.0.0.1:8080/".
    [[nodiscard]] std::string address() const;

    /// Until it is asked to stop. Browsers are told good-bye then, and all connections have ended
    /// at last.
    [[nodiscard]] juggle::Task<> run();

private:
    [[nodiscard]] juggle::Task<> accept_all(juggle::TaskGroup& connections);
    [[nodiscard]] juggle::Task<> accept_until_stopped(juggle::TaskGroup& connections);
    [[nodiscard]] juggle::Task<> wait_for_browsers_to_leave();
    [[nodiscard]] juggle::Task<> serve(boost::asio::ip::tcp::socket socket);
    [[nodiscard]] juggle::Task<> refuse(boost::asio::ip::tcp::socket socket);

    boost::asio::ip::tcp::acceptor acceptor_;
    bool only_local_;
    Broadcast& broadcast_;
    std::function<std::string()> metrics_;
    std::size_t served_ = 0;
    std::size_t refused_ = 0;  // that are still to be told so
};

}  // namespace waterfall
