#include "live/tcp_receiver.hpp"

#include "common/rtl_tcp_command.hpp"
#include "common/rtl_tcp_header.hpp"
#include "error.hpp"

#include <juggle/asio.hpp>
#include <juggle/timeout.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <tuple>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>

namespace waterfall {

namespace net = boost::asio;
using common::RtlTcpCommand;
using common::RtlTcpHeader;
using juggle::asio::as_result;
using juggle::asio::use_task;
using net::ip::tcp;

namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;
// With a server that is not there, or whose receiver brings nothing.
constexpr auto patience = std::chrono::seconds{10};

}  // namespace

TcpReceiver::TcpReceiver(net::io_context& context, const Options& options)
    : context_(context), options_(options),
      // NOLINTNEXTLINE(bugprone-unchecked-optional-access): one of them is given
      place_(options.rtl_tcp ? *options.rtl_tcp : *options.tcp), block_(block_size) {}

std::string TcpReceiver::name() const {
    return (options_.rtl_tcp ? "--rtl-tcp: " : "--tcp: ") + common::shown(place_);
}

juggle::Task<> TcpReceiver::receive(SampleRing& ring) {
    connected_ = false;
    tcp::socket socket = co_await juggle::timeout(patience, connect());
    if (options_.rtl_tcp) {
        co_await juggle::timeout(patience, begin_rtl_tcp(socket));
    } else {
        socket.set_option(net::socket_base::keep_alive{true});
    }
    connected_ = true;
    const auto buffer = net::buffer(block_);
    while (true) {
        boost::system::error_code error;
        std::size_t size = 0;
        if (options_.rtl_tcp) {  // a receiver always brings something
            std::tie(error, size) =
                co_await juggle::timeout(patience, socket.async_read_some(buffer, as_result));
        } else {
            std::tie(error, size) = co_await socket.async_read_some(buffer, as_result);
        }
        if (error == net::error::eof) {
            co_return;
        }
        if (error) {
            throw boost::system::system_error{error};
        }
        ring.append(std::span{block_}.first(size));
    }
}

juggle::Task<tcp::socket> TcpReceiver::connect() {
    tcp::resolver resolver{context_};
    const auto found = co_await resolver.async_resolve(place_.host, std::to_string(place_.port),
                                                       tcp::resolver::numeric_service, use_task);
    tcp::socket socket{context_};
    co_await net::async_connect(socket, found, use_task);
    co_return std::move(socket);
}

juggle::Task<> TcpReceiver::begin_rtl_tcp(tcp::socket& socket) {
    std::array<std::byte, RtlTcpHeader::size> header{};
    const auto [error, size] = co_await net::async_read(socket, net::buffer(header), as_result);
    if (error && error != net::error::eof) {
        throw boost::system::system_error{error};
    }
    if (size < header.size() || !RtlTcpHeader::from(header)) {
        throw Error(name() + " is not an rtl_tcp server: it does not begin with RTL0");
    }

    using Code = RtlTcpCommand::Code;
    std::vector<std::byte> commands;
    const auto set = [&](Code code, double value) {
        // By way of a number with a sign, for a gain may be negative.
        const auto number = static_cast<std::uint32_t>(std::llround(value));
        const auto bytes = RtlTcpCommand{.code = code, .value = number}.bytes();
        commands.insert(commands.end(), bytes.begin(), bytes.end());
    };
    set(Code::sample_rate, options_.sample_rate);
    if (options_.centre_given) {
        set(Code::frequency, options_.centre);
    }
    set(Code::manual_gain, options_.gain ? 1 : 0);
    if (options_.gain) {
        set(Code::gain, *options_.gain * 10);
    }
    co_await net::async_write(socket, net::buffer(commands), use_task);
}

}  // namespace waterfall
