#pragma once

#include <juggle/asio/detail/net.hpp>
#include <juggle/asio/packet_parts.hpp>

#include <array>
#include <cstddef>
#include <span>

#if JUGGLE_BOOST_ASIO
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#else
#include <asio/buffer.hpp>
#include <asio/ip/udp.hpp>
#endif

#if defined(__linux__)
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#endif

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// The system calls that packets go through; tests put others in their place.
struct SocketCalls {
#if defined(__linux__)
    static int receive_many(int socket, mmsghdr* messages, unsigned count) noexcept {
        return ::recvmmsg(socket, messages, count, MSG_DONTWAIT, nullptr);
    }
    static int send_many(int socket, mmsghdr* messages, unsigned count) noexcept {
        return ::sendmmsg(socket, messages, count, MSG_DONTWAIT);
    }
    static int set_option(int socket, int level, int name, int value) noexcept {
        return ::setsockopt(socket, level, name, &value, sizeof value);
    }
#endif

    /// One datagram, of a socket that does not block.
    template <class Socket>
    static std::size_t receive(Socket& socket, std::span<std::byte> memory, error_code& error) {
        return socket.receive(net::buffer(memory.data(), memory.size()), 0, error);
    }
    /// To where the socket is connected if `to` is null.
    template <class Socket>
    static std::size_t send(Socket& socket, const typename Socket::endpoint_type* to,
                            const PacketParts& packet, error_code& error) {
        const std::array parts{net::buffer(packet.header.data(), packet.header.size()),
                               net::buffer(packet.payload.data(), packet.payload.size())};
        return to == nullptr ? socket.send(parts, 0, error) : socket.send_to(parts, *to, 0, error);
    }
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail
