#include "live/udp_receiver.hpp"

#include "error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace waterfall {

namespace net = boost::asio;
using net::ip::udp;

namespace {

constexpr std::size_t max_datagram = 65'535;
constexpr std::size_t receive_buffer = 4 << 20;  // the system gives what it allows

udp::socket open(net::io_context& context, const common::HostAndPort& place) {
    try {
        udp::resolver resolver{context};
        const auto found =
            resolver.resolve(place.host, std::to_string(place.port),
                             udp::resolver::passive | udp::resolver::numeric_service);
        udp::socket socket{context, found.begin()->endpoint()};
        return socket;
    } catch (const boost::system::system_error& error) {
        throw Error("--udp: cannot listen on " + common::shown(place) + ": " +
                    error.code().message());
    }
}

}  // namespace

UdpReceiver::UdpReceiver(net::io_context& context, const Options& options)
    : options_(options), sample_bytes_(bytes_per_sample(options.format)),
      // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it is given
      socket_(open(context, *options.udp)),
      receiver_(socket_, {.receive_buffer = receive_buffer, .max_datagram = max_datagram}) {}

std::string UdpReceiver::name() const {
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it is given
    return "--udp: " + common::shown(*options_.udp);
}

juggle::Task<> UdpReceiver::receive(SampleRing& ring) {
    while (true) {
        co_await receiver_.receive();
        while (const auto datagram = receiver_.next()) {
            const std::size_t samples = datagram->size() / sample_bytes_;
            const std::uint64_t dropped = receiver_.counts().dropped;
            lost_ += (dropped - dropped_) * samples;
            dropped_ = dropped;
            ring.append(datagram->first(samples * sample_bytes_));
        }
    }
}

}  // namespace waterfall
