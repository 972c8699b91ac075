#include "common/listen.hpp"

#include "common/error.hpp"

#include <juggle/sleep.hpp>

#include <chrono>
#include <utility>

#include <boost/system/system_error.hpp>

namespace common {

namespace net = boost::asio;
using net::ip::tcp;

tcp::acceptor listen(net::io_context& context, const HostAndPort& place,
                     const std::string& option) {
    try {
        tcp::resolver resolver{context};
        const auto found =
            resolver.resolve(place.host, std::to_string(place.port),
                             tcp::resolver::passive | tcp::resolver::numeric_service);
        return tcp::acceptor{context, found.begin()->endpoint()};  // takes the address over at once
    } catch (const boost::system::system_error& error) {
        throw Error(option + ": cannot listen on " + shown(place) + ": " + error.code().message());
    }
}

HostAndPort place_of(const tcp::acceptor& acceptor) {
    const tcp::endpoint endpoint = acceptor.local_endpoint();
    return {.host = endpoint.address().to_string(), .port = endpoint.port()};
}

juggle::Task<tcp::socket> accept(tcp::acceptor& acceptor) {
    while (true) {
        auto [error, socket] = co_await acceptor.async_accept(juggle::asio::as_result);
        if (!error) {
            co_return std::move(socket);
        }
        // It may be that of a client that has gone already, or too many files are open.
        co_await juggle::sleep_for(std::chrono::milliseconds{100});
    }
}

}  // namespace common
