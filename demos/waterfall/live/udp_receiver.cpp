#include "live/udp_receiver.hpp"

#include "error.hpp"

#include <juggle/asio.hpp>

#include <cerrno>
#include <cstring>
#include <string>

#include <boost/asio/socket_base.hpp>
#include <sys/socket.h>
#include <sys/uio.h>

namespace waterfall {

namespace net = boost::asio;
using net::ip::udp;

namespace {

constexpr std::size_t max_datagram = 65'536;
constexpr int receive_buffer = 4 << 20;  // the system gives what it allows
constexpr int max_at_once = 256;         // datagrams, before others have their turn

udp::socket open(net::io_context& context, const common::HostAndPort& place) {
    try {
        udp::resolver resolver{context};
        const auto found =
            resolver.resolve(place.host, std::to_string(place.port),
                             udp::resolver::passive | udp::resolver::numeric_service);
        udp::socket socket{context, found.begin()->endpoint()};
        boost::system::error_code refused;
        socket.set_option(net::socket_base::receive_buffer_size{receive_buffer}, refused);
        socket.non_blocking(true);
        return socket;
    } catch (const boost::system::system_error& error) {
        throw Error("--udp: cannot listen on " + common::shown(place) + ": " +
                    error.code().message());
    }
}

/// How many datagrams the kernel has dropped, which it says beside each one that it gives.
std::uint32_t dropped_by(msghdr& message, std::uint32_t before) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_RXQ_OVFL) {
            std::uint32_t count = 0;
            std::memcpy(&count, CMSG_DATA(part), sizeof count);
            return count;
        }
    }
    return before;
}

}  // namespace

UdpReceiver::UdpReceiver(net::io_context& context, const Options& options)
    : options_(options), sample_bytes_(bytes_per_sample(options.format)),
      socket_(open(context, *options.udp)), datagram_(max_datagram) {
    const int on = 1;
    if (::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on) != 0) {
        throw SystemError("--udp: cannot count what is dropped");
    }
}

std::string UdpReceiver::name() const { return "--udp: " + common::shown(*options_.udp); }

juggle::Task<> UdpReceiver::receive(SampleRing& ring) {
    while (true) {
        co_await socket_.async_wait(udp::socket::wait_read, juggle::asio::use_task);
        for (int i = 0; i < max_at_once && take(ring); ++i) {}
    }
}

bool UdpReceiver::take(SampleRing& ring) {
    iovec into{.iov_base = datagram_.data(), .iov_len = datagram_.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(std::uint32_t))];
    msghdr message{};
    message.msg_iov = &into;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = ::recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
    if (size < 0) {
        if (errno == EAGAIN || errno == EINTR) {
            return false;
        }
        throw boost::system::system_error{errno, boost::system::system_category()};
    }
    const auto samples = static_cast<std::size_t>(size) / sample_bytes_;
    const std::uint32_t dropped = dropped_by(message, dropped_);
    lost_ += std::uint64_t{dropped - dropped_} * samples;
    dropped_ = dropped;
    ring.append(std::span{datagram_}.first(samples * sample_bytes_));
    return true;
}

}  // namespace waterfall
