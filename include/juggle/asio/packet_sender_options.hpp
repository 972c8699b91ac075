#pragma once

#include <juggle/config.hpp>

#include <cstddef>
#include <cstdint>

namespace juggle::inline JUGGLE_ABI::asio {

/// How a `PacketSender` is to send.
struct PacketSenderOptions {
    enum class Method {
        automatic,  ///< the first of these that the system has
        gso,        ///< trains of datagrams, cut up by the kernel or the network card (Linux)
        sendmmsg,   ///< many datagrams a system call (Linux)
        send,       ///< one datagram a system call
    };

    /// Bytes of datagrams in a second, headers of UDP and below not counted; 0: as fast as can be.
    std::uint64_t bytes_per_second = 0;

    /// How many bytes may go at once after a pause; half of it, at most, in a system call. What a
    /// late timer delays is made up for if it is not more than that.
    std::size_t burst = 128 << 10;

    Method method = Method::automatic;
};

}  // namespace juggle::asio
