#include "serve/web_server.hpp"

#include "common/listen.hpp"
#include "serve/web_connection.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/timed_out.hpp>
#include <juggle/timeout.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace waterfall {

using boost::asio::ip::tcp;

namespace {

constexpr std::size_t max_served = 64;
constexpr std::size_t max_refused = 64;
constexpr auto patience_with_browsers = std::chrono::seconds{1};  // that are told good-bye

/// One of those that are counted.
class Counted {
public:
    explicit Counted(std::size_t& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    std::size_t& count_;
};

}  // namespace

WebServer::WebServer(boost::asio::io_context& context, const common::HostAndPort& place,
                     Broadcast& broadcast, std::function<std::string()> metrics)
    : acceptor_(common::listen(context, place, "--serve")),
      only_local_(acceptor_.local_endpoint().address().is_loopback()), broadcast_(broadcast),
      metrics_(std::move(metrics)) {}

std::string WebServer::address() const {
    return "http://" + common::shown(common::place_of(acceptor_)) + '/';
}

juggle::Task<> WebServer::run() {
    const auto accept = [this](juggle::TaskGroup& connections) { return accept_all(connections); };
    co_await juggle::with_task_group(accept);
}

juggle::Task<> WebServer::accept_all(juggle::TaskGroup& connections) {
    try {
        co_await accept_until_stopped(connections);
    } catch (const juggle::Cancelled&) {  // NOLINT(bugprone-empty-catch): it is the end
    }
    acceptor_.close();
    broadcast_.end();
    try {
        co_await juggle::timeout(patience_with_browsers, wait_for_browsers_to_leave());
    } catch (const juggle::TimedOut&) {  // NOLINT(bugprone-empty-catch): they are left alone
    }
    connections.request_stop();
}

juggle::Task<> WebServer::accept_until_stopped(juggle::TaskGroup& connections) {
    while (true) {
        tcp::socket socket = co_await common::accept(acceptor_);
        if (served_ < max_served) {
            connections.spawn("connection", serve(std::move(socket)));
        } else if (refused_ < max_refused) {
            connections.spawn("refused connection", refuse(std::move(socket)));
        }  // else it is closed, which is all that there is time for
    }
}

juggle::Task<> WebServer::wait_for_browsers_to_leave() {
    while (broadcast_.browsers() != 0) {
        co_await broadcast_.news().wait();
    }
}

// What goes wrong with one connection ends it alone.
juggle::Task<> WebServer::serve(tcp::socket socket) {
    const Counted counted{served_};
    try {
        WebConnection connection{std::move(socket), only_local_, broadcast_, metrics_};
        co_await connection.serve();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
    }
}

juggle::Task<> WebServer::refuse(tcp::socket socket) {
    const Counted counted{refused_};
    try {
        WebConnection connection{std::move(socket), only_local_, broadcast_, metrics_};
        co_await connection.refuse();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
    }
}

}  // namespace waterfall
