// A connection to the web server on which a client sends any bytes, or what looks like HTTP, or a
// good handshake and any bytes behind it. It ends by itself; what it says begins as HTTP does.

#include "waterfall/serve/web_connection.hpp"

#include "input.hpp"
#include "waterfall/serve/broadcast.hpp"
#include "waterfall/serve/messages.hpp"

#include <juggle/asio.hpp>
#include <juggle/executor.hpp>

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace {

namespace net = boost::asio;
using fuzz::require;
using net::ip::tcp;

constexpr std::size_t channels = 16;
constexpr std::string_view handshake =
    "GET /rows HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

std::string bytes_sent(fuzz::Input& input) {
    std::string bytes;
    switch (input.take<std::uint8_t>() % 3) {
        case 0:
            break;
        case 1:
            bytes = "GET / HTTP/1.1\r\nHost: localhost\r\n";
            break;
        default:
            bytes = handshake;
    }
    const auto rest = input.rest();
    bytes.append(reinterpret_cast<const char*>(rest.data()), rest.size());
    return bytes;
}

struct Pair {
    tcp::socket client;
    tcp::socket server;
};

Pair connect(net::io_context& context) {
    tcp::acceptor acceptor{context, {net::ip::make_address("127.0.0.1"), 0}};
    tcp::socket client{context};
    client.connect(acceptor.local_endpoint());
    tcp::socket server = acceptor.accept();
    return {std::move(client), std::move(server)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::string sent = bytes_sent(input);

    net::io_context context{1};
    juggle::asio::Loop loop{context};
    auto [client, server] = connect(context);
    boost::system::error_code error;
    client.non_blocking(true);
    net::write(client, net::buffer(sent), error);  // what the buffers take
    client.shutdown(tcp::socket::shutdown_send, error);

    waterfall::Broadcast broadcast{waterfall::stream_message({}, "fuzz", 1), channels};
    broadcast.append(std::vector<float>(3 * channels, 0.5F), 0);
    {
        juggle::Executor executor{{.idle = &loop}};
        const std::function<std::string()> metrics = [] { return std::string("metrics"); };
        waterfall::WebConnection connection{std::move(server), true, broadcast, metrics};
        executor.run(connection.serve());
    }
    require(broadcast.browsers() == 0, "none is left");

    std::array<char, 16> answer{};
    const std::size_t got = net::read(client, net::buffer(answer), error);
    require(std::string_view{answer.data(), std::min<std::size_t>(got, 5)} ==
                std::string_view{"HTTP/"}.substr(0, std::min<std::size_t>(got, 5)),
            "an answer is HTTP");
    return 0;
}
